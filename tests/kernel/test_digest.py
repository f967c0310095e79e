"""The digest of a statement: what is in it, and how numbers, names and networks are written."""

from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

import pytest
from brute import expect
from certificates import theorem

import circuitalg as ca
from circuitalg.expressions import matrix, parameter
from circuitalg.kernel import rules
from circuitalg.kernel.codec import statement_sha256
from circuitalg.kernel.same.function import NormalForm
from circuitalg.logspace.files import simnet_fingerprint


def test_equal_numbers_and_mappings_have_one_digest():
    """A Fraction that is an integer, and members in another order."""
    said = theorem("at").statement
    weights = [{name: ((Fraction(2, 1), 3),) for name in ("b", "a")}, {"a": ((2, 3),)}]
    weights[1] |= {"b": ((2, Fraction(3)),)}
    digests = {statement_sha256(replace(said, weights=MappingProxyType(w))) for w in weights}
    expect(len(digests), 1, "digests")


def test_a_parameter_called_as_a_number_is_a_name():
    """The name "1/2" in an expression is not the number one half in a fixed matrix."""
    b = ca.CircuitBuilder(1, 1)
    circuit = b.build(b.sum(b.input(0), width=1, parameter="1/2"))
    named = rules.same_function(circuit, circuit, {"1/2": parameter("1/2")}, NormalForm()).statement
    others = [matrix([[number]]) for number in (Fraction(1, 2), Fraction(1, 16), Fraction(-1, 10))]
    others += [parameter("1/10"), parameter("-1/a")]  # as the numbers are written in a digest
    statements = [named, *(replace(named, weights={"1/2": other}) for other in others)]
    expect(len(set(map(statement_sha256, statements))), len(statements), "digests")


def test_the_fingerprint_of_a_simnet_has_beta_and_the_mode():
    """Two SimNets that differ in β alone, or in the mode alone, are two."""
    circuit = ca.cp_model(2, 2, 2)
    found = {
        simnet_fingerprint(circuit.to_simnet(mean=mean, beta=beta))
        for mean in (True, False)
        for beta in (1, 2, Fraction(1, 2), Fraction(-1, 2))
    }
    expect(len(found), 8, "fingerprints")


@pytest.mark.parametrize("entry", [4, 5])
def test_a_sentence_does_not_name_a_statement(entry):
    """Two tensors of one shape have one sentence; the digest tells them apart."""
    first, second = (ca.prove_represents(ca.cp_model, [[1, 2], [3, n]]) for n in (entry, 6))
    expect(str(first), str(second), "sentences")
    expect(first.statement_sha256 == second.statement_sha256, False, "one digest")
