"""Theorems for all sizes: at small sizes, ranks of explicit tensors, and counts of weights."""

import brute
import pytest
from brute import expect, expect_between, functions
from certificates.forall import PROVED
from hypothesis import assume, given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.kernel.forall.claims import ContainsCP, ParameterCount, RankAtLeast

SMALL = [name for name in PROVED if "q^5" not in name]  # of that one every instance is large
THEOREMS = {name: PROVED[name]().statement for name in SMALL}


@st.composite
def instances(draw, statement):
    """Numbers for the symbols, at least as large as declared, the widths, and the network."""
    numbers = {
        name: low + draw(st.integers(0, 1 if low < 2 else 0))
        for name, low in statement.symbols.items()
    }
    networks = statement.networks
    widths = draw(st.lists(st.integers(1, 4), min_size=8, max_size=8))
    shared = {"either": draw(st.booleans()), "shared": True, "unshared": False}[networks.sharing]
    more = {"widths": widths} if getattr(networks, "widths", 1) is None else {}
    if hasattr(networks, "depth"):
        window = functions.formula_value(networks.window, numbers, widths)
        depth = functions.formula_value(networks.depth, numbers, widths)
        assume(window ** (depth + functions.formula_value(networks.rest, numbers, widths)) <= 9)
    circuit = networks.network(numbers, shared=shared, **more)
    return circuit, numbers, widths, shared


def value(formula, drawn):
    """A formula at the numbers that were drawn."""
    return functions.formula_value(formula, drawn[1], drawn[2])


def bipartitions(claim, drawn):
    """What the claim is about: alternating blocks, or any unions of blocks."""
    locations, block = drawn[0].num_locations, value(claim.block, drawn)
    if getattr(claim, "sides", "alternating") == "alternating":
        return st.just(ca.Bipartition.blocks(locations, block)) if block < locations else None
    if locations // block < 2:
        return None
    sides = st.integers(1, 2 ** (locations // block - 1) - 1 or 1)
    return sides.map(
        lambda bits: ca.Bipartition.of(
            [i for i in range(locations) if bits >> (i // block) & 1], locations
        )
    )


def check(claim, drawn, parts=None):
    """The law: what the claim says is so at these sizes."""
    circuit = drawn[0]
    if isinstance(claim, ParameterCount):
        weights = sum(rows * columns for rows, columns in circuit.parameters.values())
        expect(value(claim.count, drawn), weights, "number of weights")
    elif isinstance(claim, ContainsCP):
        cp = ca.cp_model(
            circuit.num_locations,
            circuit.dims[0],
            value(claim.channels, drawn),
            shared=drawn[3],
            outputs=circuit.num_outputs,
        )
        expect(value(claim.locations, drawn), circuit.num_locations, "locations")
        weights, at = brute.random_weights(cp), functions.vectors(cp, 0)
        deep = {
            name: weights.get(
                name, [[int(r == c) for c in range(shape[1])] for r in range(shape[0])]
            )
            for name, shape in circuit.parameters.items()
        }
        expect(brute.outputs(circuit, deep, at), brute.outputs(cp, weights, at), "outputs")
    else:
        rank = brute.generic_rank(circuit, parts.I)
        bound = value(claim.bound, drawn)
        if isinstance(claim, RankAtLeast):
            expect_between(bound, rank, 10**9, f"rank at {drawn[1:]}")
        else:
            expect_between(0, rank, bound, f"rank at {drawn[1:]}")


@pytest.mark.parametrize("name", THEOREMS)
@given(data=st.data())
def test_the_claim_holds_at_small_sizes(name, data):
    """Ranks by brute force, weights counted, the shallow network found in the deep one."""
    statement = THEOREMS[name]
    drawn = data.draw(instances(statement))
    claim = statement.claim
    parts = None
    if not isinstance(claim, ParameterCount | ContainsCP):
        choices = bipartitions(claim, drawn)
        if choices is None:
            return
        parts = data.draw(choices)
    check(claim, drawn, parts)


@pytest.mark.parametrize("name", ["for all", "for all, halves", "for all, count"])
def test_a_claim_that_is_off_by_one_is_caught(name):
    """One more from below, one less from above, one weight more."""
    statement = THEOREMS[name]
    numbers = {each: 2 if each in "qM" else low for each, low in statement.symbols.items()}
    widths = [2, 2, 2, 2]
    shared = statement.networks.sharing == "shared"
    circuit = statement.networks.network(numbers, shared=shared, widths=widths)
    drawn = circuit, numbers, widths, shared
    parts = ca.Bipartition.odd_even(circuit.num_locations)
    claim = statement.claim
    check(claim, drawn, parts)
    field = "count" if isinstance(claim, ParameterCount) else "bound"
    change = 1 if not hasattr(claim, "sides") else -1
    members = {each: getattr(claim, each) for each in claim.__slots__}
    wrong = type(claim)(**{**members, field: members[field] + change})
    with pytest.raises(pytest.fail.Exception):
        check(wrong, drawn, parts)
