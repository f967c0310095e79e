"""Certificates of statements about log-space, and their false neighbours."""

from fractions import Fraction

import circuitalg as ca
from certificates.alter import drop, get, put, turn
from circuitalg.circuit.node import Node


def branches():
    """A parameter in sums of 2 and of 4 channels, a fixed matrix, a constant, two outputs."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    x = [b.input(i) for i in range(2)]
    h = [b.sum(node, width=2, parameter="a") for node in x]
    first = b.product(*h, b.constant(width=2))
    second = b.product(b.sum(h[0], matrix=[[1, Fraction(1, 2)], [0, 3]]), h[1])
    return b.build(b.sum(first, second, parameter=["a", "b"], width=2))


def two_sums():
    """One sum of two inputs by a parameter, one by a fixed matrix; a product of three; a sum."""
    nodes = [
        Node("x", "input", 2, 0),
        Node("y", "input", 3, 1),
        Node("one", "constant", 2),
        Node("s", "sum", 2, None, (0,), ("a",)),
        Node("t", "sum", 2, None, (1,), (((1, 0, 3), (Fraction(1, 2), 1, 1)),)),
        Node("p", "product", 2, None, (3, 4, 2)),
        Node("o", "sum", 1, None, (5, 2), ("b", "b")),
    ]
    return ca.Circuit.from_nodes(nodes)


def score(bits):
    """A network with signs."""
    circuit = ca.ht_model(4, 2, [2, 2])
    x = [[1, 2], [3, -1], [2, 5], [1, 1]]
    return ca.prove_log_score(circuit, circuit.random_weights(seed=1), x, bits=bits)


PROVED = {
    "log space": lambda: ca.prove_log_space(branches(), mean=True),
    "log space, softmax": lambda: ca.prove_log_space(branches(), beta=Fraction(1, 2)),
    "split": lambda: ca.prove_signed_split(ca.ht_model(4, 2, [2, 2])),
    "split with fixed parts": lambda: ca.prove_signed_split(branches()),
    "simplex form": lambda: ca.prove_simplex_form(
        ca.ht_model(8, 2, [2, 2, 2], shared=[True, True, False])
    ),
    "multilinear": lambda: ca.prove_multilinear(branches_smooth()),
    "score": lambda: score(200),
    "rounding": lambda: ca.prove_log_space_error(two_sums(), (-3, 2), (-1, 4)),
    "rounding without zeros": lambda: ca.prove_log_space_error(
        ca.ht_model(8, 2, [2, 2, 2]), (-5, 0), (-400, 0)
    ),
    "rounding with zeros": lambda: ca.prove_log_space_error(
        ca.ht_model(4, 2, [2, 2]), (-2, 0), (-3, Fraction(1, 3)), "allowed"
    ),
}


def branches_smooth():
    """Two branches over shared sums, one through a fixed matrix."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    other = b.sum(h[0], matrix=[[1, 2], [0, Fraction(1, 3)]])
    second = b.product(other, b.sum(h[1], width=2, parameter="b"))
    return b.build(b.sum(b.product(*h), second, width=2))


def node(place, *entry):
    """Change an entry of one node of the SimNet."""
    *index, value = entry
    return put("/".join(map(str, ("st/simnet/nodes", place, *index))), value)


def constants_alone(data):
    """Constants stand in the place of the inputs."""
    for row in get(data, "nodes"):
        if row[1] == "input":
            row[1:] = ["constant", row[2]]


def exchange_signs(data):
    """W+ becomes W- and W- becomes W+, in the list of names alone."""
    names = get(data, "circuits/1/parameters")
    names[::2], names[1::2] = names[1::2], names[::2]


def products_of(data):
    """The product nodes of a split."""
    return [row for row in get(data, "circuits/1/nodes") if row[1] == "product"]


def other_product(data):
    """M · m' in place of p · p'."""
    rows = products_of(data)
    rows[0][3] = list(rows[1][3])


def swapped(first, second):
    """Two nodes of a split change their places, and so do the numbers that refer to them."""

    def change(data):
        nodes = get(data, "circuits/1/nodes")
        nodes[first], nodes[second] = nodes[second], nodes[first]
        names = {first: second, second: first}
        for row in nodes:
            if row[1] in ("sum", "product"):
                row[3] = [names.get(child, child) for child in row[3]]

    return change


def softmax(data):
    """Sums in place of means, everywhere."""
    for row in get(data, "st/simnet/nodes"):
        if row[1] == "mex":
            row[6] = "sum"


def own_split(data):
    """The network stands in the place of its split."""
    data["circuits"].pop()
    get(data, "st")["split"] = 0


def split_of_zero(data):
    """The network of one fixed matrix of zeros."""
    nodes = [["x", "input", 2, 0], ["out", "sum", 1, [0], [-1]]]
    data["circuits"][0].update(parameters=[], matrices=[[[0, 0]]], nodes=nodes)


def split_of_a_chain(data):
    """A network of one location and two sums; of its split, the first two nodes."""
    nodes = [["x", "input", 2, 0], ["s", "sum", 2, [0], [0]], ["t", "sum", 1, [1], [1]]]
    data["circuits"][0].update(parameters=["a", "b"], nodes=nodes)
    data["circuits"][1].update(
        parameters=["a+"], matrices=[], nodes=[nodes[0], ["s+", *nodes[1][1:]]]
    )


def untied_below(data):
    """Untie the lowest level below a level that stays tied."""
    circuit = data["circuits"][0]
    circuit["parameters"] = [f"a0.{i}" for i in range(8)] + circuit["parameters"][1:]
    first = iter(range(8))
    for row in circuit["nodes"]:
        if row[1] == "sum":
            row[4] = [next(first) if k == 0 else k + 7 for k in row[4]]


WORD = put("proof/kind", "Signs")
# fmt: off
REFUSED = {
    # LogSpaceEquivalent
    "softmax mode with log n": ("log space", node(2, 6, "sum"), "logarithm of 'a' times 1",
        r'needs \["a", 1\]'),
    "one β of two": ("log space", node(2, 5, 2), "one finite beta.* has 1, 2",
        "must have one beta"),
    "β = 0": ("log space", node(2, 5, 0), "has beta = 0", "must have one beta"),
    "an infinite β": ("log space", node(2, 5, "inf"), "one finite beta.* has 1, inf",
        "must have one beta"),
    "a maximum in place of a product": ("log space", node(5, 1, "mex"),
        "node 5 of the SimNet is not", "a mex node must be"),
    "offsets of another parameter": ("log space", put("st/offsets/a*2/0", "b"),
        "logarithm of 'a' times 2", r'needs \["a", 2\]'),
    "no log n": ("log space", put("st/offsets/a*2/1", 1), "logarithm of 'a' times 2",
        r'needs \["a", 2\]'),
    "log n of another sum": ("log space", put("st/offsets/a*2/1", 4), "logarithm of 'a' times 2",
        r'needs \["a", 2\]'),
    "offsets for no edge": ("log space", put("st/offsets/c", ["a", 2]), "and no others",
        "and no others"),
    "a fixed matrix that is not multiplied": ("log space",
        put("st/simnet/matrices/0", [[1, "1/2"], [0, 3]]), "a fixed matrix times 2",
        "not 2 times the circuit's"),
    "another fixed matrix": ("log space", put("st/simnet/matrices/0", [[2, 1], [1, 6]]),
        "a fixed matrix times 2", "not 2 times the circuit's"),
    "children in another order": ("log space", node(5, 3, [3, 2, 4]), "'p0' differ in kind",
        '"p0" .* differ in their children'),
    "an edge elsewhere": ("log space", put("nodes/2/3", [1]), "2 nodes have no parent",
        '"x0": .* without a parent'),
    "another location": ("log space", put("nodes/0/3", 1), "location 0 has no input",
        "locations of the circuit are not"),
    "a negative fixed entry": ("log space", put("circuits/0/matrices/0/1/1", -3),
        "a fixed matrix times 2", "has a negative entry"),
    "a constant in place of an input": ("log space", node(0, ["x0", "constant", 2]),
        "location 0 has no input", "sums for mex, is refused"),
    "a SimNet of another version": ("log space", put("st/simnet/version", 2),
        "SimNets of version 1", "format circuitalg-"),
    "an unknown mode": ("log space", node(2, 6, "max"), 'neither "mean" nor', 'not "max"'),
    "a mode in a list": ("log space", node(2, 6, ["mean"]), 'neither "mean" nor',
        '"sum", not a list'),
    "all in softmax mode": ("log space", softmax, "'a' times 1", "not 1 times"),
    "a sum in a SimNet": ("log space", node(2, 1, "sum"), "node 2 of the SimNet is not",
        'unknown kind, "sum"'),
    "a kind in a list": ("log space", node(2, 1, ["mex"]), "node 2 of the SimNet is not",
        r"not \[name, kind"),
    "a number as a node": ("log space", put("st/simnet/nodes/2", 7), "node 2 of the SimNet is not",
        r"not \[name, kind"),
    "a mex node without mode": ("log space", drop("st/simnet/nodes/2/6"),
        "node 2 of the SimNet is not", "a mex node must be"),
    "a pool in place of a mex": ("log space", node(2, 1, "pool"), "node 2 of the SimNet is not",
        '"s0" has 7 members'),
    "a mex node of another width": ("log space", node(2, 2, 3), r"'a\*2' has shape \(3, 2\)",
        r'"a\*2" has the shape \(3, 2\)'),
    "an input elsewhere": ("log space", node(0, 3, 1), "location 0 has no input",
        "sums for mex, is refused: the locations"),
    "a fixed offset for a parameter": ("log space", node(2, 4, [-1]), "'a' times 2",
        "the other network has a parameter"),
    "a negative fixed offset": ("log space", put("st/simnet/matrices/0/0/0", -2),
        "log of a negative number", "not 2 times"),
    "a ragged fixed offset": ("log space", put("st/simnet/matrices/0/0", [2]),
        "rows of one positive length", "rectangular"),
    "a circuit as SimNet": ("log space", put("st/simnet/format", "circuitalg-circuit"),
        "not a SimNet", "format circuitalg-simnet"),
    "a SimNet of no nodes": ("log space", put("st/simnet/nodes", []), "has no nodes",
        "has 0 nodes"),
    "an offset less": ("log space", drop("st/offsets/b"), "and no others", "and no others"),
    "no channels averaged": ("log space", put("st/offsets/a*2/1", 0), "'a' times 2",
        '"offsets" of .* is 0;'),
    "an offset of three": ("log space", put("st/offsets/a*2", ["a", 2, 2]), "2 entries, not 3",
        r"an offset \[parameter, count\]"),
    "a parameter renamed": ("log space", put("circuits/0/parameters/0", "z"), "'z' times 2",
        r'needs \["z", 2\]'),
    "signs in place of logarithms": ("log space", WORD, "proof has the kind 'Signs'",
        'proof has the kind "Signs"'),
    # SignedSplit
    "exchanged signs": ("split", exchange_signs, r"node 4 \('s0.0\+'\) is not",
        r'"s0.0\+" .* the matrices'),
    "exchanged halves": ("split", turn("circuits/1/nodes/-1/4"), r"node 36 \('out'\) is not",
        '"out" .* the matrices'),
    "exchanged factors": ("split", lambda d: products_of(d)[0][3].reverse(),
        r"node 12 \('p0.0\+\+'\) is not", r'"p0.0\+\+" .* the children'),
    "another product": ("split", other_product, r"node 12 \('p0.0\+\+'\) is not",
        r'"p0.0\+\+" .* the children'),
    "a split with another matrix": ("split", put("circuits/1/matrices/0", [[1, 0], [1, 0]]),
        r"node 16 \('p0.0\+'\) is not", r'"p0.0\+" .* the matrices'),
    "another name of a half": ("split", put("circuits/1/parameters/0", "A"), r"'s0.0\+'\) is not",
        r'"s0.0\+" .* the matrices'),
    "an identity exchanged": ("split", put("circuits/1/matrices/0", [[0, 1], [1, 0]]),
        r"'p0.0\+'\) is not", r'"p0.0\+" .* the matrices'),
    "an identity doubled": ("split", put("circuits/1/matrices/0", [[2, 0], [0, 2]]),
        r"'p0.0\+'\) is not", r'"p0.0\+" .* the matrices'),
    "a half in the other's place": ("split", put("circuits/1/matrices/-1", [[1], [0]]),
        r"'out'\) is not", '"out" .* the matrices'),
    "a half with a sign": ("split", put("circuits/1/matrices/-1", [[0], [-1]]), r"'out'\) is not",
        '"out" .* the matrices'),
    "products in another order": ("split", swapped(12, 13), r"'p0.0--'\) is not",
        '"p0.0--" .* the children'),
    "minus before plus": ("split", swapped(4, 5), r"'s0.0-'\) is not", '"s0.0-" .* the matrices'),
    "inputs in another order": ("split", swapped(0, 1), r"'x1'\) is not", '"x1" .* the location 0'),
    "a constant in a split": ("split", put("circuits/1/nodes/0", ["x0", "constant", 2]),
        "location 0 has no input", "locations of the circuit are not"),
    "a name that ends in a plus": ("split", put("circuits/0/parameters/0", "a+"),
        r"'a\+' ends in a sign", r"ends in \+ or -"),
    "a name that is a minus": ("split", put("circuits/0/parameters/0", "-"), "'-' ends in a sign",
        r"ends in \+ or -"),
    "a split of other dimensions": ("split", put("nodes/0/2", 3), r"node 0 \('x0'\) is not",
        '"x0" .* width 3'),
    "a network as its own split": ("split", own_split, "37 nodes, not 14",
        '"s0.0" .* the matrices'),
    "a split of nothing": ("split", split_of_zero, "zero whatever its weights are, so",
        "zero whatever its weights are; it"),
    "a split of nodes too few": ("split", split_of_a_chain, "6 nodes, not 2",
        "2 nodes; it needs more"),
    "split and network exchanged": ("split", put("st/circuit", 1, "st/split", 0), "ends in a sign",
        r"ends in \+ or -"),
    # SimplexForm, Multilinear
    "ties above unequal subtrees": ("simplex form", untied_below, "'a1' need different factors",
        "without tied parameters"),
    "a sum of unequal scopes": ("multilinear", put("nodes/7/3", [1]), "'s4' adds 'p1'",
        'children of sum "s4"'),
    "a product of a location with itself": ("multilinear", put("nodes/7/3", [1, 4]),
        "'p1' multiplies 's0' and 's2'", 'children of product "p1"'),
    # LogScore
    "high below the truth": ("score", lambda d: put("st/high", get(d, "st/low"))(d),
        r"at most exp\(high\)", r"at most exp\(high\)"),
    "low above the truth": ("score", lambda d: put("st/low", get(d, "st/high"))(d),
        r"at least exp\(low\)", r"at least exp\(low\)"),
    "upside down": ("score", put("st/low", 99, "st/high", -99), r"at least exp\(low\)",
        r"at least exp\(low\)"),
    "sign -2": ("score", put("st/sign", -2), "sign .* is 1 or -1, got -2", '"sign" of .* is -2;'),
    "wrong sign": ("score", lambda d: put("st/sign", -get(d, "st/sign"))(d),
        "not shown to have the sign 1", "the sign 1"),
    "sign 0": ("score", put("st/sign", 0), "got 0", "sign must be 1 or -1"),
    "sign 2": ("score", put("st/sign", 2), "got 2$", '"sign" of .* is 2;'),
    "low out of range": ("score", put("st/low", -(10**6) - 1), "ends of a log-score lie",
        "ends of a log-score"),
    "a long row": ("score", put("st/x/0", [1, 1, 1]), "a row for each location",
        "a row for each location"),
    "another output": ("score", put("st/output", 1), "outputs 0 to 0, got 1",
        "output channel is 1;"),
    "another input": ("score", put("st/x/0/0", 7), r"at most exp\(high\)", r"at most exp\(high\)"),
    "other weights": ("score", put("st/weights/out/0/0", 77), r"at most exp\(high\)",
        r"at most exp\(high\)"),
    "a weight less": ("score", drop("st/weights/out"), "'out' has no weights",
        'lacks its member "out"'),
    "a short row": ("score", drop("st/x/0/0"), "a row for each location",
        "a row for each location"),
    "a location less": ("score", drop("st/x/0"), "a row for each location",
        "a row for each location"),
    "inputs that make it 0": ("score", put("st/x", [[0, 0]] * 4), "not shown to have the sign -1",
        "the sign -1"),
    "no bits": ("score", put("proof/bits", 0), "bits .* got 0", '"bits" of .* is 0;'),
    "too many bits": ("score", put("proof/bits", 4097), "bits .* got 4097",
        '"bits" of .* is 4097;'),
    "too few bits": ("score", put("proof/bits", 1), r"at least exp\(low\)", r"at least exp\(low\)"),
    "out of range": ("score", put("st/high", 10**6 + 1), "ends of a log-score lie",
        "ends of a log-score"),
    "an end over 0": ("score", put("st/low", "1/0"), "the entry '1/0'", 'not "1/0"'),
    # LogSpaceError
    "bound 0 of an error": ("rounding", put("st/bound", 0), "more than the bound 0",
        "up to 0.0{13}87"),
    "a negative bound": ("rounding", put("st/bound", "-1/2"), "between 0 and 1", "between 0 and 1"),
    "a bound above 1": ("rounding", put("st/bound", 4), "between 0 and 1", "between 0 and 1"),
    "wider weights": ("rounding", put("st/log_weights", [-100, 100]), "error of up to 1.02018e-12",
        "up to 0.0{11}102"),
    "wider inputs": ("rounding", put("st/log_inputs", [-100, 100]), "error of up to 1.25479e-12",
        "up to 0.0{11}125"),
    "a range upside down": ("rounding", put("st/log_weights", [1, 0]),
        "logarithms of weights must be low", r"log_weights must be \[low, high\]"),
    "a range beyond the limits": ("rounding", put("st/log_inputs", [0, 10**6 + 1]),
        "logarithms of inputs must be low", r"log_inputs must be \[low, high\]"),
    "a range of one end": ("rounding", put("st/log_inputs", [0]), "2 entries, not 1",
        "log_inputs must"),
    "a range of three ends": ("rounding", put("st/log_inputs", [0, 0, 1]), "2 entries, not 3",
        "log_inputs must"),
    "some zeros": ("rounding", put("st/zeros", "some"), "got 'some'", 'not "some"'),
    "zeros where none are allowed": ("rounding without zeros", put("st/zeros", "allowed"),
        "error of up to 1.60076e-11", "up to 0.0{10}160"),
    "a negative matrix": ("rounding", put("circuits/0/matrices/0/0/0", -1),
        "'t' is negative somewhere", "a negative entry, or none"),
    "a matrix of zeros": ("rounding", put("circuits/0/matrices/0", [[0] * 3] * 2),
        "'t' is negative somewhere", "a negative entry, or none"),
    "a tiny entry": ("rounding", put("circuits/0/matrices/0/0/0", f"1/{1 << 1100}"), r"beyond 2\^",
        "too large or small"),
    "a network without inputs": ("rounding", constants_alone, "no input node",
        "locations of the circuit"),
    "a huge entry": ("rounding", put("circuits/0/matrices/0/0/0", 1 << 1100), r"beyond 2\^",
        "too large or small"),
}
# fmt: on

SAME = {"more bits": ("score", put("proof/bits", 300))}

OTHER = {
    "a SimNet's node renamed": ("log space", node(0, 0, "renamed")),
    "a split's node renamed": ("split", put("circuits/1/nodes/0/0", "renamed")),
    "a wider interval": ("score", put("st/low", -1000)),
    "a larger bound": ("rounding", put("st/bound", "1/1000")),
    "narrower inputs": ("rounding", put("st/log_inputs", [0, 1])),
    "no zeros after all": ("rounding with zeros", put("st/zeros", "none")),
    "simplex form of another network": ("simplex form", put("nodes/0/0", "first")),
    "linear in another network": ("multilinear", put("circuits/0/matrices/0/0/0", 5)),
}
