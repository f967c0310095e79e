"""U9, U10 and products of subspaces: against tableaux, random tensors, and explicit ranks."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from certificates.alter import refused
from checker.common import Build, brute_rank, generic, ht, minor, rank_mod

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.pencil import pencil_bound
from circuitalg.checker.rank.schur import isotypic_rows, multiplicities, partitions
from circuitalg.checker.rank.upper import upper_bound
from circuitalg.checker.schema import Subject

PRIME = (1 << 31) - 1


def upper_of(circuit, inside, *rules):
    """The value of a factor rule with these block rules."""
    raw = checker.read_circuit(circuit)
    sides = bytes(int(i not in inside) for i in range(len(raw.dims)))
    rule = {"kind": "Factor", "blocks": list(rules)}
    return upper_bound(Subject(raw, sides, 0, Meter()), rule)[0]


def at(kind, variable):
    """A block rule at a variable."""
    return {"kind": kind, "variable": variable}


def accepted(circuit, inside, rank, value, rule):
    """Demand that a certificate with this upper bound is verified; return the verdict's text."""
    factor = {"kind": "Factor", "blocks": [rule]}
    verdict = checker.verify(generic(circuit, inside, rank, value, None, factor))
    assert verdict.upper == value
    return verdict.text


def not_proved(circuit, inside, value, rule, match):
    """Demand that an upper bound is refused for this reason."""
    factor = {"kind": "Factor", "blocks": [rule]}
    refused(generic(circuit, inside, 1, value, minor(1), factor), match)


def partitions_by_counting(m):
    """All partitions of m, as sorted lists of parts, in the slowest way."""
    found = {()} if m == 0 else set()
    for first in range(1, m + 1):
        for rest in partitions_by_counting(m - first):
            found.add(tuple(sorted((first, *rest), reverse=True)))
    return found


def tableaux(shape, values, strict_rows):
    """Count fillings with these values whose columns increase, and whose rows do (not) fall."""
    cells = [(i, j) for i, row in enumerate(shape) for j in range(row)]
    count = 0
    for filling in values(len(cells)):
        entry = dict(zip(cells, filling, strict=True))
        rows = all(
            entry[i, j] < entry[i, j + 1] or (entry[i, j] == entry[i, j + 1] and not strict_rows)
            for i, j in cells
            if (i, j + 1) in entry
        )
        columns = all(entry[i, j] < entry[i + 1, j] for i, j in cells if (i + 1, j) in entry)
        count += rows and columns
    return count


@pytest.mark.parametrize("m", range(1, 6))
def test_multiplicities_count_tableaux(m):
    """f^lambda counts standard tableaux, dim S(k^n) semistandard ones; together they fill n^m."""
    shapes = list(partitions(m, m, m))
    assert sorted(shapes) == sorted(partitions_by_counting(m))
    spaces = (1, 2, 3)
    table = {}
    for shape in shapes:
        f, *dims = multiplicities(shape, [n for n in spaces if n >= len(shape)], Meter())
        table[shape] = (f, *[0] * (len(spaces) - len(dims)), *dims)  # more rows than n: none
    for shape, (f, *dims) in table.items():
        assert f == tableaux(shape, lambda k: itertools.permutations(range(k)), strict_rows=True)
        for n, dim in zip(spaces, dims, strict=True):
            fillings = lambda k, n=n: itertools.product(range(n), repeat=k)  # noqa: E731
            assert dim == tableaux(shape, fillings, strict_rows=False)
    for place, n in enumerate(spaces, 1):
        assert sum(row[0] * row[place] for row in table.values()) == n**m
        few = set(partitions(m, n, m))
        assert few == {shape for shape, row in table.items() if row[place]}


def kronecker(x, y):
    """The Kronecker product modulo the prime."""
    return [[a * b % PRIME for a in left for b in right] for left in x for right in y]


def drawn(rng, rows, columns):
    """A random matrix."""
    return [[rng.randrange(PRIME) for _ in range(columns)] for _ in range(rows)]


def test_isotypic_bounds_of_random_tensors():
    """Equal random parts at one variable never exceed the bounds, and mostly attain them.

    Both the whole matrix, and what is sent on with the variable's index on either side.
    """
    rng = random.Random(1)
    seen = met = 0
    while seen < 120:
        w = rng.randint(2, 4)
        parts = [(rng.choice((1, 2, 2, 3)), rng.randint(1, 3), rng.randint(1, 3)) for _ in "ab"]
        if math.prod(max(a, b) ** m for m, a, b in parts) > 60:
            continue
        slices = []
        tensors = [[drawn(rng, a, b) for _ in range(w)] for _, a, b in parts]
        for alpha in range(w):
            matrix = [[1]]
            for (m, _, _), tensor in zip(parts, tensors, strict=True):
                for _ in range(m):
                    matrix = kronecker(matrix, tensor[alpha])
            slices.append(matrix)
        messages = [(m, (min(w * a, b), min(w * b, a))) for m, a, b in parts]
        classes = [part for part in messages if part[0] > 1]
        if not classes:
            continue
        rest = [message for m, message in messages if m == 1]
        others = (
            math.prod(p for p, _ in rest),
            math.prod(q for _, q in rest),
            w * math.prod(map(min, rest)),
        )
        rows = isotypic_rows(classes, others, 1000, Meter())
        whole = [[sum(x) % PRIME for x in zip(*row)] for row in zip(*slices)]  # noqa: B905
        on_i = [row for matrix in slices for row in matrix]
        on_j = [[x for matrix in slices for x in matrix[i]] for i in range(len(whole))]
        cases = (
            (whole, sum(n * min(row) for n, row in rows)),
            (on_i, sum(n * min(row[0], row[2]) for n, row in rows)),
            (on_j, sum(n * min(row[1], row[2]) for n, row in rows)),
        )
        for matrix, bound in cases:
            rank = rank_mod(matrix, PRIME)
            assert rank <= bound, (w, parts)
            seen, met = seen + 1, met + (rank == bound)
    assert met > 0.8 * seen


def crossing(second="a"):
    """Two parts of 3 x 2 and one of 2 x 5 at a variable of width 3."""
    build = Build()

    def part(first, dims, width, names):
        leaves = [build.input(first + i, d) for i, d in enumerate(dims)]
        return build.product(
            *(build.sum(width, (x, n)) for x, n in zip(leaves, names, strict=True))
        )

    parts = [part(0, (3, 2), 6, "bc"), part(2, (3, 2), 6, "bc"), part(4, (2, 5), 10, "de")]
    sums = [build.sum(3, (p, n)) for p, n in zip(parts, ("a", second, "f"), strict=True)]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


@pytest.mark.soundness
def test_partitions_are_counted_on_different_sides():
    """Symmetric tensors are fewer on side J (12 of 18), alternating ones on side I (5 of 6)."""
    circuit, inside = crossing(), [0, 2, 4]
    assert brute_rank(circuit, inside) == 17
    text = accepted(circuit, inside, 17, 17, at("Isotypic", 1))
    assert "isotypic at variable 1" in text
    assert "nothing beyond linear algebra" in text
    not_proved(circuit, inside, 16, at("Isotypic", 1), "the rules give 17")
    untied = crossing(second="other")
    assert brute_rank(untied, inside) == 18
    not_proved(untied, inside, 17, at("Isotypic", 1), "no two children of variable 1")
    for variable in (2, 3, 10):
        not_proved(circuit, inside, 17, at("Isotypic", variable), "no two children")
    not_proved(circuit, inside, 17, at("Isotypic", 11), "no variable 11")


def exchanged():
    """Two parts behind one matrix, each of dimensions 3 and 2, and both fixed at the top."""
    build = Build()
    pairs = [
        build.product(*(build.sum(6, (build.input(2 * i + j, 3 - j), "bc"[j])) for j in range(2)))
        for i in range(2)
    ]
    sums = [build.sum(3, (pair, "a")) for pair in pairs]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


@pytest.mark.soundness
def test_equal_subtrees_with_unequal_sides_are_no_class():
    """As one class they would give 4 = 3 + 1; with sides exchanged the rank is 6."""
    circuit = exchanged()
    assert upper_of(circuit, [0, 2], at("Isotypic", 1)) == brute_rank(circuit, [0, 2]) == 4
    assert brute_rank(circuit, [0, 3]) == 6
    not_proved(circuit, [0, 3], 4, at("Isotypic", 1), "no two children of variable 1")
    assert upper_of(circuit, [0, 3], {"kind": "TiedCut"}) == 6


def test_equal_parts_wholly_on_one_side():
    """They have the partition (m) alone: the symmetric power, C(2 + 3, 4) = 5."""
    circuit = ht(5, 2, [5], True)
    assert upper_of(circuit, [0, 1, 2, 3], at("Isotypic", 1)) == 2
    assert brute_rank(circuit, [0, 1, 2, 3]) == 2
    build = Build()
    sums = [build.sum(9, (build.input(i, 2), "a")) for i in range(4)]
    sums.append(build.sum(9, (build.input(4, 9), "b")))
    build.sum(1, (build.product(*sums), "out"))
    circuit = build.circuit()
    assert upper_of(circuit, [0, 1, 2, 3], at("Isotypic", 1)) == 5
    assert brute_rank(circuit, [0, 1, 2, 3]) == 5


def test_too_many_partitions_are_refused():
    """22 equal parts have 1,002 partitions; 21 have 792. Three large classes are too many, too."""
    pair, rest = (50, 50), (1, 1, 2)
    assert len(isotypic_rows([(21, pair)], rest, 1000, Meter())) == 792
    for classes in ([(22, pair)], [(10**5, pair)], [(9, pair)] * 3, [(2, (2**60_000, 5))] * 40):
        assert isotypic_rows(classes, rest, 1000, Meter()) is None
    (row,) = isotypic_rows([(10**5, (3, 1))], rest, 1000, Meter())
    assert row == (1, (math.comb(10**5 + 2, 2), 1, 2))
    build = Build()
    below = [
        build.product(*(build.sum(30, (build.input(2 * i + j, 30), "bc"[j])) for j in range(2)))
        for i in range(22)
    ]
    build.sum(1, (build.product(*(build.sum(30, (x, "a")) for x in below)), "out"))
    circuit = build.circuit()
    not_proved(circuit, range(0, 44, 2), 1, at("Isotypic", 1), "more than 1000 choices")


def test_pencil_bounds_are_ranks_of_random_pencils():
    """The sum of two Kronecker products of random pencils has exactly this rank."""
    rng = random.Random(2)
    for _ in range(120):
        count = rng.randint(1, 4)
        parts = [(rng.randint(1, 7 - count), rng.randint(1, 7 - count)) for _ in range(count)]
        if max(math.prod(a for a, _ in parts), math.prod(b for _, b in parts)) > 60:
            continue
        terms = []
        for _ in range(2):
            term = [[1]]
            for a, b in parts:
                term = kronecker(term, drawn(rng, a, b))
            terms.append(term)
        matrix = [[x + y for x, y in zip(*rows, strict=True)] for rows in zip(*terms, strict=True)]
        assert rank_mod(matrix, PRIME) == pencil_bound(parts, Meter()), parts


def test_pencil_sees_both_sides_and_all_parts():
    """Cut, bridge and star give 45 for the three windows; the pencil star 44, the rank."""
    circuit, inside = ht(9, 3, [5, 2], window=3), [1, 2, 3, 5, 7]
    others = [{"kind": "TiedCut"}]
    others += [at("Bridge", v) for v in (2, 6, 10)]
    others += [{**at("Star", 1), "side": s} for s in (0, 1)]
    assert min(upper_of(circuit, inside, rule) for rule in others) == 45
    text = accepted(circuit, inside, 44, 44, at("Pencil", 1))
    assert "pencil at variable 1" in text
    assert "nothing beyond linear algebra" in text
    not_proved(circuit, inside, 43, at("Pencil", 1), "the rules give 44")


@pytest.mark.soundness
def test_pencils_have_two_matrices():
    """Three matrices have no normal form: other dimensions, leaves and the root are refused."""
    circuit = ht(9, 3, [5, 3], window=3)
    for variable in (1, 2):
        not_proved(circuit, [1, 2, 3, 5, 7], 44, at("Pencil", variable), "dimension 2")
    for variable in (3, 12):  # leaves of dimension 2
        not_proved(ht(9, 2, [5, 2], window=3), [1, 2], 4, at("Pencil", variable), "dimension 2")
    not_proved(circuit, [1, 2], 4, at("Pencil", 0), "between 1 and")
    not_proved(circuit, [1, 2], 4, at("Pencil", 99), "no variable 99")


def test_too_large_pencils_are_refused():
    """Beyond 4,096 choices or blocks of 10^6 entries a pencil rule is refused, quickly."""
    assert pencil_bound([(1, 2)] * 10**4, Meter()) == 1
    for parts in ([(2001, 2000)] * 2, [(3, 5)] * 13, [(2**60_000 + 1, 2**60_000)] * 3):
        with pytest.raises(checker.Refusal, match="a pencil rule has"):
            pencil_bound(parts, Meter())
    assert pencil_bound([(2001, 2000)], Meter()) == 2000
    assert pencil_bound([(2**60_000, 1)], Meter()) == 1


def pair(first, second):
    """Two products of two leaves of side I, behind these matrices, and one of four on side J."""
    build = Build()
    names = (("b", "c"), ("d", "e"), ("f", "g"), ("h", "i"))
    below = [
        build.product(*(build.sum(6, (build.input(2 * i + j, 2), names[i][j])) for j in range(2)))
        for i in range(4)
    ]
    sums = [build.sum(18, (x, n)) for x, n in zip(below, (first, second, "k", "l"), strict=True)]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


@pytest.mark.soundness
def test_products_through_two_matrices_fill_the_tensor_product():
    """Through one matrix of rank 6 two spaces of dimension 4 send 16 - 1; through two, all 16."""
    tied, untied, inside = pair("a", "a"), pair("a", "other"), [0, 1, 2, 3]
    cut = {"kind": "TiedCut"}
    assert upper_of(tied, inside, cut) == brute_rank(tied, inside) == 15
    assert upper_of(untied, inside, cut) == brute_rank(untied, inside) == 16
    not_proved(untied, inside, 15, cut, "the rules give 16")


@pytest.mark.parametrize(
    ("inside", "values"),
    [
        (range(9, 15), (29, 29)),
        ([0, 2, 3, 4, 6, 7, 10], (58, 58)),
        ([0, 4, 8, 10, 11, 12, 13, 14], (116, 113)),
    ],
)
def test_equal_parts_inside_a_message(inside, values):
    """Shared networks of 16 locations: the cut without partitions gave 32, 64 and 128."""
    circuit = ht(16, 2, [4, 8, 8, 8], True)
    assert upper_of(circuit, inside, {"kind": "TiedCut"}) == values[0]
    assert upper_of(circuit, inside, at("Isotypic", 2)) == values[1]
