"""Statements: RankAt, GridRank, Separation; and altered certificates of every kind."""

from __future__ import annotations

import copy
import itertools

import pytest
from checker.common import (
    PRIME,
    Build,
    brute_matrix,
    certificate,
    factors,
    generic,
    ht,
    minor,
    rank_mod,
    shapes,
    tree,
)

from circuitalg import checker


def refused(data, match, error=checker.Refusal):
    """Demand a refusal with one sentence, and that the data is not changed by checking."""
    before = copy.deepcopy(data)
    with pytest.raises(error, match=match) as caught:
        checker.verify(data)
    assert "\n" not in str(caught.value)
    assert data == before


# --- RankAt --------------------------------------------------------------------------------------


def weights_of(circuit, entry):
    """Weights by a function of (name, row, column)."""
    return {
        name: [[entry(name, i, j) for j in range(cols)] for i in range(rows)]
        for name, (rows, cols) in shapes(circuit).items()
    }


def rank_at(circuit, inside, weights, lower, upper, rule=None, low=None):
    """A RankAt certificate."""
    statement = {
        "kind": "RankAt",
        "I": list(inside),
        "output": 0,
        "weights": weights,
        "lower": factors(lower),
        "upper": factors(upper),
    }
    theorem = {
        "statement": statement,
        "lower": low or {**minor(lower), "rule": "minor_at"},
        "upper": rule or {"rule": "exhaustive"},
    }
    return copy.deepcopy(certificate(circuit, theorem))


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
        weights_of(NET, lambda name, i, j: f"{1 + i}/{2 + j}"),
        weights_of(NET, lambda name, i, j: "-3/7" if i == j else 0),
        weights_of(NET, lambda name, i, j: 10**30 * (i + 1) + j),
    ],
)
def test_rank_at_weights(weights):
    """The exact rank at rational weights, above and below the structural bound."""
    exact = {
        name: [[checker.as_entry(x, "w") for x in row] for row in rows]
        for name, rows in weights.items()
    }
    rank = rank_mod(brute_matrix(NET, [0, 2], exact))
    result = checker.verify(rank_at(NET, [0, 2], weights, rank, rank))
    assert (result.lower, result.upper) == (rank, rank)
    if rank < 4:
        assert checker.verify(rank_at(NET, [0, 2], weights, rank, 4, {"rule": "index_recursion"}))
        refused(rank_at(NET, [0, 2], weights, rank + 1, rank + 1), "zero modulo")
    refused(rank_at(NET, [0, 2], weights, rank, rank + 1), "upper bound")
    if rank > 1:
        refused(rank_at(NET, [0, 2], weights, rank - 1, rank - 1), "upper bound")


@pytest.mark.soundness
def test_rank_at_is_about_these_weights():
    """A changed weight is another statement: the digest changes, or it is refused."""
    data = rank_at(NET, [0, 2], ODD, 4, 4)
    first = checker.verify(data).text
    data["theorem"]["statement"]["weights"]["out"][0][0] += 1
    assert checker.verify(data).text != first
    data["theorem"]["statement"]["weights"]["out"] = [[0, 0]]
    refused(data, "zero modulo")


def change(path, value):
    """Return a function that sets one place of a certificate."""

    def apply(data):
        place = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return apply


S = ["theorem", "statement"]
W = [*S, "weights"]
RANK_AT = {
    "missing weight": (lambda d: d["theorem"]["statement"]["weights"].pop("out"), "lacks"),
    "extra weight": (change([*W, "z"], [[1]]), "unknown member"),
    "wrong shape": (change([*W, "out"], [[1, 2, 3]]), "shape"),
    "transposed": (change([*W, "out"], [[1], [2]]), "shape"),
    "float": (change([*W, "out"], [[1.5, 2]]), "integers or strings"),
    "true": (change([*W, "out"], [[True, 2]]), "integers or strings"),
    "zero denominator": (change([*W, "out"], [["1/0", 2]]), "integers or strings"),
    "weights no object": (change(W, []), "object"),
    "denominator and prime": (change([*W, "out"], [[f"1/{PRIME}", 2]]), "denominator"),
    "generic minor": (change(["theorem", "lower"], minor(4)), "minor_at"),
    "split": (
        change(["theorem", "lower"], {"rule": "split", "dims": None, "blocks": []}),
        "minor_at",
    ),
    "extra in exhaustive": (
        change(["theorem", "upper"], {"rule": "exhaustive", "x": 1}),
        "unknown",
    ),
    "space": (change([*S, "space"], "real"), "unknown member"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", RANK_AT)
def test_altered_rank_at(name):
    """Each alteration of a RankAt certificate is refused for its own reason."""
    apply, reason = RANK_AT[name]
    data = rank_at(NET, [0, 2], ODD, 4, 4)
    assert checker.verify(data).lower == 4
    apply(data)
    refused(data, reason)


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
        net, lambda name, i, j: f"{1 + i + 2 * j + ord(name[0]) % 5}/{1 + ord(name[-1]) % 4}"
    )
    exact = {
        name: [[checker.as_entry(x, "w") for x in row] for row in rows]
        for name, rows in weights.items()
    }
    rank = rank_mod(brute_matrix(net, inside, exact))
    assert checker.verify(rank_at(net, inside, weights, rank, rank)).upper == rank
    refused(rank_at(net, inside, weights, rank, rank + 1), "upper bound")


def test_exhaustive_at_its_limit():
    """65,536 entries are written out in a moment, and hostile widths are refused."""
    net = ht(16, 2, [4, 4, 4, 4], True)
    weights = weights_of(net, lambda name, i, j: (3 * i + 5 * j + len(name)) % 7 + int(i == j))
    low = {**minor(3), "rule": "minor_at"}
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
    refused(rank_at(big, range(8), weights, 1, 1, low={**minor(1), "rule": "minor_at"}), "entries")


@pytest.mark.soundness
def test_exhaustive_rank_of_numbers_divisible_by_the_first_prime():
    """The exact rank is not fooled by entries that vanish modulo the first primes tried."""
    first = next(p for p in range((1 << 24) - 1, 2, -1) if checker.is_prime(p))
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    build.sum(1, (build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b"))), "o"))
    net = build.circuit()
    eye = [[1, 0], [0, 1]]
    weights = {"a": eye, "b": eye, "o": [[1, first]]}
    assert checker.verify(rank_at(net, [0], weights, 2, 2)).upper == 2
    refused(rank_at(net, [0], weights, 1, 1), "upper bound")


# --- GridRank ------------------------------------------------------------------------------------


def recurrent(steps, width=2, dim=2):
    """A recurrent circuit of two layers; inputs are repeated along the way."""
    build = Build()
    x = [build.input(t, dim) for t in range(steps)]
    first, second = build.constant(width), build.constant(width)
    for t in range(steps):
        first = build.product(build.sum(width, (first, "h1")), build.sum(width, (x[t], "i1")))
        second = build.product(build.sum(width, (second, "h2")), build.sum(width, (first, "i2")))
    build.sum(1, (second, "o"))
    return build.circuit()


def grid(circuit, inside, rows, columns, templates, lower=None):
    """A GridRank certificate."""
    statement = {
        "kind": "GridRank",
        "I": list(inside),
        "output": 0,
        "templates": templates,
        "lower": factors(len(rows) if lower is None else lower),
    }
    rule = {
        "rule": "grid_minor",
        "seed": 5,
        "prime": PRIME,
        "rows": [list(r) for r in rows],
        "columns": [list(c) for c in columns],
    }
    return copy.deepcopy(certificate(circuit, {"statement": statement, "lower": rule}))


EYE = [[1, 0], [0, 1]]
ALL = list(itertools.product(range(2), repeat=3))


@pytest.mark.soundness
def test_grid_rank_of_a_recurrent_circuit():
    """T = 6, M = R = 2: the start/end grid rank is 8, though both hidden states have width 2."""
    result = checker.verify(grid(recurrent(6), [0, 1, 2], ALL, ALL, EYE))
    assert result.lower == 8
    assert result.upper is None
    assert "separation rank" in " ".join(result.text)
    assert checker.verify(grid(recurrent(6), [0, 1, 2], ALL, ALL, [[1, "1/2"], [0, 3]])).lower == 8


@pytest.mark.soundness
def test_grid_rank_is_no_more_than_the_truth():
    """Equal templates, equal rows or a one-layer circuit give singular minors."""
    refused(grid(recurrent(6), [0, 1, 2], ALL, ALL, [[1, 2], [1, 2]]), "zero modulo")
    refused(grid(recurrent(6), [0, 1, 2], [ALL[0], *ALL[:7]], ALL, EYE), "zero modulo")
    refused(grid(ht(6, 2, [2], False), [0, 1, 2], ALL, ALL, EYE), "zero modulo")


GRID = {
    "larger lower": (change([*S, "lower"], [[9, 1]]), "lower bound"),
    "smaller lower": (change([*S, "lower"], [[7, 1]]), "lower bound"),
    "unequal": (lambda d: d["theorem"]["lower"]["rows"].pop(), "as many columns"),
    "none": (
        lambda d: d["theorem"]["lower"].update(rows=[], columns=[]),
        "as many columns",
    ),
    "template number": (change(["theorem", "lower", "rows", 0, 0], 2), "between"),
    "negative number": (change(["theorem", "lower", "rows", 0, 0], -1), "between"),
    "short row": (change(["theorem", "lower", "rows", 0], [0, 1]), "wrong length"),
    "template length": (change([*S, "templates"], [[1, 0, 0], [0, 1, 0]]), "dimension"),
    "templates empty": (change([*S, "templates"], []), "rectangular"),
    "upper": (change([*S, "upper"], []), "unknown member"),
    "upper rule": (change(["theorem", "upper"], {"rule": "index_recursion"}), "unknown member"),
    "minor": (change(["theorem", "lower"], minor(8)), "lacks"),
    "other rule": (change(["theorem", "lower", "rule"], "minor"), "grid_minor"),
    "composite": (change(["theorem", "lower", "prime"], 15), "prime"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", GRID)
def test_altered_grid_rank(name):
    """Each alteration of a GridRank certificate is refused for its own reason."""
    apply, reason = GRID[name]
    data = grid(recurrent(6), [0, 1, 2], ALL, ALL, EYE)
    apply(data)
    refused(data, reason)


# --- Separation ----------------------------------------------------------------------------------


def separation(premise, family, needed=None):
    """A Separation certificate from a GenericRank certificate."""
    inner = premise["theorem"]
    statement = {
        "kind": "Separation",
        "family": family,
        "I": inner["statement"]["I"],
        "output": inner["statement"]["output"],
        "space": inner["statement"]["space"],
        "needed": inner["statement"]["lower"] if needed is None else factors(needed),
    }
    return copy.deepcopy(
        certificate(premise["circuit"], {"statement": statement, "premise": inner})
    )


DEEP = ht(8, 2, [4, 4, 4], False)
BLOCKS = [0, 1, 4, 5]


@pytest.mark.soundness
def test_separation_from_cp_models():
    """Theorem 1 and Corollary 2 for one network: 16 channels are needed."""
    data = separation(generic(DEEP, range(0, 8, 2), 16, 16), {"kind": "cp"})
    result = checker.verify(data)
    assert result.needed == 16
    text = " ".join(result.text)
    assert "number of channels < 16" in text
    assert "approximate" in text
    refused(separation(generic(DEEP, range(0, 8, 2), 16, 16), {"kind": "cp"}, 17), "needed")


@pytest.mark.soundness
def test_separation_from_truncated_networks():
    """Theorem 3 needs the squeezed partition; plain odd/even is refused."""
    family = {"kind": "truncated", "levels": 2, "window": 2}
    good = generic(DEEP, BLOCKS, 16, 16)
    assert checker.verify(separation(good, family)).needed == 16
    odd = generic(DEEP, range(0, 8, 2), 16, 16)
    refused(separation(odd, family), "union of blocks of 2")
    one = {"kind": "truncated", "levels": 1, "window": 2}
    assert checker.verify(separation(odd, one)).needed == 16


FAMILIES = {
    "unknown": ({"kind": "tt"}, "no family"),
    "no kind": ({}, "kind"),
    "text": ("cp", "object"),
    "cp with parameter": ({"kind": "cp", "width": 3}, "unknown member"),
    "no levels": ({"kind": "truncated", "window": 2}, "lacks"),
    "levels 0": ({"kind": "truncated", "levels": 0, "window": 2}, "between"),
    "too many levels": ({"kind": "truncated", "levels": 4, "window": 2}, "locations"),
    "window 1": ({"kind": "truncated", "levels": 2, "window": 1}, "between"),
    "window 3": ({"kind": "truncated", "levels": 1, "window": 3}, "locations"),
    "window true": ({"kind": "truncated", "levels": True, "window": 2}, "integer"),
    "larger blocks": ({"kind": "truncated", "levels": 3, "window": 2}, "blocks of 4"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", FAMILIES)
def test_families(name):
    """A family whose parameter does not bound the rank across I is refused."""
    family, reason = FAMILIES[name]
    refused(separation(generic(DEEP, BLOCKS, 16, 16), family), reason)


P = ["theorem", "premise"]
SEPARATION = {
    "no premise": (lambda d: d["theorem"].pop("premise"), "lacks"),
    "premise no object": (change(P, None), "premise"),
    "premise without statement": (lambda d: d["theorem"]["premise"].pop("statement"), "premise"),
    "premise of another kind": (change([*P, "statement", "kind"], "RankAt"), "premise"),
    "itself as premise": (change([*P, "statement", "kind"], "Separation"), "premise"),
    "another bipartition": (change([*P, "statement", "I"], [0, 1, 2, 3]), "lower|upper|another"),
    "swapped sides": (change([*P, "statement", "I"], [2, 3, 6, 7]), "another bipartition"),
    "swapped outside": (change([*S, "I"], [2, 3, 6, 7]), "another bipartition"),
    "another output": (change([*S, "output"], 1), "output"),
    "premise's lower": (change([*P, "statement", "lower"], [[17, 1]]), "lower bound"),
    "premise's upper": (change([*P, "statement", "upper"], [[17, 1]]), "upper bound"),
    "premise without lower": (lambda d: d["theorem"]["premise"].pop("lower"), "lacks"),
    "premise without upper": (lambda d: d["theorem"]["premise"].pop("upper"), "lacks"),
    "premise's minor": (change([*P, "lower", "prime"], 21), "prime"),
    "needed": (change([*S, "needed"], [[2, 5]]), "needed"),
    "needed smaller": (change([*S, "needed"], [[2, 3]]), "needed"),
    "no needed": (lambda d: d["theorem"]["statement"].pop("needed"), "lacks"),
    "circuit in the premise": (change([*P, "circuit"], {}), "unknown member"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", SEPARATION)
def test_altered_separations(name):
    """Each alteration of a Separation certificate is refused for its own reason."""
    apply, reason = SEPARATION[name]
    data = separation(generic(DEEP, BLOCKS, 16, 16), {"kind": "cp"})
    apply(data)
    refused(data, reason)


# --- GenericRank, altered ------------------------------------------------------------------------


def good_one():
    """A certificate with a split, a routing, a minor and a factor rule."""
    circuit = tree([[0, 1], [2, 3, 4]], 3, [1, [3, 0, 0], [3, 0, 0, 0]])
    lower = {
        "rule": "split",
        "dims": None,
        "blocks": [
            {"rule": "routing", "paths": []},
            {"rule": "routing", "paths": [[2, 3, 3]]},
            minor(3),
        ],
    }
    upper = {"rule": "factor", "blocks": [{"rule": "tied_cut"}] * 3}
    return generic(circuit, [0, 2, 4], 9, 9, lower, upper)


NODES = ["circuit", "nodes"]
ALTERED = {
    "larger lower": (change([*S, "lower"], [[10, 1]]), "lower bound"),
    "smaller lower": (change([*S, "lower"], [[8, 1]]), "lower bound"),
    "larger upper": (change([*S, "upper"], [[10, 1]]), "upper bound"),
    "smaller upper": (change([*S, "upper"], [[8, 1]]), "upper bound"),
    "lower zero": (change([*S, "lower"], [[0, 1]]), "lower bound"),
    "lower one": (change([*S, "lower"], []), "lower bound"),
    "lower huge": (change([*S, "lower"], [[2, 1 << 39]]), "lower bound"),
    "lower as a number": (change([*S, "lower"], 9), "list"),
    "lower base 1": (change([*S, "lower"], [[9, 1], [1, 5]]), "at least 2"),
    "lower base -3": (change([*S, "lower"], [[-3, 2]]), "at least 2"),
    "lower base 0": (change([*S, "lower"], [[0, 2]]), "at least 2"),
    "lower base true": (change([*S, "lower"], [[True, 2]]), "at least 2"),
    "lower exponent 0": (change([*S, "lower"], [[9, 1], [5, 0]]), "between"),
    "lower exponent float": (change([*S, "lower"], [[9, 1.0]]), "integer"),
    "lower exponent huge": (change([*S, "lower"], [[9, 1 << 80]]), "between"),
    "lower triple": (change([*S, "lower"], [[9, 1, 1]]), "base, exponent"),
    "lower hex garbage": (change([*S, "lower"], [["0xg", 1]]), "at least 2"),
    "no lower": (lambda d: d["theorem"]["statement"].pop("lower"), "lacks"),
    "no lower rule": (lambda d: d["theorem"].pop("lower"), "lacks"),
    "no upper rule": (lambda d: d["theorem"].pop("upper"), "lacks"),
    "lower rule null": (change(["theorem", "lower"], None), "object"),
    "no statement": (lambda d: d["theorem"].pop("statement"), "statement"),
    "theorem null": (change(["theorem"], None), "theorem"),
    "kind": (change([*S, "kind"], "ExactRank"), "no statement"),
    "kind missing": (lambda d: d["theorem"]["statement"].pop("kind"), "kind"),
    "stored sentence": (change([*S, "text"], "rank 99"), "unknown member"),
    "member of theorem": (change(["theorem", "premises"], []), "unknown member"),
    "member of certificate": (lambda d: d.update(checked=True), "unknown member"),
    "I empty": (change([*S, "I"], []), "neither empty"),
    "I everything": (change([*S, "I"], [0, 1, 2, 3, 4]), "neither empty"),
    "I repeated": (change([*S, "I"], [0, 2, 2]), "increasing"),
    "I decreasing": (change([*S, "I"], [4, 2, 0]), "increasing"),
    "I outside": (change([*S, "I"], [0, 2, 5]), "increasing"),
    "I negative": (change([*S, "I"], [-1, 2, 4]), "increasing"),
    "I true": (change([*S, "I"], [True, 2, 4]), "increasing"),
    "I text": (change([*S, "I"], "024"), "list"),
    "I swapped": (change([*S, "I"], [1, 3]), "kinds? of blocks|side"),
    "I other": (change([*S, "I"], [0, 1, 4]), "bound|side|kinds"),
    "output 1": (change([*S, "output"], 1), "output"),
    "output -1": (change([*S, "output"], -1), "output"),
    "output false": (change([*S, "output"], False), "output"),
    "width of an input": (change([*NODES, 0, 2], 2), "upper bound"),
    "path of the block": (
        change(["theorem", "lower", "blocks", 1, "paths"], [[3, 2, 3]]),
        "side I",
    ),
    "path's base": (change(["theorem", "lower", "blocks", 1, "paths"], [[2, 3, 4]]), "need 4"),
    "singular minor": (change(["theorem", "lower", "blocks", 2, "size"], 4), "zero modulo"),
    "smaller minor": (change(["theorem", "lower", "blocks", 2, "size"], 2), "lower bound"),
    "blocks merged": (lambda d: d["theorem"]["lower"]["blocks"].pop(), "kinds? of blocks"),
    "circuit null": (change(["circuit"], None), "object"),
    "no circuit": (lambda d: d.pop("circuit"), "lacks"),
    "no theorem": (lambda d: d.pop("theorem"), "lacks"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", ALTERED)
def test_altered_certificates(name):
    """Each hand-altered certificate is refused for its own reason."""
    apply, reason = ALTERED[name]
    data = good_one()
    assert checker.verify(data).lower == 9
    apply(data)
    refused(data, reason)


@pytest.mark.soundness
def test_tied_names_change_the_theorem():
    """Renaming one parameter to another's name is another network, and another rank."""
    data = generic(ht(4, 2, [4], False), [0, 1], 4, 4)
    assert checker.verify(data).upper == 4
    for node in data["circuit"]["nodes"]:
        if node[1] == "sum" and node[2] == 4:
            node[4] = [0]
    data["circuit"]["parameters"] = ["a0.0", "out"]
    data["circuit"]["nodes"][-1][4] = [1]
    refused(data, "zero modulo")


def test_numbers_may_be_stored_in_any_factors():
    """9 is [[3, 2]] or [["0x9", 1]]; printing follows what is stored."""
    data = good_one()
    for stored, shown in (([[3, 2]], "3^2"), ([["0x9", 1]], "9"), ([[3, 1], [3, 1]], "3 * 3")):
        data["theorem"]["statement"]["lower"] = stored
        assert f"the rank is {shown} for almost all weights" in "\n".join(checker.verify(data).text)


def test_text_tells_which_rules_gave_each_side():
    """The printed statement is complete: words, shape, fingerprint, rules."""
    text = "\n".join(checker.verify(good_one()).text)
    assert "For almost all weights (off the zero set of a non-zero polynomial" in text
    assert "For all weights: rank <= 9" in text
    assert "5 locations of dimension 3" in text
    assert "I = {0, 2, 4} (3 of 5 locations)" in text
    assert "a minor of size 3, routing (2 times)" in text
    assert "tied cut (3 times)" in text
    assert "Fingerprint: " in text


def test_numpy_is_named_in_the_verdict():
    """With --numpy the verdict says that the second route was used."""
    pytest.importorskip("numpy")
    result = checker.verify(good_one(), use_numpy=True)
    assert "NumPy" in result.text[-1]
    assert not any("NumPy" in line for line in checker.verify(good_one()).text)


def test_not_even_a_certificate():
    """Data of another form is Unreadable."""
    for data in (None, 1, [], {}, {"format": "circuitalg-certificate"}):
        refused(data, r"\.$", checker.Unreadable)


JUNK = [
    None,
    True,
    0,
    1,
    -1,
    3,
    1 << 70,
    0.5,
    1e999,
    "",
    "1/2",
    "0x9",
    [],
    [[]],
    [0],
    {},
    {"rule": "split"},
]


def places(data, path=()):
    """All paths into a certificate."""
    yield path
    members = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in members:
        yield from places(value, (*path, key))


@pytest.mark.soundness
def test_random_damage_is_refused_in_one_sentence():
    """Junk at any place of a certificate gives a sentence or another theorem, never a trace."""
    cases = [
        good_one(),
        rank_at(NET, [0, 2], ODD, 4, 4),
        grid(recurrent(4), [0, 1], [[0, 1], [1, 0]], [[0, 0], [1, 1]], EYE),
        separation(generic(DEEP, BLOCKS, 16, 16), {"kind": "truncated", "levels": 2, "window": 2}),
    ]
    refusals = 0
    for number, data in enumerate(cases):
        checker.verify(data)
        for count, path in enumerate(places(data)):
            if not path:
                continue
            damaged = copy.deepcopy(data)
            change(path, JUNK[(7 * count + number) % len(JUNK)])(damaged)
            try:
                checker.verify(damaged)
            except (checker.Refusal, checker.Unreadable) as error:
                refusals += 1
                if "\n" in str(error) or len(str(error)) > 400:
                    pytest.fail(f"{path}: {error}")
    assert refusals > 300
