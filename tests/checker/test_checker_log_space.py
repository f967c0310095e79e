"""Log-space statements: SimNets, signs, simplices, marginals, log-scores and their rounding."""

from __future__ import annotations

import copy
import itertools
import math
import random
from fractions import Fraction

import flint
import numpy as np
import pytest
from certificates.alter import refused
from checker.common import (
    Build,
    brute_matrix,
    evaluate,
    generic,
    ht,
    minor,
    own,
    rank_mod,
    separation,
    shapes,
    single,
)

import circuitalg as ca
from circuitalg import checker
from circuitalg.checker.intervals import Intervals, at_most
from circuitalg.checker.logspace.score import enclosed_outputs
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.statements import SPACES
from circuitalg.checker.read import as_matrix
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.logspace.products import LogMatrix


def subject(statement, kind, **more):
    """A certificate whose statement holds its networks."""
    return single(statement, {"kind": kind, **more})


MODELS = {
    "cp": circuit_to_data(ca.cp_model(locations=3, dim=2, width=3)),
    "ht": circuit_to_data(ca.ht_model(locations=4, dim=2, widths=[2, 3])),
    "shared": circuit_to_data(ca.ht_model(locations=4, dim=2, widths=[2, 2], shared=True)),
    "tt": circuit_to_data(ca.tt_model(locations=4, dim=2, ranks=[2, 3, 2])),
}


def mixed(first=None, second=None):
    """Fixed matrices, a constant, a product of three, a sum of two children, two outputs."""
    build = Build()
    x = [build.input(i, 2) for i in range(3)]
    one = build.constant(2)
    arms = [build.sum(2, (x[0], "a")), build.sum(2, (x[1], first or [[1, 0], [1, 0]]))]
    both = build.product(*arms, build.sum(2, (x[2], "b")))
    other = build.product(build.sum(2, (both, second or [["1/2", 3], [0, 1]])), one)
    build.sum(2, (both, "c"), (other, "d"))
    return build.circuit()


def weights_for(circuit, draw):
    """Rational weights, entry by entry."""
    return {
        name: [[draw() for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in sorted(shapes(circuit).items())
    }


def vectors_for(circuit, draw):
    """A rational vector for each location."""
    dims = {n[3]: n[2] for n in circuit["nodes"] if n[1] == "input"}
    return [[draw() for _ in range(dims[i])] for i in range(len(dims))]


def drawing(seed, low=-9, high=9):
    """Fractions with small terms."""
    source = random.Random(seed)
    return lambda: Fraction(source.randint(low, high), source.randint(1, 7))


def plain(x):
    """A rational number as the file has it."""
    return x.numerator if x.denominator == 1 else f"{x.numerator}/{x.denominator}"


def nested(rows):
    """A table of rational numbers as the file has it."""
    return [[plain(Fraction(x)) for x in row] for row in rows]


# --- SimNets -------------------------------------------------------------------------------------


def simnet_of(circuit, mode="mean", beta=1):
    """Write the SimNet of a circuit, with a fresh offset for each parameter and count."""
    kinds = {"sum": "mex", "product": "pool"}
    names, offsets, matrices, nodes = {}, {}, [], []
    for name, kind, width, *rest in circuit["nodes"]:
        if kind != "sum":
            nodes.append([name, kinds.get(kind, kind), width, *rest])
            continue
        count = sum(circuit["nodes"][c][2] for c in rest[0]) if mode == "mean" else 1
        refs = []
        for ref in rest[1]:
            if ref >= 0:
                parameter = circuit["parameters"][ref]
                offset = f"{parameter} times {count}"
                refs.append(names.setdefault(offset, len(names)))
                offsets[offset] = [parameter, count]
            else:
                matrix = circuit["matrices"][-1 - ref]
                matrices.append(nested([[count * Fraction(x) for x in row] for row in matrix]))
                refs.append(-len(matrices))
        nodes.append([name, "mex", width, rest[0], refs, beta, mode])
    return {
        "kind": "LogSpaceEquivalent",
        "circuit": circuit,
        "simnet": {
            "format": "circuitalg-simnet",
            "version": 1,
            "parameters": list(names),
            "matrices": matrices,
            "nodes": nodes,
        },
        "offsets": offsets,
    }


def score(statement, weights, vectors):
    """Evaluate a SimNet by its definition, at the offsets and similarities of a statement."""
    simnet, values = statement["simnet"], []
    betas = [Fraction(node[5]) for node in simnet["nodes"] if node[1] == "mex"]
    beta = float(betas[0]) if betas else 1.0

    def log(x):
        return math.log(x) / beta if x else -math.inf / beta

    for node in simnet["nodes"]:
        if node[1] == "input":
            values.append([log(x) for x in vectors[node[3]]])
        elif node[1] == "constant":
            values.append([0.0] * node[2])
        elif node[1] == "pool":
            values.append([sum(c) for c in zip(*(values[c] for c in node[3]), strict=True)])
        else:
            column = [x for c in node[3] for x in values[c]]
            blocks = []
            for ref in node[4]:
                if ref >= 0:
                    name, count = statement["offsets"][simnet["parameters"][ref]]
                    blocks.append([[count * x for x in row] for row in weights[name]])
                else:
                    matrix = simnet["matrices"][-1 - ref]
                    blocks.append([[Fraction(x) for x in row] for row in matrix])
            found = []
            for rows in zip(*blocks, strict=True):
                offsets = [log(x) for x in itertools.chain(*rows)]
                terms = [math.exp(beta * (b + c)) for b, c in zip(offsets, column, strict=True)]
                found.append(log(sum(terms) / (len(terms) if node[6] == "mean" else 1)))
            values.append(found)
    return [beta * x for x in values[-1]]


@pytest.mark.soundness
@pytest.mark.parametrize("mode", ["mean", "sum"])
@pytest.mark.parametrize("beta", [1, "1/3", -2])
@pytest.mark.parametrize("name", [*MODELS, "mixed"])
def test_simnets(name, mode, beta):
    """The SimNet of a circuit is accepted, and its definition gives the circuit's logarithms."""
    circuit = MODELS.get(name) or mixed()
    statement = simnet_of(circuit, mode, beta)
    result = checker.verify(subject(statement, "Homomorphism"))
    assert result.kind == "LogSpaceEquivalent"
    assert f"beta = {beta};" in result.text
    draw = drawing(name, 0, 5)
    for _ in range(3):
        weights, vectors = weights_for(circuit, draw), vectors_for(circuit, draw)
        wanted = [math.log(x) if x else -math.inf for x in evaluate(circuit, weights, vectors)]
        assert score(statement, weights, vectors) == pytest.approx(wanted)


def test_a_simnet_without_mex():
    """Pools of inputs alone need no offsets."""
    build = Build()
    build.product(build.input(0, 2), build.input(1, 2))
    assert checker.verify(subject(simnet_of(build.circuit()), "Homomorphism"))


def test_simnets_of_another_size():
    """A simnet with a node more, or less, is none of the circuit's."""
    small, large = simnet_of(ht(2, 2, [2])), simnet_of(ht(4, 2, [2, 2]))
    crossed = {**large, "circuit": small["circuit"]}
    refused(subject(crossed, "Homomorphism"), "as many nodes")


# --- signs ---------------------------------------------------------------------------------------


def split_by_hand():
    """The split of o (A x_0 * B x_1), written down node by node."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    pairs = [
        (build.sum(2, (c, f"{n}+")), build.sum(2, (c, f"{n}-")))
        for c, n in zip(x, "AB", strict=True)
    ]
    (p, m), (q, n) = pairs
    four = [build.product(*pair) for pair in ((p, q), (m, n), (p, n), (m, q))]
    eye = [[1, 0], [0, 1]]
    plus = build.sum(2, (four[0], eye), (four[1], eye))
    minus = build.sum(2, (four[2], eye), (four[3], eye))
    ends = (
        build.sum(1, (plus, "o+"), (minus, "o-")),
        build.sum(1, (plus, "o-"), (minus, "o+")),
    )
    build.sum(2, (ends[0], [[1], [0]]), (ends[1], [[0], [1]]))
    return build.circuit()


def two_locations():
    """The network of two locations whose split is written down above."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    arms = [build.sum(2, (c, name)) for c, name in zip(x, "AB", strict=True)]
    build.sum(1, (build.product(*arms), "o"))
    return build.circuit()


def split_of(circuit):
    """The split of any circuit, written apart from the checker: pairs by node, None for zero."""
    build, pairs = Build(), []

    def unit(rows, columns, shift):
        return [[int(i == j + shift) for j in range(columns)] for i in range(rows)]

    def part(ref, sign):
        if ref >= 0:
            return circuit["parameters"][ref] + sign
        sized = 1 if sign == "+" else -1
        rows = [[max(sized * Fraction(x), 0) for x in row] for row in circuit["matrices"][-1 - ref]]
        return nested(rows) if any(map(any, rows)) else None

    def times(width, a, b):
        every = [(a[0], b[0]), (a[1], b[1]), (a[0], b[1]), (a[1], b[0])]
        four = [None if None in pair else build.product(*pair) for pair in every]
        two = []
        for pair in (four[:2], four[2:]):
            there = [x for x in pair if x is not None]
            both = len(there) == 2
            two.append(
                build.sum(width, *((x, unit(width, width, 0)) for x in there))
                if both
                else (there or [None])[0]
            )
        return tuple(two)

    for _, kind, width, *rest in circuit["nodes"]:
        if kind == "input":
            pairs.append((build.input(rest[0], width), None))
        elif kind == "constant":
            pairs.append((build.constant(width), None))
        elif kind == "product":
            todo = [pairs[c] for c in rest[0]]
            while len(todo) > 1:
                done = []
                while len(todo) > 1:
                    done.append(times(width, todo.pop(0), todo.pop(0)))
                todo = done + todo
            pairs.append(todo[0])
        else:
            pair = []
            for own, other in ("+-", "-+"):
                edges = []
                for c, ref in zip(*rest, strict=True):
                    edges.append((pairs[c][0], part(ref, own)))
                    edges.append((pairs[c][1], part(ref, other)))
                edges = [edge for edge in edges if None not in edge]
                pair.append(build.sum(width, *edges) if edges else None)
            pairs.append(tuple(pair))
    width = circuit["nodes"][-1][2]
    ends = [(x, unit(2 * width, width, s * width)) for s, x in enumerate(pairs[-1])]
    build.sum(2 * width, *(end for end in ends if end[0] is not None))
    return build.circuit()


def split_certificate(circuit, split):
    """A SignedSplit certificate."""
    return subject({"kind": "SignedSplit", "circuit": circuit, "split": split}, "Signs")


def negative(first=((1, 0), (-1, 0)), second=(("-1/2", 3), (0, 1))):
    """The mixed network with negative fixed entries."""
    return mixed([list(row) for row in first], [list(row) for row in second])


def zero_arm():
    """A fixed matrix of zeros: one arm of a sum is zero, and a constant stands beside it."""
    build = Build()
    x = build.input(0, 2)
    build.sum(1, (build.sum(2, (x, "a")), "b"), (build.constant(1), [[-3]]))
    return build.circuit()


SPLITS = {
    **MODELS,
    "mixed": mixed(),
    "negative": negative(),
    "all negative": negative(second=((-1, -2), (0, -1))),
    "constant": zero_arm(),
    "hand": two_locations(),
}


@pytest.mark.soundness
def test_a_split_by_hand():
    """The split of a network of two locations, written down by hand."""
    assert split_of(two_locations()) == split_by_hand()
    result = checker.verify(split_certificate(two_locations(), split_by_hand()))
    assert "first 1 minus the last 1 outputs" in result.text


@pytest.mark.soundness
@pytest.mark.parametrize("name", SPLITS)
def test_splits(name):
    """Splits are accepted; they have no negative entry, and outputs subtract to the circuit's."""
    circuit = SPLITS[name]
    split = split_of(circuit)
    assert checker.verify(split_certificate(circuit, split)).kind == "SignedSplit"
    assert all(Fraction(x) >= 0 for matrix in split["matrices"] for row in matrix for x in row)
    draw = drawing(name, 0, 5)
    halves, vectors = weights_for(split, draw), vectors_for(circuit, drawing(name))
    weights = {
        name: [
            [a - b for a, b in zip(*rows, strict=True)]
            for rows in zip(halves[name + "+"], halves[name + "-"], strict=True)
        ]
        for name in circuit["parameters"]
    }
    both = evaluate(split, halves, vectors)
    half = len(both) // 2
    found = [a - b for a, b in zip(both[:half], both[half:], strict=True)]
    assert found == evaluate(circuit, weights, vectors)


@pytest.mark.soundness
def test_parts_of_fixed_matrices():
    """max(F, 0) and max(-F, 0) are demanded entry by entry, and missing parts stay away."""
    circuit = negative()
    split = split_of(circuit)
    for at, matrix in enumerate(split["matrices"]):
        for i, j in itertools.product(range(len(matrix)), range(len(matrix[0]))):
            data = split_certificate(circuit, split)
            entry = data["circuits"][own(data)["statement"]["split"]]["matrices"][at][i]
            entry[j] = plain(Fraction(entry[j]) + 1)
            refused(data, "matrices")
    refused(split_certificate(mixed(), split), "width|kind|children|matrices|nodes")


@pytest.mark.soundness
def test_nothing_comes_after_the_split():
    """A network that goes on after the split computes something else."""
    split = split_by_hand()
    split["matrices"].append([[2, 0], [0, 1]])
    last = len(split["nodes"]) - 1
    split["nodes"].append(["more", "sum", 2, [last], [-len(split["matrices"])]])
    refused(split_certificate(two_locations(), split), "needs 15 nodes and has 16")


def test_splits_that_do_not_exist():
    """A network that is zero has no split, nor one with a node that only zeros would use."""
    build = Build()
    build.sum(1, (build.input(0, 1), [[0]]))
    refused(split_certificate(build.circuit(), ht(1, 1, [1])), "zero whatever|kind")
    build = Build()
    x = [build.input(i, 1) for i in range(2)]
    zero = build.sum(1, (x[0], [[0]]))
    build.sum(1, (build.product(zero, x[1]), "a"))
    refused(split_certificate(build.circuit(), ht(2, 1, [1])), "zero whatever|kind")


# --- simplices -----------------------------------------------------------------------------------


def simplex(circuit):
    """A SimplexForm certificate."""
    return subject({"kind": "SimplexForm", "circuit": circuit}, "Gains")


def renormalised(circuit, weights):
    """The weights of the statement, and the gains of the output."""
    ones = vectors_for(circuit, lambda: Fraction(1))
    found, gains = {}, []
    for number, node in enumerate(circuit["nodes"]):
        part = {**circuit, "nodes": circuit["nodes"][: number + 1]}
        gains.append(evaluate(part, weights, ones))
        if node[1] != "sum":
            continue
        count = sum(len(gains[c]) for c in node[3])
        for c, ref in zip(node[3], node[4], strict=True):
            if ref < 0:
                continue
            name = circuit["parameters"][ref]
            new = [
                [
                    w * g / total if total else Fraction(1, count)
                    for w, g in zip(row, gains[c], strict=True)
                ]
                for row, total in zip(weights[name], gains[-1], strict=True)
            ]
            assert found.setdefault(name, new) == new  # ties are kept
    return found, gains[-1]


def choosing(matrix=((0, 1), (1, 0), (1, 0)), tie="b"):
    """A choice of channels between two sums, in two arms that share their parameters."""
    build = Build()
    arms = []
    for place, name in enumerate(("b", tie)):
        low = build.sum(2, (build.input(place, 2), "a"))
        chosen = build.sum(3, (low, [list(row) for row in matrix]))
        arms.append(build.sum(2, (chosen, name)))
    build.sum(2, (build.product(*arms), "o"))
    return build.circuit()


def branches(names=("c", "d")):
    """A sum of two branches through parameters, above a product and a constant."""
    build = Build()
    arms = [build.sum(2, (build.input(i, 2), "a")) for i in range(2)]
    build.sum(2, (build.product(*arms), names[0]), (build.constant(2), names[1]))
    return build.circuit()


@pytest.mark.soundness
@pytest.mark.parametrize(
    "circuit", [*MODELS.values(), choosing(), choosing(tie="e"), branches(), two_locations()]
)
def test_simplex_forms(circuit):
    """Where the condition holds, the statement does, for random weights with zeros among them."""
    assert checker.verify(simplex(circuit)).kind == "SimplexForm"
    for seed in range(6):
        draw = drawing(seed, 0, 4)
        weights, vectors = weights_for(circuit, draw), vectors_for(circuit, drawing(seed + 50))
        new, gains = renormalised(circuit, weights)
        for node in circuit["nodes"]:
            if node[1] == "sum" and node[4][0] >= 0:
                tables = [new[circuit["parameters"][ref]] for ref in node[4]]
                assert all(sum(itertools.chain(*rows)) == 1 for rows in zip(*tables, strict=True))
        scaled = [g * h for g, h in zip(gains, evaluate(circuit, new, vectors), strict=True)]
        assert scaled == evaluate(circuit, weights, vectors)


def tied(above):
    """A parameter at an input and again above a sum (or, untied, another one)."""
    build = Build()
    low = build.sum(2, (build.input(0, 2), "a"))
    build.sum(1, (build.sum(2, (low, above)), "o"))
    return build.circuit()


def tied_arms(first, second):
    """Two arms under one parameter, each a list of what stands between it and its inputs.

    A name is a sum's parameter, rows are a fixed matrix, and a number so many equal factors.
    """
    build, places = Build(), itertools.count()

    def arm(parts):
        if not parts:
            return build.input(next(places), 2)
        if isinstance(parts[0], int):
            return build.product(*(arm(parts[1:]) for _ in range(parts[0])))
        return build.sum(2, (arm(parts[1:]), parts[0]))

    arms = [build.sum(2, (arm(parts), "tied")) for parts in (first, second)]
    build.sum(1, (build.product(*arms), "o"))
    return build.circuit()


def two_sums(other):
    """One parameter in two sums whose second parameters differ, or not."""
    build = Build()
    sums = [
        build.sum(2, (build.input(i, 2), "a"), (build.constant(2), name))
        for i, name in enumerate(("b", other))
    ]
    build.sum(1, (build.product(*sums), "o"))
    return build.circuit()


SWAP = [[0, 1], [1, 0]]


@pytest.mark.soundness
def test_classes_of_ties():
    """Ties hold over equal gains alone: factors count, choices count, and so does the whole sum."""
    same = [
        tied_arms(["a"], ["a"]),
        tied_arms([SWAP, "a"], [SWAP, "a"]),
        tied_arms([2, "a"], [2, "a"]),
        tied_arms([SWAP], []),  # all gains are 1
        tied_arms([3], [2]),
        two_sums("b"),
    ]
    for circuit in same:
        assert checker.verify(simplex(circuit))
        renormalised(circuit, weights_for(circuit, drawing(4, 1, 9)))
    other = [
        tied_arms(["a"], ["b"]),
        tied_arms([SWAP, "a"], ["a"]),
        tied_arms([SWAP, "a"], [[[1, 0], [0, 1]], "a"]),
        tied_arms([SWAP, "a"], []),
        tied_arms([2, "a"], [1, "a"]),
        tied_arms([2, "a"], [3, "a"]),
        tied_arms([1, "a"], []),
        two_sums("c"),
    ]
    for circuit in other:
        refused(simplex(circuit), "without tied")


NOT_SIMPLEX = {
    "scaled choice": (choosing(((0, 2), (1, 0), (1, 0))), "without fixed"),
    "two ones": (choosing(((1, 1), (1, 0), (1, 0))), "without fixed"),
    "a row of zeros": (choosing(((0, 0), (1, 0), (1, 0))), "without fixed"),
    "difference": (choosing(((1, -1), (1, 0), (1, 0))), "without fixed"),
    "half": (choosing((("1/2", "1/2"), (1, 0), (1, 0))), "without fixed"),
    "tie across levels": (tied("a"), "without tied"),
    "tie of branches": (branches(("c", "c")), "without tied"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", NOT_SIMPLEX)
def test_no_simplex_forms(name):
    """Other fixed matrices, and ties between different surroundings, are refused."""
    circuit, reason = NOT_SIMPLEX[name]
    refused(simplex(circuit), reason)


@pytest.mark.soundness
def test_choices_in_sums_of_several_children():
    """A fixed matrix beside another child is refused: its share could not be renormalised."""
    build = Build()
    x = build.input(0, 2)
    low = build.sum(2, (x, "a"))
    build.sum(2, (low, [[1, 0], [0, 1]]), (x, "b"))
    refused(simplex(build.circuit()), "one child only")
    assert checker.verify(simplex(tied("b")))


@pytest.mark.soundness
def test_lower_rules_on_the_simplex():
    """Splits over simplices follow SimplexForm: ranks at rows of sum 1 are what they say."""
    circuit = ht(2, 2, [2], True)
    rule = {"kind": "Split", "dims": None, "blocks": [minor(2)]}
    data = generic(circuit, [0], 2, 2, rule, space="simplex")
    assert checker.verify(data).lower == 2
    weights, _ = renormalised(circuit, weights_for(circuit, drawing(1, 1, 9)))
    assert all(sum(row) == 1 for rows in weights.values() for row in rows)
    assert rank_mod(brute_matrix(circuit, [0], weights)) == 2
    routed = {**rule, "blocks": [{"kind": "Routing", "paths": [[2, 3, 2]]}]}
    assert checker.verify(generic(circuit, [0], 2, 2, routed, space="simplex")).lower == 2


@pytest.mark.soundness
def test_separations_name_their_space():
    """A Separation is about the space of its premise, and about no other."""
    circuit = ht(4, 2, [2, 2], True)
    for space in SPACES:
        data = generic(circuit, [0, 2], 4, 4, space=space)
        data = separation(data, {"kind": "CPFamily"})
        text = checker.verify(data).text
        assert f"space of {SPACES[space]}) of this network: no member" in text
        for other in {*SPACES} - {space}:
            own(data)["statement"]["space"] = other
            refused(data, "another space")


# --- marginals -----------------------------------------------------------------------------------


def test_multilinear():
    """Smooth decomposable circuits are accepted; linearity in a location holds."""
    for circuit in (*MODELS.values(), mixed(), choosing()):
        data = subject({"kind": "Multilinear", "circuit": circuit}, "Scopes")
        assert "smooth and decomposable" in checker.verify(data).text
        weights, vectors = weights_for(circuit, drawing(1)), vectors_for(circuit, drawing(2))
        other = vectors_for(circuit, drawing(3))
        for place in range(len(vectors)):
            first, second = copy.copy(vectors), copy.copy(vectors)
            second[place] = other[place]
            first[place] = [a + b for a, b in zip(vectors[place], other[place], strict=True)]
            parts = [evaluate(circuit, weights, v) for v in (vectors, second)]
            assert evaluate(circuit, weights, first) == [a + b for a, b in zip(*parts, strict=True)]


# --- log-scores ----------------------------------------------------------------------------------


def enclosed_log(value, bits):
    """Rational ends around log |value|, by FLINT."""
    with flint.ctx.workprec(bits + 40):
        ball = flint.arb(flint.fmpq(abs(value.numerator), value.denominator)).log()
        ends = [
            flint.fmpq(int(man)) * flint.fmpq(2) ** int(exp)
            for man, exp in (end.man_exp() for end in (ball.lower(), ball.upper()))
        ]
    return [Fraction(int(end.p), int(end.q)) for end in ends]


def log_certificate(circuit, weights, vectors, output, ends, sign=None, bits=128):
    """A LogScore certificate; the sign is that of the value unless given."""
    value = evaluate(circuit, weights, vectors)[output] if sign is None else sign
    statement = {
        "kind": "LogScore",
        "circuit": circuit,
        "weights": {name: nested(rows) for name, rows in weights.items()},
        "x": nested(vectors),
        "output": output,
        "sign": 1 if value > 0 else -1,
        "low": plain(ends[0]),
        "high": plain(ends[1]),
    }
    return subject(statement, "Enclosure", bits=bits)


@pytest.mark.soundness
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [*MODELS, "mixed", "branches"])
def test_log_scores(name, seed):
    """Signed rational networks: an interval of 2^-100 around the exact logarithm, and no other."""
    circuit = {**MODELS, "mixed": negative(), "branches": branches()}[name]
    draw = drawing((name, seed).__repr__())
    weights, vectors = weights_for(circuit, draw), vectors_for(circuit, draw)
    output = seed % circuit["nodes"][-1][2]
    value = evaluate(circuit, weights, vectors)[output]
    low, high = enclosed_log(value, 200)
    width = Fraction(1, 1 << 100)
    data = log_certificate(circuit, weights, vectors, output, (low - width, high + width))
    text = checker.verify(data).text
    assert ("positive" if value > 0 else "negative") in text
    for ends in ((low + width, high + 1), (low - 1, high - width), (high + 1, low - 1)):
        refused(log_certificate(circuit, weights, vectors, output, ends), "not shown")
    wrong = log_certificate(
        circuit, weights, vectors, output, (low - width, high + width), sign=-value
    )
    refused(wrong, "sign")


@pytest.mark.soundness
@pytest.mark.parametrize("bits", [1, 2, 5, 20, 70])
def test_enclosures_hold_the_value(bits):
    """However few the digits, the interval has the exact value inside; so has that of exp."""
    for seed, circuit in enumerate([*MODELS.values(), negative(), branches()]):
        draw = drawing(seed)
        weights, vectors = weights_for(circuit, draw), vectors_for(circuit, draw)
        read = checker.read_circuit(circuit)
        meter = Meter(use_numpy=False, say=None)
        ordered = [as_matrix(nested(weights[name]), "w") for name in read.parameters]
        numbers = Intervals(bits, meter)
        found = enclosed_outputs(read, ordered, vectors, numbers)
        for (low, high, e), exact in zip(found, evaluate(circuit, weights, vectors), strict=True):
            assert low * Fraction(2) ** e <= exact <= high * Fraction(2) ** e
            assert max(abs(low), abs(high)).bit_length() <= bits + 1
    with flint.ctx.workprec(300):
        for x in ("0", "1", "-1", "1/2", "-5/16", "-700", "-100000", "1000000", "1/3", "12345/7"):
            top, bottom = Fraction(x).as_integer_ratio()
            if bottom & (bottom - 1):
                low, high, e = numbers.exp(numbers.number(Fraction(x)))
            else:  # a dyadic number, which need not be rounded
                low, high, e = numbers.exponential(top, 1 - bottom.bit_length())
                assert low >= high - max(2, high >> max(bits - 4, 0))
            ball = flint.arb(flint.fmpq(top, bottom)).exp()
            scale = flint.arb(2) ** e
            assert low * scale <= ball
            assert ball <= high * scale


@pytest.mark.soundness
@pytest.mark.parametrize("bits", [1, 8, 64])
def test_intervals_are_rounded_outward(bits):
    """Sums with terms far below the last digit, signs mixed, and fractions keep both ends."""
    numbers = Intervals(bits, Meter(use_numpy=False, say=None))
    source = random.Random(bits)
    for _ in range(300):
        exact = [
            Fraction(source.randint(-(1 << 90), 1 << 90), 3)
            * Fraction(2) ** source.randint(-200, 0)
            for _ in range(4)
        ]
        terms = [numbers.number(x) for x in exact]
        found = [
            (numbers.sum(*terms), sum(exact)),
            (numbers.product(terms[0], terms[1]), exact[0] * exact[1]),
            (numbers.product(numbers.sum(*terms[:2]), terms[2]), (exact[0] + exact[1]) * exact[2]),
            *zip(terms, exact, strict=True),
        ]
        for (low, high, e), value in found:
            assert low * Fraction(2) ** e <= value <= high * Fraction(2) ** e
    small = [(1, 1, -(10**9)), (-1, -1, -(10**9))]
    for term, side in zip(small, (1, 0), strict=True):
        low, high, e = numbers.sum((1, 1, 0), term)
        assert e <= 0
        assert (high if side else -low) > (1 if side else -1) << -e


def test_comparison_of_dyadic_numbers():
    """Comparing x 2^e with y 2^f gives what integers give, and costs nothing at large distances."""
    for x, e, y, f in itertools.product((1, 2, 3, 7, 8, 96), (0, 1, 5), (1, 3, 8, 12), (0, 2, 4)):
        assert at_most((x, e), (y, f)) == (x << e <= y << f)
        assert at_most((x, e - 10**9), (y, f - 10**9)) == (x << e <= y << f)
    assert at_most((1, -(10**18)), (1, 0))
    assert not at_most((1, 10**18), (1, 0))


def test_log_scores_with_few_bits():
    """With one digit more slack is needed, and enough; 4096 digits are possible."""
    circuit = MODELS["tt"]
    weights, vectors = weights_for(circuit, drawing(5)), vectors_for(circuit, drawing(6))
    low, high = enclosed_log(evaluate(circuit, weights, vectors)[0], 5000)
    near = (low - Fraction(1, 1000), high + Fraction(1, 1000))
    assert checker.verify(log_certificate(circuit, weights, vectors, 0, near, bits=1))
    close = (low - Fraction(1, 1 << 4000), high + Fraction(1, 1 << 4000))
    assert checker.verify(log_certificate(circuit, weights, vectors, 0, close, bits=4096))
    refused(log_certificate(circuit, weights, vectors, 0, close, bits=64), "not shown")


def test_log_scores_at_one():
    """exp(0) is exactly 1."""
    circuit = ht(2, 1, [1])
    ones = weights_for(circuit, lambda: Fraction(1))
    data = log_certificate(circuit, ones, [[Fraction(1)]] * 2, 0, (Fraction(0), Fraction(0)))
    assert checker.verify(data)


def long_product(depth, name="a"):
    """A value that is squared again and again: x, x x, (x x)(x x), ..."""
    build = Build()
    node = build.sum(1, (build.input(0, 1), name))
    for _ in range(depth):
        node = build.product(node, build.sum(1, (node, [[1]])))
    return build.circuit()


def test_log_scores_out_of_range():
    """Values are kept with their exponents; beyond all bounds they are refused, not computed."""
    half = {"a": [[Fraction(1, 2)]]}
    wide = (Fraction(-800_000), Fraction(-700_000))
    data = log_certificate(long_product(20), half, [[Fraction(1)]], 0, wide, sign=1)
    assert checker.verify(data)
    refused(log_certificate(long_product(22), half, [[Fraction(1)]], 0, wide, sign=1), "least")
    refused(log_certificate(long_product(500), half, [[Fraction(1)]], 0, wide, sign=1), "range")


def test_log_scores_of_wide_networks():
    """Widths that nothing in the file pays for are refused before memory is used up."""
    build = Build()
    width = 100_000
    layers = [build.product(*(build.constant(width) for _ in range(40))) for _ in range(80)]
    build.product(*layers, build.input(0, width))
    data = log_certificate(
        build.circuit(), {}, [[Fraction(1)] * width], 0, (Fraction(0), Fraction(0)), sign=1
    )
    refused(data, "channels")


def test_a_log_score_of_1024_locations():
    """A log-score far below float's range: 2,047 sums of width 4."""
    circuit = circuit_to_data(ca.ht_model(locations=1024, dim=4, widths=[4] * 10))
    source = random.Random(7)

    def draw():
        return Fraction(source.randint(1, 1 << 53), 1 << 63)

    weights, vectors = weights_for(circuit, draw), vectors_for(circuit, draw)
    logs = reference(circuit, {n: log_table(w) for n, w in weights.items()}, log_table(vectors))
    low, high = (Fraction(float(logs[-1][0])) + Fraction(d, 10**6) for d in (-1, 1))
    assert high < -15_000
    data = log_certificate(circuit, weights, vectors, 0, (low, high), sign=1, bits=64)
    assert checker.verify(data)


# --- rounding ------------------------------------------------------------------------------------

U = Fraction(1, 1 << 53)
LN2 = Fraction(6_931_472, 10**7)


def error_by_formula(circuit, log_weights, log_inputs, zeros):
    """The bound of docs/certificates.md in plain fractions, without any rounding."""

    def given(a, b):
        return (8 * max(abs(a), abs(b)) + 2) * U

    def span(ref):
        if ref >= 0:
            return (*log_weights, zeros == "allowed")
        entries = [Fraction(x) for row in circuit["matrices"][-1 - ref] for x in row]
        logs = [
            (0, 0)
            if x == 1
            else (-LN2 * x.denominator.bit_length(), LN2 * x.numerator.bit_length())
            for x in entries
            if x
        ]
        return min(x for x, _ in logs), max(x for _, x in logs), 0 in entries

    table = []
    for node in circuit["nodes"]:
        if node[1] == "input":
            lo, hi = log_inputs
            table.append((lo, hi, hi - lo, given(lo, hi)))
        elif node[1] == "constant":
            table.append((Fraction(0),) * 4)
        elif node[1] == "product":
            below = [table[c] for c in node[3]]
            lo, hi, s, e = (sum(c) for c in zip(*below, strict=True))
            sizes = sum(max(abs(c[0]), abs(c[1])) + c[3] for c in below)
            rounds = math.ceil(math.log2(len(below)))
            table.append((lo, hi, s, e + Fraction(101, 100) * rounds * U * sizes))
        else:
            below = [table[c] for c in node[3]]
            n = sum(circuit["nodes"][c][2] for c in node[3])
            lo_c, hi_c = min(c[0] for c in below), max(c[1] for c in below)
            e_c = max(c[3] for c in below)
            delta = (below[0][2] if len(below) == 1 else hi_c - lo_c) + 2 * e_c
            spans = [span(ref) for ref in node[4]]
            a, b = min(s[0] for s in spans), max(s[1] for s in spans)
            lam = given(a, b)
            rho, size_a = b - a + 2 * lam, max(abs(a), abs(b)) + lam
            size_c, log_n = max(abs(lo_c), abs(hi_c)) + e_c, LN2 * (n - 1).bit_length()
            lo, hi = a + lo_c, b + hi_c + log_n
            s = hi - lo if any(s[2] for s in spans) else min(b - a, hi - lo)
            k = min(rho + delta, 668) + log_n + 1
            size_b = max(abs(lo), abs(hi)) + lam + e_c
            w = min(rho, 708) + min(delta, 708) + 16 + 2 * n + 2 + 9 * k + size_a + size_b
            w += size_c if rho + delta > 600 else 0
            table.append((lo, hi, s, lam + e_c + Fraction(105, 100) * U * w))
    return table[-1][3]


def hulls():
    """Sums over a parameter and fixed matrices, in both orders, with and without zeros."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    first = build.sum(2, (x[0], "a"), (build.constant(2), [["1/40", 0], [1, 8]]))
    second = build.sum(2, (build.constant(1), [[900], ["2/3"]]), (x[1], "b"))
    third = build.sum(2, (first, [[1, 1], [1, 1]]), (second, [[1, 0], [0, 1]]))
    build.sum(1, (third, [["1/3", 5]]))
    return build.circuit()


def error_certificate(circuit, log_weights, log_inputs, zeros, bound):
    """A LogSpaceError certificate."""
    statement = {
        "kind": "LogSpaceError",
        "circuit": circuit,
        "log_weights": [plain(Fraction(x)) for x in log_weights],
        "log_inputs": [plain(Fraction(x)) for x in log_inputs],
        "zeros": zeros,
        "bound": plain(Fraction(bound)),
    }
    return subject(statement, "Rounding")


RANGES = [(-1, 1, -2, 0), (0, 0, 0, 0), (-50, "-1/3", "1/7", 60), (-3000, 2000, -900, 900)]


@pytest.mark.soundness
@pytest.mark.parametrize("zeros", ["none", "allowed"])
@pytest.mark.parametrize("ends", RANGES)
@pytest.mark.parametrize("name", [*MODELS, "mixed", "choosing", "branches", "hull"])
def test_error_bounds(name, ends, zeros):
    """The bound is the formula's: a trifle more is accepted, a trifle less is refused."""
    own = {"mixed": mixed(), "choosing": choosing(), "branches": branches(), "hull": hulls()}
    circuit = {**MODELS, **own}[name]
    a, b, lo, hi = map(Fraction, ends)
    error = error_by_formula(circuit, (a, b), (lo, hi), zeros)
    near = Fraction(1, 1 << 90)
    good = error_certificate(circuit, (a, b), (lo, hi), zeros, error + near)
    assert "binary64" in checker.verify(good).text
    refused(error_certificate(circuit, (a, b), (lo, hi), zeros, error - near), "the bound")


def log_table(rows):
    """Enclosed logarithms of a rational table, log 0 = -inf."""
    return [
        [flint.arb(flint.fmpq(x.numerator, x.denominator)).log() if x else None for x in row]
        for row in rows
    ]


def log_sum(terms):
    """A log-sum-exp of balls; None is log 0."""
    there = [term for term in terms if term is not None]
    if not there:
        return None
    top = max(there, key=float)
    total = flint.arb(0)
    for term in there:
        total += (term - top).exp()
    return top + total.log()


def reference(circuit, weights, inputs):
    """All nodes' logarithms with 200 digits, for weights and inputs given as logarithms."""
    values = []
    with flint.ctx.workprec(200):
        for node in circuit["nodes"]:
            if node[1] == "input":
                values.append(inputs[node[3]])
            elif node[1] == "constant":
                values.append([flint.arb(0)] * node[2])
            elif node[1] == "product":
                values.append(
                    [
                        None if None in c else sum(c, flint.arb(0))
                        for c in zip(*(values[c] for c in node[3]), strict=True)
                    ]
                )
            else:
                tables = [
                    weights[circuit["parameters"][ref]]
                    if ref >= 0
                    else log_table(
                        [[Fraction(x) for x in row] for row in circuit["matrices"][-1 - ref]]
                    )
                    for ref in node[4]
                ]
                column = [x for c in node[3] for x in values[c]]
                values.append(
                    [
                        log_sum(
                            [
                                None if w is None or x is None else w + x
                                for w, x in zip(itertools.chain(*rows), column, strict=True)
                            ]
                        )
                        for rows in zip(*tables, strict=True)
                    ]
                )
    return values


def in_floats(circuit, weights, inputs):
    """The outputs' logarithms in binary64, as the package computes them."""
    net = circuit_from_data(circuit).to_simnet()
    offsets = {name: np.array(rows, dtype=float) for name, rows in weights.items()}
    return net.evaluate([np.array([vector], dtype=float) for vector in inputs], offsets)[0]


def arb(x):
    """A float as a ball."""
    return None if math.isinf(x) else flint.arb(x)


@pytest.mark.soundness
@pytest.mark.parametrize("zeros", ["none", "allowed"])
@pytest.mark.parametrize("ends", [(-1, 1, -2, 0), (-40, 5, -9, 60), (-900, 0, -500, 500)])
@pytest.mark.parametrize("name", [*MODELS, "mixed", "choosing", "large"])
def test_measured_errors(name, ends, zeros):
    """Real evaluations stay within the bound, with -inf where the value is zero."""
    large = circuit_to_data(ca.ht_model(locations=16, dim=4, widths=[8] * 4))
    circuit = {**MODELS, "mixed": mixed(), "choosing": choosing(), "large": large}[name]
    bound = error_by_formula(
        circuit, tuple(map(Fraction, ends[:2])), tuple(map(Fraction, ends[2:])), zeros
    )
    source = random.Random(repr((name, ends, zeros)))

    def draw(low, high):
        if zeros == "allowed" and source.random() < 0.3:
            return -math.inf
        return source.choice([low, high, source.uniform(low, high)])

    for _ in range(8):
        weights = weights_for(circuit, lambda: draw(*ends[:2]))
        inputs = vectors_for(circuit, lambda: draw(*ends[2:]))
        exact = reference(
            circuit,
            {n: [[arb(x) for x in row] for row in rows] for n, rows in weights.items()},
            [[arb(x) for x in row] for row in inputs],
        )[-1]
        for found, wanted in zip(in_floats(circuit, weights, inputs), exact, strict=True):
            if wanted is None:
                assert found == -math.inf
            else:
                assert abs(flint.arb(found) - wanted) < float(bound)


@pytest.mark.soundness
@pytest.mark.parametrize("gap", [250, 299, 301, 333.8, 334, 340, 353, 354, 400, 800])
def test_measured_errors_where_sums_are_small(gap):
    """Rows and columns whose largest entries never meet: sums near 1e-290, underflow below it."""
    build = Build()
    half = build.sum(40, (build.input(0, 40), "a"))
    build.sum(40, (half, "b"))
    circuit = build.circuit()
    bound = error_by_formula(circuit, (Fraction(-gap) - 2, 0), (Fraction(-gap) - 2, 0), "allowed")
    source = random.Random(gap)
    for density in (0.0, 0.02, 0.5):
        vectors = [[-gap + source.random() for _ in range(40)]]
        vectors[0][0] = 0.0
        weights = {
            name: [
                [
                    -gap + source.random()
                    if alpha == 0 or source.random() > density
                    else source.choice([0.0, -math.inf, -gap / 2])
                    for alpha in range(40)
                ]
                for _ in range(40)
            ]
            for name in "ab"
        }
        for row in weights["a"]:
            row[-1] = 0.0
        balls = {n: [[arb(x) for x in row] for row in rows] for n, rows in weights.items()}
        exact = reference(circuit, balls, [[arb(x) for x in row] for row in vectors])[-1]
        for found, wanted in zip(in_floats(circuit, weights, vectors), exact, strict=True):
            assert abs(flint.arb(found) - wanted) < float(bound)


@pytest.mark.soundness
def test_a_wide_sum_of_small_terms():
    """Terms that underflow one by one count together: 200,000 of them below the largest one."""
    n = 200_000
    for gap in (-667.0, -668.5, -700.0, -745.0, -800.0):
        logs = np.full((1, n), gap)
        column = np.zeros((n, 1))
        logs[0, 0], column[0, 0] = 0.0, gap
        exact = math.log(n) + gap
        assert abs(LogMatrix(logs).times(column)[0, 0] - exact) < 1e-10


def test_errors_out_of_range():
    """Doubling logarithms leave the range; a sum may have a million channels and no more."""
    deep = long_product(40)
    refused(error_certificate(deep, (0, 1), (0, 1), "none", 1), "beyond")
    deep = long_product(19)
    refused(error_certificate(deep, (0, 0), (0, 10**6), "none", 1), "error beyond")
    build = Build()
    build.sum(1, *((build.constant(600_000), "a"), (build.input(0, 600_000), "b")))
    refused(error_certificate(build.circuit(), (0, 1), (0, 1), "none", 1), "more than 1000000")


def test_errors_of_many_nodes():
    """8,192 locations, 32,767 nodes: a bound for all of them."""
    circuit = circuit_to_data(ca.ht_model(locations=1 << 13, dim=4, widths=[4] * 13))
    assert checker.verify(error_certificate(circuit, (-5, 0), (-5, 0), "none", "1/1000000"))


def test_networks_without_locations():
    """A network of constants alone is none."""
    build = Build()
    build.sum(1, (build.constant(1), "a"))
    data = subject({"kind": "Multilinear", "circuit": build.circuit()}, "Scopes")
    refused(data, "locations of the circuit are not 0, 1")
