"""What a rank rule is asked: derived by the kernel alone, and once."""

import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.rank import minors, network, question, routing, upper
from circuitalg.kernel.rank.network import circuit_network, distinct_blocks, restrict
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, Factor, TiedCut

DEEP = ca.ht_model(8, 3, [2, 3, 2])
PARTS = ca.Bipartition.odd_even(8)


def test_one_proof_derives_each_thing_once(monkeypatch):
    """Search, lower bound and upper bound read one network, one table of blocks, one cut of each
    block, and one check of the routing.
    """
    calls = Counter()

    def counted(module, name):
        function = getattr(module, name)

        def call(*given, **more):
            calls[name] += 1
            return function(*given, **more)

        monkeypatch.setattr(module, name, call)

    counted(question, "circuit_network")
    counted(network, "blocks")
    counted(upper, "Messages")
    counted(routing, "path_slots")
    statement = ca.prove_rank(ca.ht_model(8, 3, [3, 3, 3]), PARTS).statement
    assert statement.lower == statement.upper == 81
    assert calls == dict.fromkeys(["circuit_network", "blocks", "Messages", "path_slots"], 1)


def test_what_is_derived_is_the_circuits_own():
    """The network and the blocks are those of the functions that derive them, sides included."""
    for parts in (PARTS, ca.Bipartition.low_high(8)):
        asked = Question(DEEP, parts)
        derived = circuit_network(DEEP, parts).network
        assert asked.network == derived
        assert asked.blocks == distinct_blocks(derived)


@pytest.mark.soundness
def test_nothing_derived_can_be_put_in_by_accident():
    """Attributes cannot be set, the table of blocks cannot be filled, a copy derives its own."""
    other = Question(DEEP, ca.Bipartition.low_high(8))
    asked = Question(DEEP, PARTS)
    for name in ("circuit", "bipartition", "output", "space", "named", "blocks", "_known"):
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
def test_what_is_remembered_is_asked_for_exactly():
    """1.0 and True are equal to 1, and would read or leave what was computed of it."""
    asked = Question(DEEP, PARTS)
    dims = asked.network.dims
    for wrong in (1.0, True, np.int64(1), Fraction(1)):
        with pytest.raises(RuleError, match="integers"):
            minors.circuit_rank(asked, wrong, 4, 101)
        with pytest.raises(RuleError, match="integers"):
            restrict(asked.network, (wrong, *dims[1:]))
    with pytest.raises(RuleError, match="integers"):
        restrict(asked.network, list(dims))
    assert restrict(asked.network, dims) is restrict(asked.network, dims)


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
            rules.generic_rank(other, Bounds(None, Factor((TiedCut(),))))
