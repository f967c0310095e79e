"""The digest of a statement names what is proved: equal for equal statements, else different."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from types import MappingProxyType

import pytest
from subject_theorems import PROVED
from tampering import GENUINE, PRIME

import circuitalg as ca
from circuitalg import checker
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import CertificateError, CircuitalgError
from circuitalg.integers import Integer
from circuitalg.kernel import certificate, rules
from circuitalg.kernel.digest import canonical, simnet_fingerprint, statement_sha256
from circuitalg.kernel.families import CPFamily, TruncatedFamily
from circuitalg.kernel.matrices import fixed, parameter
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.same import NormalForm
from circuitalg.kernel.statements import GenericRank
from circuitalg.kernel.terms import Factor, Minor, Split, TiedCut
from circuitalg.logspace.simnet import SimNet

EVERY = GENUINE | PROVED


def renamed(circuit):
    """The same network with another name for its first node."""
    first, *others = circuit.nodes
    return Circuit.from_nodes([replace(first, name="another"), *others])


def renamed_simnet(simnet):
    """The same SimNet with another name for its first node."""
    first, *others = simnet.nodes
    return SimNet([replace(first, name="another"), *others])


OTHER = {
    Circuit: renamed,
    SimNet: renamed_simnet,
    ca.Bipartition: ca.Bipartition.swapped,
    CPFamily: lambda _: TruncatedFamily(1),
    Fraction: lambda number: number + 1,
    Integer: lambda number: number + 1,
    int: lambda number: number + 1,
    str: lambda text: text + "x",
}
"""For what is altered as a whole, another one."""


def altered(value):
    """Values that differ from the given one at one place; every leaf is altered at least once."""
    if type(value) in OTHER:
        yield OTHER[type(value)](value)
    elif isinstance(value, Mapping):
        for name in value:
            others = {other: part for other, part in value.items() if other != name}
            yield {**others, name + "x": value[name]}
            yield from ({**others, name: part} for part in altered(value[name]))
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            for other in altered(part):
                yield (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value):
        for field in fields(value):
            for part in altered(getattr(value, field.name)):
                try:
                    yield replace(value, **{field.name: part})
                except (CircuitalgError, ValueError):  # such a statement cannot be made
                    continue
    elif value is not None:
        pytest.fail(f"a statement holds a {type(value).__name__}")


@pytest.mark.parametrize("name", EVERY)
def test_every_part_of_a_statement_is_in_its_digest(name):
    """Altered at any one place, down to single entries and names, it has another digest."""
    statement = EVERY[name]().statement
    own = statement_sha256(statement)
    seen = {own}
    count = 0
    for other in altered(statement):
        try:
            digest = statement_sha256(other)
        except (KeyError, ValueError, TypeError, AttributeError):
            continue  # not a statement: an operation of another name, for example
        count += 1
        if digest == own:
            pytest.fail(f"{other} has the digest of {statement}")
        seen.add(digest)
    assert count >= len(fields(statement))
    assert len(seen) > 0.9 * count


@pytest.mark.parametrize("name", EVERY)
def test_kernel_and_checker_have_one_digest(name, tmp_path):
    """Written apart from the same definition, they agree on every kind of statement."""
    theorem = EVERY[name]()
    file = theorem.save(tmp_path / "theorem.json")
    assert checker.verify_file(file).statement_sha256 == theorem.statement_sha256
    assert ca.load_theorem(file).statement_sha256 == theorem.statement_sha256


def test_all_kinds_have_different_digests():
    """No two of the table's statements share one, though some read alike."""
    digests = [EVERY[name]().statement_sha256 for name in EVERY]
    assert len(set(digests)) == len(digests) == len(EVERY)
    assert {len(digest) for digest in digests} == {64}


def test_other_proofs_have_one_digest():
    """Another seed, another rule, numbers in another form: the statement counts alone."""
    circuit, parts = ca.ht_model(4, 3, [3, 3]), ca.Bipartition.of([0, 2], 4)
    digests = {
        rules.generic_rank(
            Question(circuit, parts), Split(None, (Minor(seed, 9, PRIME),)), Factor((TiedCut(),))
        ).statement_sha256
        for seed in (1, 2)
    }
    digests.add(ca.prove_rank(circuit, parts).statement_sha256)
    assert len(digests) == 1
    weights = {name: ((Fraction(2, 1), 3),) for name in ("b", "a")}
    plain = MappingProxyType({"a": ((2, 3),), "b": ((2, 3),)})
    at = EVERY["at"]().statement
    assert statement_sha256(replace(at, weights=weights)) == statement_sha256(
        replace(at, weights=plain)
    )


def test_the_order_of_nodes_is_not_in_it():
    """Nodes in another order are the same network, and the same statement about it."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    nodes = list(circuit.nodes)
    first, second = (i for i, node in enumerate(nodes) if node.location is not None)
    order = [second, *(i for i in range(len(nodes)) if i != second)]
    place = {old: new for new, old in enumerate(order)}
    assert order != sorted(order)
    moved = Circuit.from_nodes(
        replace(nodes[old], children=tuple(place[c] for c in nodes[old].children)) for old in order
    )
    assert first != second
    statements = [GenericRank(each, parts, 2, 2) for each in (circuit, moved)]
    assert statement_sha256(statements[0]) == statement_sha256(statements[1])


def test_a_parameter_called_as_a_number_is_a_name():
    """The name "1/2" in an expression is not the number one half in a fixed matrix."""
    b = ca.CircuitBuilder(1, 1)
    circuit = b.build(b.sum(b.input(0), width=1, parameter="1/2"))
    named = rules.same_function(circuit, circuit, {"1/2": parameter("1/2")}, NormalForm())
    other = replace(named.statement, weights={"1/2": fixed([[Fraction(1, 2)]])})
    assert canonical(named.statement)["weights"] == {"1/2": {"parameter": "1/2"}}
    assert canonical(other)["weights"] == {"1/2": {"matrix": [["1/2"]]}}
    halves = [fixed([[Fraction(1, 16)]]), fixed([[Fraction(-1, 10)]])]
    assert [canonical(replace(other, weights={"w": half}))["weights"]["w"] for half in halves] == [
        {"matrix": [["1/10"]]},
        {"matrix": [["-1/a"]]},
    ]


def test_the_fingerprint_of_a_simnet_has_beta_and_the_mode():
    """Two SimNets that differ in β alone, or in the mode alone, are two."""
    circuit = ca.cp_model(2, 2, 2)
    found = {
        simnet_fingerprint(circuit.to_simnet(mean=mean, beta=beta))
        for mean in (True, False)
        for beta in (1, 2, Fraction(1, 2), Fraction(-1, 2))
    }
    assert len(found) == 8


def test_statements_that_read_alike_have_different_digests():
    """Two tensors of one shape have one sentence; the digest tells them apart."""
    first, second = (ca.prove_represents(ca.cp_model, [[1, 2], [3, n]]) for n in (4, 5))
    assert str(first) == str(second)
    assert first.statement_sha256 != second.statement_sha256


@pytest.mark.soundness
def test_a_checker_that_has_verified_another_statement_is_not_believed(monkeypatch):
    """`check` compares the checker's digest with the theorem's own."""
    theorem, other = EVERY["routing"](), EVERY["minor"]()
    checked = theorem.check()
    if checked.statement_sha256 != theorem.statement_sha256:
        pytest.fail("the checker's digest is another one")
    wrong = json.dumps(other.certificate())

    def save(_, path):
        path.write_text(wrong)
        return path

    monkeypatch.setattr(certificate, "save", save)
    with pytest.raises(CertificateError, match="a statement other than"):
        theorem.check()
