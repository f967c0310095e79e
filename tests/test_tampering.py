"""Hand-altered certificates: each kind is refused, by the checker for its own reason.

Every case takes a genuine certificate of the package, alters its JSON at one place (and what that
place drags along), and gives the file to both readers: the stand-alone checker and the kernel. The
kinds are listed in tampering_kinds.py; so are alterations that leave a true statement with its
proof, which are accepted.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tampering import GENUINE, genuine, genuine_text
from tampering_kinds import ACCEPTED, OTHER_NETWORKS, REFUSED

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError

pytestmark = pytest.mark.soundness


def altered(case, folder):
    """Write the case's certificate after its alteration."""
    name, change = case[:2]
    data = genuine(name)
    found = change(data)
    content = data if found is None else found
    content = content if isinstance(content, str) else json.dumps(content)
    assert content != genuine_text(name)
    file = folder / "altered.json"
    file.write_text(content)
    return file


def refusal(case, folder):
    """Return the checker's sentence about an altered certificate."""
    with pytest.raises((checker.Refusal, checker.Unreadable)) as caught:
        checker.verify_file(altered(case, folder))
    return str(caught.value)


@pytest.mark.parametrize("name", GENUINE)
def test_untampered_certificates_verify(name, tmp_path):
    """Every certificate that the cases start from is accepted, by both readers with one number."""
    file = tmp_path / "genuine.json"
    file.write_text(genuine_text(name))
    verified = checker.verify_file(file)
    statement = ca.load_theorem(file).statement
    assert type(statement).__name__ == verified.kind
    assert getattr(statement, "needed", None) == verified.needed
    if verified.needed is None:
        assert statement.lower == verified.lower
        assert getattr(statement, "upper", None) == verified.upper


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [pytest.param(*case, id=kind) for kind, case in REFUSED.items()],
)
def test_tampering_is_refused(name, change, reason, tmp_path):
    """The checker says why in one line; the kernel refuses to make a theorem of it as well."""
    said = refusal((name, change), tmp_path)
    assert re.search(reason, said)
    assert len(said.splitlines()) == 1
    file = tmp_path / "altered.json"
    with pytest.raises(CircuitalgError) as caught:
        ca.load_theorem(file)
    assert len(str(caught.value).splitlines()) == 1


def test_there_are_many_kinds_each_with_its_own_reason(tmp_path):
    """At least 45 kinds, at least 45 sentences among them, and no catch-all pattern."""
    said = {kind: refusal(case, tmp_path) for kind, case in REFUSED.items()}
    assert len(said) >= 45
    assert len(set(said.values())) >= 0.75 * len(said)
    for kind, (_, _, reason) in REFUSED.items():
        also = [other for other in said if re.search(reason, said[other])]
        assert kind in also
        assert len(also) <= 8, (kind, also)  # files that are no JSON share their reasons


@pytest.mark.parametrize("kind", ACCEPTED)
def test_other_truths_are_accepted(kind, tmp_path):
    """Another proof, or another true statement about the network, is no tampering."""
    file = altered(ACCEPTED[kind], tmp_path)
    original = checker.verify(genuine(ACCEPTED[kind][0]))
    assert checker.verify_file(file).fingerprint == original.fingerprint
    ca.load_theorem(file)


@pytest.mark.parametrize("kind", OTHER_NETWORKS)
def test_true_statements_about_another_network(kind, tmp_path):
    """They verify, under another fingerprint; ``--circuit`` with the network meant refuses them."""
    name, _ = OTHER_NETWORKS[kind]
    file = altered(OTHER_NETWORKS[kind], tmp_path)
    meant = checker.verify(genuine(name)).fingerprint
    found = checker.verify_file(file).fingerprint
    assert found != meant
    assert ca.load_theorem(file).statement.circuit.fingerprint == found
    with pytest.raises(checker.Refusal, match="about another network"):
        checker.verify_file(file, circuit=meant)


def test_circuit_option_in_the_shell(tmp_path):
    """``checker.py --circuit``: 0 for the network's own certificate, 1 for another network's."""
    net, file = tmp_path / "net.json", tmp_path / "genuine.json"
    net.write_text(json.dumps(genuine("routing")["circuit"]))
    file.write_text(genuine_text("routing"))
    command = [sys.executable, "-I", "-S", str(Path(checker.__file__)), "--circuit", str(net)]
    other = altered(OTHER_NETWORKS["node renamed"], tmp_path)
    good, bad = (
        subprocess.run([*command, str(f)], capture_output=True, text=True, check=False)
        for f in (file, other)
    )
    assert good.returncode == 0, good.stderr
    assert bad.returncode == 1
    assert not bad.stdout
    assert re.fullmatch("Not verified: .* about another network: .*\n", bad.stderr)
