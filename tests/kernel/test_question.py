"""What a rank rule is asked: derived by the kernel alone, and once."""

import pickle

import pytest

import circuitalg as ca
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.network import circuit_network, distinct_blocks
from circuitalg.kernel.rank import question as module
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.terms import Factor, TiedCut

DEEP = ca.ht_model(8, 3, [2, 3, 2])
PARTS = ca.Bipartition.odd_even(8)


def test_one_proof_derives_the_network_and_its_blocks_once(monkeypatch):
    """Search, lower bound and upper bound read one network and one table of blocks."""
    calls = []

    def counted(name, function):
        def call(*given):
            calls.append(name)
            return function(*given)

        monkeypatch.setattr(module, name, call)

    counted("circuit_network", circuit_network)
    counted("distinct_blocks", distinct_blocks)
    statement = ca.prove_rank(DEEP, PARTS).statement
    assert statement.lower == statement.upper == 16
    assert calls == ["circuit_network", "distinct_blocks"]


def test_what_is_derived_is_the_circuits_own():
    """The network and the blocks are those of the functions that derive them, sides included."""
    for parts in (PARTS, ca.Bipartition.low_high(8)):
        asked = Question(DEEP, parts)
        network = circuit_network(DEEP, parts).network
        assert asked.found.network == network
        assert dict(asked.blocks) == distinct_blocks(network)


@pytest.mark.soundness
def test_nothing_derived_can_be_put_in_by_accident():
    """Attributes cannot be set, the table of blocks cannot be filled, a copy derives its own."""
    other = Question(DEEP, ca.Bipartition.low_high(8))
    asked = Question(DEEP, PARTS)
    for name in ("circuit", "bipartition", "output", "space", "_found", "_blocks", "blocks", "new"):
        with pytest.raises(AttributeError):
            setattr(asked, name, getattr(other, name, None))
        with pytest.raises(AttributeError):
            delattr(asked, name)
    with pytest.raises(TypeError):
        asked.blocks[next(iter(other.blocks))] = 1
    again = pickle.loads(pickle.dumps(other))  # noqa: S301  (our own bytes)
    if again.blocks != other.blocks or again.bipartition != other.bipartition:
        pytest.fail("a copy asks something else")


@pytest.mark.soundness
def test_arguments_have_the_exact_types():
    """Subclasses may lie about what they are, so neither they nor words or numbers are taken."""

    class Lying(Circuit):
        is_tree = True

    class Space(str):
        __slots__ = ()

        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    lying = Lying(ca.cp_model(8, 2, 2).graph)
    for given in [
        (lying, PARTS), (None, PARTS), (DEEP, "odd-even"), (DEEP, PARTS, True), (DEEP, PARTS, 0.0),
        (DEEP, PARTS, 0, Space("complex")), (DEEP, PARTS, 0, "complex"), (DEEP, PARTS, 0, None),
    ]:  # fmt: skip
        with pytest.raises(RuleError):
            Question(*given)
    for other in (DEEP, None, (DEEP, PARTS)):
        with pytest.raises(RuleError, match="Question"):
            rules.generic_rank(other, None, Factor((TiedCut(),)))
