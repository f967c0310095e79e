"""Certificates of statements about given tensors, and their false neighbours."""

import itertools
import math
import random
from fractions import Fraction

import circuitalg as ca
from certificates.alter import drop, get, put, turn, without_tensor
from circuitalg.tensor.exact_tensor import ExactTensor


def low_rank_tensor():
    """Of shape 3×2×3×2, rank 2 between the halves, and with fractions."""
    draw = random.Random(1)
    halves = [[[Fraction(draw.randint(-5, 5), 3) for _ in range(6)] for _ in "ab"] for _ in "ab"]
    entries = [
        sum(first[i] * second[j] for first, second in zip(*halves, strict=True))
        for i in range(6)
        for j in range(6)
    ]
    return ExactTensor((3, 2, 3, 2), tuple(entries))


SIGNS = {(0, 1, 2): 1, (1, 2, 0): 1, (2, 0, 1): 1, (0, 2, 1): -1, (2, 1, 0): -1, (1, 0, 2): -1}
LEVI_CIVITA = ExactTensor(
    (3, 3, 3), tuple(SIGNS.get(i, 0) for i in itertools.product(range(3), repeat=3))
)

PROVED = {
    "represents": lambda: ca.prove_represents(
        ca.cp_model, ExactTensor((2, 2), (1, Fraction(2, 3), 0, Fraction(3, 7)))
    ),
    "universal": lambda: ca.prove_universal(ca.cp_model(2, 2, 4)),
    "minimal": lambda: ca.prove_minimal_ht(low_rank_tensor()),
    "cp rank": lambda: ca.prove_cp_rank(LEVI_CIVITA),
    "cp rank with halves": lambda: ca.prove_cp_rank([[Fraction(1, 2), 1], [1, Fraction(3, 2)]]),
    "cp rank of a matrix": lambda: ca.prove_cp_rank([[1, 2], [2, 4]]),
    "cp rank of a wide tensor": lambda: ca.prove_cp_rank([[1, 2, 0], [0, 1, 4]]),
}


def narrow(data):
    """One channel less than there are products of coordinates."""
    for node in data["circuits"][0]["nodes"]:
        if node[2] == 4:
            node[2] = 3
    weights = get(data, "proof/weights")
    for name in weights:
        weights[name] = weights[name][:3]


def network(data, *nodes):
    """Another network with parameters a, b, and c, which is free."""
    data["circuits"][0].update(parameters=["a", "b", "c"], nodes=[*nodes])
    get(data, "proof")["free"] = "c"


def used_twice(data):
    """The output's matrix stands elsewhere, too."""
    network(
        data,
        ["x", "input", 2, 0],
        ["y", "input", 2, 1],
        ["s", "sum", 1, [0], [2]],
        ["t", "sum", 2, [2], [0]],
        ["u", "sum", 2, [1], [1]],
        ["p", "product", 2, [3, 4]],
        ["out", "sum", 1, [5], [2]],
    )
    get(data, "proof")["weights"] = {"a": [[1], [1]], "b": [[1, 0], [0, 1]]}


def two_selections(second):
    """Two branches select coordinates of one location."""

    def change(data):
        inputs = (["x", "input", 2, 0], ["y", "input", 2, 0])
        network(data, *inputs, ["s", "sum", 2, [0, 1], [0, 1]], ["out", "sum", 1, [2], [2]])
        get(data, "proof")["weights"] = {"a": [[1, 0], [0, 1]], "b": second}

    return change


def opposite(data):
    """A fixed matrix turns the sign of a coordinate."""
    data["circuits"][0]["matrices"] = [[[-1, 0], [0, 1]]]
    data["circuits"][0]["parameters"] = ["c"]
    nodes = [["x", "input", 2, 0], ["s", "sum", 2, [0], [-1]], ["out", "sum", 1, [1], [0]]]
    put("nodes", nodes, "proof/weights", {}, "proof/free", "c")(data)


def zeros(*dims):
    """A tensor of zeros."""
    return {"kind": "ExactTensor", "dims": [*dims], "entries": [0] * math.prod(dims)}


UNITS = {name: [[1, 0], [0, 1]] for name in "abc"}
SELECTED = {"kind": "Selection", "free": "d"}
UNIT_7 = [[int(i == j) for j in range(7)] for i in range(7)]


def rank_lowered(data):
    """Drop the second channel between the halves everywhere."""
    matrices = get(data, "proof/matrices")
    get(data, "st/ranks")[1] = 1
    matrices[1] = [row[:1] for row in matrices[1]]
    matrices[0] = matrices[0][: len(matrices[0]) // 2]


def rank_raised(data):
    """Add a channel of zeros to the first half, which contracts to the same tensor."""
    matrices = get(data, "proof/matrices")
    get(data, "st/ranks")[1] = 3
    matrices[1] = [[*row, 0] for row in matrices[1]]
    matrices[0] = [*matrices[0], *[[0]] * (len(matrices[0]) // 2)]


def wider_root(data):
    """A second column of zeros at the root."""
    get(data, "st/ranks")[0] = 2
    matrices = get(data, "proof/matrices")
    matrices[0] = [[*row, 0] for row in matrices[0]]


def deep_tree(depth):
    """A tree that is nested so often."""
    tree = 0
    for leaf in range(1, depth):
        tree = [tree, leaf]
    return tree


ENDLESS = [[[f"1/{n}", 0], [1, 0]] for n in range(10**900 + 1, 10**900 + 200, 2)]
"""Terms over many long denominators, whose sum would have millions of digits."""

# fmt: off
REFUSED = {
    # Represents
    "another entry": ("represents", put("st/tensor/entries/3", "4/7"), "is 3/7, the given one 4/7",
        "entry number 3 of"),
    "another weight": ("represents", put("st/weights/out/0/0", 5), "is 5, the given one 1",
        "entry number 0 of"),
    "the tensor of a square": ("represents", without_tensor("square", 2),
        "tensor: the product 'p'", "not decomposable"),
    "the tensor of an uneven sum": ("represents", without_tensor("uneven", 2),
        "tensor: the sum 'out'", "not smooth"),
    "an output that is none": ("represents", put("st/output", 1), "outputs 0 to 0, got 1",
        "output channel is 1;"),
    "entries of another shape": ("represents", put("st/tensor/dims", [4]), r"has shape \(4,\)",
        "dimensions are not the network's"),
    "entries too few": ("represents", drop("st/tensor/entries/3"), "has 4 entries, not 3",
        "3 entries; its shape needs 4"),
    "a selection in place of all entries": ("represents",
        put("proof", {"kind": "Selection", "weights": {}, "free": "out"}), "kind 'Selection'",
        'proof has the kind "Selection"'),
    # Universal
    "a row that selects nothing": ("universal", put("proof/weights/a0.0/0", [0, 0]), "only 3 of 4",
        "only 3 products"),
    "a row of 2": ("universal", put("proof/weights/a0.0/0", [2, 0]), "not a selection",
        "not a selection"),
    "a row of two 1s": ("universal", put("proof/weights/a0.0/0", [1, 1]), "not a selection",
        "not a selection"),
    "a selection with a ragged row": ("universal", put("proof/weights/a0.0/0", [1, 0, 0]),
        r"'a0.0' are not a matrix of shape .4, 2", "a rectangular matrix"),
    "a selection of wider rows": ("universal", put("proof/weights/a0.0", [[1, 0, 0]] * 4),
        r"'a0.0' are not a matrix of shape .4, 2", "does not have the shape"),
    "a selection of a row less": ("universal", drop("proof/weights/a0.0/0"),
        r"'a0.0' are not a matrix of shape .4, 2", "does not have the shape"),
    "another free parameter": ("universal", put("proof/free", "a0.0"), "through 'a0.0', used",
        "through the free parameter"),
    "a selection too few": ("universal", drop("proof/weights/a0.1"), "'a0.1' has no weights",
        'lacks its member "a0.1"'),
    "a square that is universal": ("universal",
        without_tensor("square", 2, "proof", {**SELECTED, "weights": UNITS}),
        "universality is about .* 'p'", "not decomposable"),
    "a coordinate times -1": ("universal", opposite, "a row that is not a selection",
        "not one product of coordinates"),
    "a free matrix in two places": ("universal", used_twice, "used nowhere else",
        "used at the output alone"),
    "two selections in one channel": ("universal", two_selections([[1, 0], [0, 1]]),
        "not zero in one channel", "not one product of coordinates"),
    "two products in one channel": ("universal", two_selections([[0, 1], [1, 0]]),
        "not zero in one channel", "not one product of coordinates"),
    "a channel too few": ("universal", narrow, "only 3 products", "fewer channels than"),
    # MinimalHT
    "rank lowered": ("minimal", rank_lowered, "do not contract", "to which the frames contract"),
    "rank raised": ("minimal", rank_raised, "rank 2 modulo .* has 3 there", "have rank 2, not 3"),
    "rank stated lower": ("minimal", put("st/ranks/1", 1), r"proved: .*\(1, 2, 3",
        "node 1 has the wrong shape"),
    "rank stated higher": ("minimal", put("st/ranks/1", 4), r"proved: .*\(1, 2, 3",
        "node 1 has the wrong shape"),
    "rank of the root": ("minimal", put("st/ranks/0", 2), r"proved: .*\(1, 2, 3",
        "one column for the root"),
    "root of rank 2": ("minimal", wider_root, "cannot have the rank 2", "one column for the root"),
    "ranks too few": ("minimal", drop("st/ranks/6"), r"proved: .*\(1, 2, 3",
        "needed for each node"),
    "tensor altered": ("minimal", put("st/tensor/entries/5", "22/7"), "do not contract",
        "entry number 5 of"),
    "tensor of other dims": ("minimal", put("st/tensor/dims", [2, 3, 3, 2]),
        "cannot have the rank 3", "location 0 has the wrong shape"),
    "tensor of a mode less": ("minimal", put("st/tensor/dims", [3, 2, 6]), "tensor's 3 modes",
        "leaves 0 to 2"),
    "tree of a leaf less": ("minimal", put("st/tree", [[0, 1], 2]), "tree has 3 leaves",
        "leaves 0 to 3, each once"),
    "another tree": ("minimal", put("st/tree", [[0, 2], [1, 3]]), "cannot have the rank 3",
        "location 2 has the wrong shape"),
    "tree with a location twice": ("minimal", put("st/tree", [[0, 1], [2, 2]]),
        "2 is in the mode tree twice", "leaves 0 to 3, each once"),
    "tree of a node less": ("minimal", put("st/tree", [[0, 1], 2, 3]), "tree has 6 nodes",
        "needed for each node"),
    "tree with one child": ("minimal", put("st/tree", [[0, 1], [[2], 3]]), "has 1 child",
        "lists of two or more trees"),
    "tree of one leaf": ("minimal", put("st/tree", 0), "nested lists of locations",
        "leaves 0 to 3"),
    "tree of 200 levels": ("minimal", put("st/tree", deep_tree(200)), "tree has 200 leaves",
        "leaf .* is 16;"),
    "tree of a text": ("minimal", put("st/tree", [[0, 1], [2, "3"]]), "not '3'", 'leaf .* not "3"'),
    "root altered": ("minimal", put("proof/matrices/0/0/0", 77), "do not contract",
        "entry number 0 of"),
    "transfer matrix altered": ("minimal", put("proof/matrices/1/0/0", "77/5"), "do not contract",
        "entry number 0 of"),
    "frame altered": ("minimal", put("proof/matrices/2/0/0", 0), "do not contract",
        "entry number 0 of"),
    "frame of nothing": ("minimal", put("proof/matrices/2", []), "must have 0 rows",
        '"matrices" of .* rectangular'),
    "frame ragged": ("minimal", put("proof/matrices/2/1", [1, 0]), "node 2 must have 3 rows",
        '"matrices" of .* rectangular'),
    "frame of fewer rows": ("minimal", drop("proof/matrices/2/0"), "node 2 must have 3 rows",
        "location 0 has the wrong shape"),
    "frames of nothing": ("minimal", put("proof/matrices", []), "a matrix for each",
        "needed for each node"),
    "frames in another order": ("minimal", turn("proof/matrices"), "cannot have the rank 2",
        "location 0 has the wrong shape"),
    "prime that divides a denominator": ("minimal", put("proof/prime", 3), "not a unit modulo 3",
        "divisible by the prime 3"),
    "composite prime": ("minimal", put("proof/prime", 8_388_591), "not 8388591",
        "8388591, is not a prime"),
    "prime 2": ("minimal", put("proof/prime", 2), "not 2$", '"prime" of .* is 2;'),
    "root of nothing": ("minimal", put("proof/matrices/0", []), "node 0 must have 4 rows",
        '"matrices" of .* rectangular'),
    "prime too large": ("minimal", put("proof/prime", 2**31 - 1), "not 2147483647",
        '"prime" of .* is 2147483647;'),
    # CPRank
    "cp rank at least 6": ("cp rank", put("st/lower", 6), "proved: .* 5 <= CP-rank",
        "are 5 and 6, not"),
    "cp rank at least 4": ("cp rank", put("st/lower", 4), "proved: .* 5 <= CP-rank",
        "are 5 and 6, not"),
    "cp rank at most 5": ("cp rank", put("st/upper", 5), "proved: .*CP-rank <= 6",
        "are 5 and 6, not"),
    "cp rank at most 7": ("cp rank", put("st/upper", 7), "proved: .*CP-rank <= 6",
        "are 5 and 6, not"),
    "cp rank of another tensor": ("cp rank", put("st/tensor/entries/5", 0), "do not sum",
        "entry number 5 of"),
    "flattening of another p": ("cp rank", put("proof/lower/p", 2), "a 5 x 3 matrix",
        "a 5 x 3 matrix"),
    "flattening with a mode twice": ("cp rank", put("proof/lower/groups", [[0], [1], [1]]),
        "three groups", "three groups"),
    "flattening of an empty group": ("cp rank", put("proof/lower/groups", [[0, 1], [2], []]),
        "a 3 x 9 matrix", "a 3 x 9 matrix"),
    "flattening of two groups": ("cp rank", put("proof/lower/groups", [[0, 1], [2]]),
        "three groups", "three groups"),
    "singular projection": ("cp rank", put("proof/lower/projection/0/0", 0),
        "proved: .* 3 <= CP-rank", "are 3 and 6, not"),
    "projection of another shape": ("cp rank", put("proof/lower/projection", [[1]]),
        "a 3 x 3 matrix", "a 3 x 3 matrix"),
    "projection with a fraction": ("cp rank", put("proof/lower/projection/0/0", "1/2"),
        "must hold integers", "must hold integers"),
    "flattening modulo 10": ("cp rank", put("proof/lower/prime", 10), "not 10$",
        "10, is not a prime"),
    "a flattening of 2,030 columns": ("cp rank",
        put("st/tensor", zeros(7, 58, 58), "proof/lower/p", 3, "proof/lower/projection", UNIT_7),
        "more than 2000 rows", "more than 2000 rows"),
    "306 terms of 65,536 entries": ("cp rank of a matrix",
        put("st/tensor", zeros(*[2] * 16), "proof/upper/terms", [[[0, 0]] * 16] * 306),
        "too many terms", "too many terms"),
    "no such flattening": ("cp rank", put("proof/lower/kind", "Believe"),
        "lower has the kind 'Believe'", 'kind "Believe"'),
    "largest fibres": ("cp rank", put("proof/upper", {"kind": "LargestFibres"}),
        "proved: .*CP-rank <= 9", "are 5 and 9, not"),
    "term altered": ("cp rank", put("proof/upper/terms/0/0/0", 5), "do not sum",
        "entry number 5 of"),
    "term of another mode": ("cp rank", drop("proof/upper/terms/0/2"), "right length for each mode",
        "right length for each mode"),
    "a term less": ("cp rank", drop("proof/upper/terms/0"), "do not sum", "entry number 5 of"),
    "a mode twice": ("cp rank of a matrix", put("proof/lower/modes", [0, 0]), r"got \(0, 0\)",
        "increasing list of modes"),
    "matricization modulo 9": ("cp rank of a matrix", put("proof/lower/prime", 9), "not 9$",
        "9, is not a prime"),
    "terms of nothing": ("cp rank", put("proof/upper/terms", []), "do not sum",
        "entry number 5 of"),
    "endless denominators": ("cp rank of a matrix", put("proof/upper/terms", ENDLESS),
        "denominator has more than", "more than 100000 bits"),
    "modes out of order": ("cp rank of a matrix", put("proof/lower/modes", [1, 0]), r"got \(1, 0\)",
        "increasing list of modes"),
    "mode that is none": ("cp rank of a matrix", put("proof/lower/modes", [2]), r"got \(2,\)",
        "increasing list of modes"),
}
# fmt: on

SAME = {
    "rank modulo another prime": ("cp rank of a matrix", put("proof/lower/prime", 101)),
    "rank with the columns as rows": ("cp rank of a matrix", put("proof/lower/modes", [1])),
    "frames modulo another prime": ("minimal", put("proof/prime", 101)),
    "terms in another order": ("cp rank", turn("proof/upper/terms")),
}

OTHER = {
    "a selection in one of two branches": ("universal", two_selections([[0, 0], [0, 0]])),
    "a weaker bound with its proof": (
        "cp rank",
        put("st/upper", 9, "proof/upper", {"kind": "LargestFibres"}),
    ),
    "another matrix of rank 1": (
        "cp rank of a matrix",
        put("st/tensor/entries", [2, 4, 4, 8], "proof/upper/terms/0/0", [2, 4]),
    ),
}
