"""Running the checker: its verdict as data, what may be demanded, and the checker as one file."""

import json

import certificates
import pytest

import circuitalg as ca
from circuitalg.errors import CertificateError, FileFormatError, OptionError
from circuitalg.run import checker


@pytest.fixture(scope="module")
def theorem():
    """A small rank."""
    return ca.prove_rank(ca.ht_model(4, 2, [2, 2]), "odd-even")


@pytest.fixture
def path(theorem, tmp_path):
    """Its certificate."""
    return theorem.save(tmp_path / "theorem.json")


def test_the_verdict_is_data(theorem, path):
    """From a file and from the theorem: what was derived, of which network, resting on what."""
    for found in (ca.check(path), theorem.check()):
        assert found.verified
        assert found
        assert found.kind == "GenericRank"
        assert "For all weights: rank <= 4" in found.statement
        assert found.statement_sha256 == theorem.statement_sha256
        assert found.fingerprints == (theorem.statement.circuit.fingerprint,)
        assert (found.rests_on, found.route) == ((), "exact")
        assert str(found).startswith("Verified: GenericRank\n" + found.statement[0])
    assert (ca.check(path).path, theorem.check().path) == (str(path), "")


def test_an_altered_certificate_and_another_file_are_refused(path, tmp_path):
    """Not verified is not unreadable; among several files both are verdicts."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["theorems"][0]["statement"]["lower"] = 5
    path.write_text(json.dumps(data), encoding="utf-8")
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    with pytest.raises(CertificateError, match="Not verified: "):
        ca.check(path)
    with pytest.raises(FileFormatError, match="Unreadable: "):
        ca.check(other)
    found = checker.check_all([path, other])
    assert [(verdict.status, verdict.verified, verdict.kind) for verdict in found] == [
        (1, False, ""),
        (2, False, ""),
    ]


def test_what_is_demanded_must_be_what_is_verified(theorem, path, tmp_path):
    """The network, in three forms; the statement, in two; what the theorem rests on."""
    circuit = theorem.statement.circuit
    other = ca.ht_model(4, 2, [2, 3])
    saved = theorem.save(tmp_path / "same.json")
    circuit.save(tmp_path / "net.json")
    for same in (circuit, circuit.fingerprint, tmp_path / "net.json"):
        assert ca.check(path, circuit=same)
    for same in (theorem.statement_sha256, saved):
        assert ca.check(path, expect=same, rests_on="linear-algebra")
    with pytest.raises(CertificateError, match="another network"):
        ca.check(path, circuit=other)
    another = ca.prove_rank(circuit, "low-high")
    for wrong in (another.statement_sha256, another.save(tmp_path / "another.json")):
        with pytest.raises(CertificateError, match="states something else"):
            ca.check(path, expect=wrong)


def test_a_theorem_that_another_statement_is_verified_for_is_refused(theorem, monkeypatch):
    """The digest of the checker must be the kernel's."""
    found = checker.Checked("x", 0, "Verified", 0.0, statement_sha256="0" * 64)
    monkeypatch.setattr(checker, "check", lambda path: found)
    with pytest.raises(CertificateError, match="other than this theorem's"):
        theorem.check()


def test_a_checker_that_is_killed_has_no_verdict(path, tmp_path, monkeypatch):
    """Whatever ends it, the certificate is not verified."""
    program = tmp_path / "dies.py"
    program.write_text("raise SystemExit('killed')", encoding="utf-8")
    monkeypatch.setattr(checker, "_PROGRAM", program)
    with pytest.raises(FileFormatError, match="ended with status 1: killed"):
        ca.check(path)


def test_what_rests_on_the_literature_is_refused_where_that_is_not_allowed(tmp_path):
    """A bridge rests on Schofield: the verdict names him, and he may be named."""
    path = certificates.theorem("bridge").save(tmp_path / "bridge.json")
    assert ca.check(path).rests_on == ("Schofield 1992",)
    assert ca.check(path, rests_on=["linear-algebra", "schofield"])
    with pytest.raises(OptionError, match="rests_on"):
        ca.check(path, rests_on="linear")
    for allowed in ("linear-algebra", ["eckart-young"]):
        with pytest.raises(CertificateError, match="rests on more than is allowed: Schofield"):
            ca.check(path, rests_on=allowed)
