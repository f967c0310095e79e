"""Statements about ranks that the tests write themselves; what the verdict prints."""

from __future__ import annotations

import itertools

import pytest
from certificates.alter import refused
from checker.common import (
    PRIME,
    Build,
    brute_matrix,
    generic,
    ht,
    letters,
    locations,
    minor,
    own,
    rank_at,
    rank_mod,
    ratio,
    recurrent,
    separation,
    shapes,
    single,
    tree,
)

from circuitalg import checker
from circuitalg.checker.modular import is_prime
from circuitalg.checker.read import as_entry

# --- RankAt --------------------------------------------------------------------------------------


def weights_of(circuit, entry):
    """Weights by a function of (name, row, column)."""
    return {
        name: [[entry(name, i, j) for j in range(cols)] for i in range(rows)]
        for name, (rows, cols) in shapes(circuit).items()
    }


NET = ht(4, 2, [2, 2], False)
ODD = weights_of(
    NET, lambda name, i, j: (7 * i + 3 * j + len(name) * (i + 1) ** 2 + ord(name[-1])) % 11
)


@pytest.mark.soundness
@pytest.mark.parametrize(
    "weights",
    [
        ODD,
        weights_of(NET, lambda name, i, j: 1 + (i == j)),
        weights_of(NET, lambda name, i, j: ratio(1 + i, 2 + j)),
        weights_of(NET, lambda name, i, j: "-3/7" if i == j else 0),
        weights_of(NET, lambda name, i, j: 10**30 * (i + 1) + j),
    ],
)
def test_rank_at_weights(weights):
    """The exact rank at rational weights, above and below the structural bound."""
    exact = {
        name: [[as_entry(x, "w") for x in row] for row in rows] for name, rows in weights.items()
    }
    rank = rank_mod(brute_matrix(NET, [0, 2], exact))
    result = checker.verify(rank_at(NET, [0, 2], weights, rank, rank))
    assert (result.lower, result.upper) == (rank, rank)
    if rank < 4:
        assert checker.verify(rank_at(NET, [0, 2], weights, rank, 4, {"kind": "IndexRecursion"}))
        refused(rank_at(NET, [0, 2], weights, rank + 1, rank + 1), "zero modulo")
    refused(rank_at(NET, [0, 2], weights, rank, rank + 1), "upper bound")
    if rank > 1:
        refused(rank_at(NET, [0, 2], weights, rank - 1, rank - 1), "upper bound")


def mixed():
    """Two branches whose locations come in different orders, and a third of another shape."""
    build = Build()
    x = [build.input(i, 2) for i in range(3)]

    def arm(name, order):
        children = [build.sum(2, (x[i], f"{name}{i}")) for i in order]
        return build.product(*children)

    pair = build.product(build.sum(2, (x[2], "p")), build.sum(2, (x[0], "q")))
    nested = build.product(build.sum(2, (pair, "r")), build.sum(2, (x[1], [[1, "1/3"], [0, 2]])))
    build.sum(1, (arm("a", (2, 0, 1)), "c"), (arm("b", (0, 1, 2)), "d"), (nested, [["2/5", 1]]))
    return build.circuit()


@pytest.mark.soundness
@pytest.mark.parametrize("inside", [[0], [1], [0, 2], [1, 2]])
def test_exhaustive_on_a_mixture(inside):
    """Branches with modes in another order and over other denominators are added correctly."""
    net = mixed()
    weights = weights_of(
        net, lambda name, i, j: ratio(1 + i + 2 * j + ord(name[0]) % 5, 1 + ord(name[-1]) % 4)
    )
    exact = {
        name: [[as_entry(x, "w") for x in row] for row in rows] for name, rows in weights.items()
    }
    rank = rank_mod(brute_matrix(net, inside, exact))
    assert checker.verify(rank_at(net, inside, weights, rank, rank)).upper == rank
    refused(rank_at(net, inside, weights, rank, rank + 1), "upper bound")


def test_exhaustive_at_its_limit():
    """65,536 entries are written out in a moment, and hostile widths are refused."""
    net = ht(16, 2, [4, 4, 4, 4], True)
    weights = weights_of(net, lambda name, i, j: (3 * i + 5 * j + len(name)) % 7 + int(i == j))
    low = minor(3)
    with pytest.raises(checker.Refusal, match="upper bound"):
        checker.verify(rank_at(net, range(0, 16, 2), weights, 3, 257, low=low))
    wide = ht(2, 2, [20_000], True)
    weights = weights_of(wide, lambda name, i, j: 1)
    wide["nodes"][0][2] = wide["nodes"][1][2] = 60_000
    refused(rank_at(wide, [0], {}, 1, 1), "lacks")


@pytest.mark.soundness
def test_exhaustive_is_limited():
    """A matricization of more than 65,536 entries is not written out."""
    big = ht(17, 2, [2], False)
    weights = weights_of(big, lambda name, i, j: int(i == j))
    refused(rank_at(big, range(8), weights, 1, 1, low=minor(1)), "entries")


@pytest.mark.soundness
def test_exhaustive_rank_of_numbers_divisible_by_the_first_prime():
    """The exact rank is not fooled by entries that vanish modulo the first primes tried."""
    first = next(p for p in range((1 << 24) - 1, 2, -1) if is_prime(p))
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    build.sum(1, (build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b"))), "o"))
    net = build.circuit()
    eye = [[1, 0], [0, 1]]
    weights = {"a": eye, "b": eye, "o": [[1, first]]}
    assert checker.verify(rank_at(net, [0], weights, 2, 2)).upper == 2
    refused(rank_at(net, [0], weights, 1, 1), "upper bound")


# --- GridRank ------------------------------------------------------------------------------------


def grid(circuit, inside, rows, columns, templates, lower=None):
    """A GridRank certificate."""
    statement = {
        "kind": "GridRank",
        "circuit": circuit,
        "bipartition": letters(locations(circuit), inside),
        "output": 0,
        "templates": templates,
        "lower": len(rows) if lower is None else lower,
    }
    proof = {
        "kind": "GridMinor",
        "seed": 5,
        "prime": PRIME,
        "rows": [list(r) for r in rows],
        "columns": [list(c) for c in columns],
    }
    return single(statement, proof)


EYE = [[1, 0], [0, 1]]
ALL = list(itertools.product(range(2), repeat=3))


@pytest.mark.soundness
def test_grid_rank_of_a_recurrent_circuit():
    """T = 6, M = R = 2: the start/end grid rank is 8, though both hidden states have width 2."""
    result = checker.verify(grid(recurrent(6), [0, 1, 2], ALL, ALL, EYE))
    assert result.lower == 8
    assert result.upper is None
    assert "separation rank" in result.text
    assert checker.verify(grid(recurrent(6), [0, 1, 2], ALL, ALL, [[1, "1/2"], [0, 3]])).lower == 8


@pytest.mark.soundness
def test_grid_rank_is_no_more_than_the_truth():
    """Equal templates, equal rows or a one-layer circuit give singular minors."""
    refused(grid(recurrent(6), [0, 1, 2], ALL, ALL, [[1, 2], [1, 2]]), "zero modulo")
    refused(grid(recurrent(6), [0, 1, 2], [ALL[0], *ALL[:7]], ALL, EYE), "zero modulo")
    refused(grid(ht(6, 2, [2], False), [0, 1, 2], ALL, ALL, EYE), "zero modulo")


@pytest.mark.soundness
@pytest.mark.parametrize("numpy", [False, True])
def test_grid_rank_of_a_sum_over_unequal_locations(numpy):
    """X y - (x0 + x1) needs no smoothness; at rows e1, e2 its columns are added up as they are."""
    if numpy:
        pytest.importorskip("numpy")
    build = Build()
    x, y = (build.input(i, 2) for i in (0, 1))
    build.sum(1, (build.product(x, y), [[1, 1]]), (x, [[-1, -1]]))
    rows, columns = [[0], [1]], [[2], [3]]
    for values, regular in (([[1, 1], [3, 2]], False), ([[2, 1], [3, 2]], True)):
        data = grid(build.circuit(), [0], rows, columns, [*EYE, *values])
        if regular:
            assert checker.verify(data, use_numpy=numpy).lower == 2
        else:
            with pytest.raises(checker.Refusal, match="zero modulo"):
                checker.verify(data, use_numpy=numpy)


# --- Separation ----------------------------------------------------------------------------------


TWO_LEVELS = {"kind": "TruncatedFamily", "levels": 2, "window": 2}
DEEP = ht(8, 2, [4, 4, 4], False)
BLOCKS = [0, 1, 4, 5]


@pytest.mark.soundness
def test_separation_from_cp_models():
    """Theorem 1 and Corollary 2 for one network: 16 channels are needed."""
    data = separation(generic(DEEP, range(0, 8, 2), 16, 16), {"kind": "CPFamily"})
    result = checker.verify(data)
    assert result.needed == 16
    text = result.text
    assert "number of channels < 16" in text
    assert "approximate" in text


@pytest.mark.soundness
def test_separation_from_truncated_networks():
    """Theorem 3 needs the squeezed partition, or plain odd/even for one level."""
    good = generic(DEEP, BLOCKS, 16, 16)
    assert checker.verify(separation(good, TWO_LEVELS)).needed == 16
    odd = generic(DEEP, range(0, 8, 2), 16, 16)
    one = {"kind": "TruncatedFamily", "levels": 1, "window": 2}
    assert checker.verify(separation(odd, one)).needed == 16


def test_separations_of_unequal_dimensions():
    """A family has the circuit's dimensions, whichever they are."""
    build = Build()
    tops = [build.sum(2, (build.input(i, 2 + i), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*tops), "o"))
    uneven = generic(build.circuit(), [0], 2, 2)
    assert checker.verify(separation(uneven, {"kind": "CPFamily"})).needed == 2
    assert checker.verify(separation(uneven, {"kind": "TTFamily"})).needed == 2


# --- GenericRank ---------------------------------------------------------------------------------


def good_one():
    """A certificate with a split, a routing, a minor and a factor rule."""
    circuit = tree([[0, 1], [2, 3, 4]], 3, [1, [3, 0, 0], [3, 0, 0, 0]])
    lower = {
        "kind": "Split",
        "dims": None,
        "blocks": [
            {"kind": "Routing", "paths": []},
            {"kind": "Routing", "paths": [[2, 3, 3]]},
            minor(3),
        ],
    }
    upper = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}] * 3}
    return generic(circuit, [0, 2, 4], 9, 9, lower, upper)


def test_numbers_may_be_stored_in_any_factors():
    """9 is [[3, 2]] or [["0x9", 1]]; printing follows what is stored."""
    data = good_one()
    many = [[3, 1]] * 2 + [[2, 1]] * 20
    own(data)["statement"]["lower"] = many
    refused(data, r"\(10 more factors\), but the rules give 9")
    own(data)["statement"]["lower"] = (1 << 53) - 1
    refused(data, "is 9007199254740991, but the rules give 9")
    own(data)["statement"]["lower"] = 1 << 53
    refused(data, "must lie between 0 and 9007199254740991")
    own(data)["statement"]["lower"] = [[1 << 53, 1]]
    refused(data, "is 9007199254740992, but the rules give 9")
    for stored, shown in (([[3, 2]], "3^2"), ([["0x9", 1]], "9"), ([[3, 1], [3, 1]], "3 * 3")):
        data["theorems"][-1]["statement"]["lower"] = stored
        assert f"the rank is {shown} for almost all weights" in checker.verify(data).text


def test_text_tells_which_rules_gave_each_side():
    """The printed statement is complete: words, shape, fingerprint, rules."""
    text = checker.verify(good_one()).text
    assert "For almost all weights (off the zero set of a non-zero polynomial" in text
    assert "For all weights: rank <= 9" in text
    assert "5 locations of dimension 3" in text
    assert "I = {0, 2, 4} (3 of 5 locations)" in text
    assert "a minor of size 3, routing (2 times)" in text
    assert "tied cut (3 times)" in text
    assert "Fingerprint: " in text


def test_irregular_sides_are_printed_as_they_are():
    """Only what has equal steps is said to have them; else the list is named by its SHA-256."""
    count = 60
    regular, irregular = range(0, count, 2), [*range(0, count - 2, 2), count - 1]
    for inside, shown in (
        (regular, "{0, 2, ..., 58} in steps of 2 (30 of"),
        (irregular, "SHA-256 of the list"),
    ):
        circuit = ht(count, 2, [1], True)
        text = checker.verify(generic(circuit, inside, 1, 1)).text
        assert "I = {0, 2, " in text
        assert shown in text
        assert ("steps" in text) == (inside is regular)


def test_numpy_is_named_in_the_verdict():
    """With --numpy the verdict says that the second route was used."""
    pytest.importorskip("numpy")
    result = checker.verify(good_one(), use_numpy=True)
    assert "NumPy" in result.text
    assert result.route == "numpy"
    assert len(result.notes) == 1
    result = checker.verify(good_one())
    assert "NumPy" not in result.text
    assert (result.route, result.notes) == ("exact", ())
