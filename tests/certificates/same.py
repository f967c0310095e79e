"""Certificates of equal functions and of symmetries, and their false neighbours."""

import circuitalg as ca
from certificates.alter import deep, drop, get, put, turn
from circuitalg.expressions import matrix, parameter
from circuitalg.kernel import rules
from circuitalg.kernel.same.function import NormalForm, Simulation

UNIT = matrix([[1, 0], [0, 1]])
LONG, OUT = ["matrix", [10**4000]], ["parameter", "out"]
MINUS = ["matrix", [-1]]
TWICE = ["matrix", [2, 0], [0, 2]]
UNIT_JSON = ["matrix", [1, 0], [0, 1]]


def contained():
    """A shallow network inside a deep one, by simulation."""
    cp, ht = ca.cp_model(4, 2, 2), ca.ht_model(4, 2, [2, 2])
    return ca.prove_same(cp, ht, {"a1.0": UNIT, "a1.1": UNIT})


def chained():
    """A sum above a sum, of which nothing is claimed, above a constant."""
    b = ca.CircuitBuilder(2, 2)
    h = [b.sum(b.input(i), width=2, parameter=f"h{i}") for i in (0, 1)]
    middle = b.sum(b.product(*h, b.constant(width=2)), width=2, parameter="c")
    circuit = b.build(b.sum(middle, width=1, parameter="d"))
    claims = ((1, None, (1,)), (3, None, (3,)))
    kept = {name: parameter(name) for name in circuit.parameters}
    return rules.same_function(circuit, circuit, kept, Simulation(claims))


def multiplied_out():
    """The same by the normal form."""
    said = contained().statement
    return rules.same_function(said.a, said.b, said.weights, NormalForm())


PROVED = {
    "same": contained,
    "same through a chain": chained,
    "same by the normal form": multiplied_out,
    "symmetric": lambda: ca.prove_symmetric(ca.ht_model(4, 2, [2, 2], shared=True)),
}


def exchanged(data):
    """The two networks change places."""
    said = get(data, "st")
    said["a"], said["b"] = said["b"], said["a"]


def output_doubled(data):
    """Twice the function, and no claim about the output."""
    get(data, "proof/claims").pop()
    get(data, "st/weights")["out"] = ["*", ["matrix", [2]], ["parameter", "out"]]


def about_another(data):
    """The premises are about the network with another name for one node."""
    data["circuits"].append({**data["circuits"][0], "nodes": [list(n) for n in get(data, "nodes")]})
    data["circuits"][-1]["nodes"][0][0] = "first"
    get(data, "st")["circuit"] = len(data["circuits"]) - 1


def other_dimension(data):
    """A statement about the network with another dimension of one location."""
    other = {**data["circuits"][0], "nodes": [list(n) for n in get(data, "nodes")]}
    other["parameters"] = [*other["parameters"], "wide"]
    other["nodes"][2][2], other["nodes"][6][4] = 3, [len(other["parameters"]) - 1]
    data["circuits"].append(other)
    get(data, "st")["circuit"] = len(data["circuits"]) - 1


def no_premises(data):
    """The last theorem alone, and no other network."""
    data["theorems"], data["circuits"] = data["theorems"][-1:], data["circuits"][:1]
    data["theorems"][0]["premises"] = []


def generators_turned(data):
    """Generators and premises in another order."""
    get(data, "st/generators").reverse()
    get(data, "theorems/-1/premises").reverse()


def generator(*images):
    """Put another second generator."""
    return put("st/generators/1", list(images))


# fmt: off
REFUSED = {
    "another parameter": ("same", put("st/weights/a0.0", ["parameter", "a0.1"]),
        "'s0.0' is not what", "not what the simulation claims"),
    "another matrix": ("same", put("st/weights/a1.0/2/0", 2), "'s1.0' is not what",
        "not what the simulation claims"),
    "an expression of another shape": ("same", put("st/weights/out", ["parameter", "a0.0"]),
        "'out' does not have its shape", '"out" does not have the shape'),
    "no such parameter": ("same", put("st/weights/out", ["parameter", "b"]), "no parameter 'b'",
        'no parameter "b"'),
    "no such operation": ("same", put("st/weights/out", ["inverse", ["parameter", "out"]]),
        "no operation 'inverse'", 'no operation "inverse"'),
    "a product of one": ("same", put("st/weights/out", ["*", ["parameter", "out"]]),
        "does not take 1 parts", r'no operation "\*" of 1'),
    "an expression lost": ("same", drop("st/weights/out"), "must name every parameter",
        "exactly the second network's"),
    "an expression too many": ("same", put("st/weights/more", ["parameter", "out"]), "and no other",
        "exactly the second network's"),
    "networks exchanged": ("same", exchanged, "must name every parameter",
        "exactly the second network's"),
    "claim about another node": ("same", put("proof/claims/0/2", [3]), "'s0.0' is not what",
        "not what the simulation claims"),
    "claim with another matrix": ("same", put("proof/claims/0/1", [[2, 0], [0, 1]]),
        "'s0.0' is not what", "not what the simulation claims"),
    "claim about a product": ("same", put("proof/claims/0/0", 0), "about 0, which is not a sum",
        "about a node that is not a sum"),
    "claim about nodes that are not there": ("same", put("proof/claims/0/2", [99]),
        "does not have", "not all of width 2"),
    "claim about nodes of another width": ("same", put("proof/claims/0/1", [[1, 0, 0], [0, 1, 0]]),
        "not all of width 3", "not all of width 3"),
    "claim with a row too many": ("same", put("proof/claims/0/1", [[1, 0], [0, 1], [0, 0]]),
        "node 4 does not have 2 rows", "a row for each channel"),
    "claim of two members": ("same", put("proof/claims/0", [4, None]), "3 entries, not 2",
        "a claim must be a list"),
    "a child of a product doubled": ("same",
        put("st/weights/a0.0", ["*", TWICE, ["parameter", "a0.0"]], "proof/claims/0/1", TWICE[1:]),
        "is scaled or mixed; 2x|one and the same selection", "a child of a product is not one"),
    "channels exchanged below a product": ("same",
        put("st/weights/a1.0", ["matrix", [0, 1], [1, 0]], "proof/claims/4/1", [[0, 1], [1, 0]]),
        "one and the same selection", "select different channels"),
    "claims out of order": ("same", turn("proof/claims"), "in increasing order",
        "order of their nodes"),
    "no claims": ("same", put("proof/claims", []), "children of the product 'p0.0'",
        "a sum of which nothing is claimed"),
    "a claim about a copy lost": ("same", drop("proof/claims/4"), "children of the product 'p1.0'",
        "a sum of which nothing is claimed"),
    "an output less itself": ("same", put("st/weights/out", ["+", OUT, ["*", MINUS, OUT]]),
        "'out' is not what", "not what the simulation claims"),
    "an output doubled": ("same", output_doubled, "outputs of the two networks are not",
        "output 0 of the two networks is not"),
    "another weight in the normal form": ("same by the normal form", put("st/weights/a1.0/2/0", 2),
        "outputs 0 are different", "different polynomials"),
    "a sum of matrices of other rows": ("same by the normal form",
        put("st/weights/a1.0", ["+", UNIT_JSON, ["matrix", [1, 0]]]),
        r"\(2, 2\) and \(1, 2\) do not fit", "2 and 1 rows do not fit"),
    "an expression of 22 levels": ("same", put("st/weights/out", deep(OUT, OUT, 21)),
        "matrix expression is nested more than 20", "matrix expression is nested more than 20"),
    "numbers of 26,576 bits": ("same", put("st/weights/out", ["*", LONG, LONG, OUT]),
        "more than 16,384 bits", "more than 16384 bits"),
    "locations of other dimensions exchanged": ("symmetric", other_dimension,
        "of the same dimension", "one of another dimension"),
    "no permutation, of three": ("symmetric", generator(0, 1, 2), "a permutation of",
        "a permutation of the locations"),
    "no permutation, one image twice": ("symmetric", generator(0, 1, 2, 2), "a permutation of",
        "a permutation of the locations"),
    "no permutation, an image beyond": ("symmetric", generator(1, 0, 2, 4), "a permutation of",
        "a permutation of the locations"),
    "a permutation that is no symmetry": ("symmetric", generator(0, 2, 1, 3),
        r"no premise says that \(1 2\)", "a premise of a symmetry must be"),
    "a permutation of texts": ("symmetric", generator("1", "0", 2, 3), "not an integer.*'1'",
        '"generators" of .* not "1"'),
    "premises in another order": ("symmetric", turn("theorems/-1/premises"),
        r"no premise says that \(0 2\)", "a premise of a symmetry must be"),
    "premises of a symmetry missing": ("symmetric", no_premises, "one equality for each",
        "a premise for each"),
    "premises about another network": ("symmetric", about_another, r"no premise says that \(0 2\)",
        "a premise of a symmetry must be"),
}
# fmt: on

SAME = {
    "normal form in place of a simulation": ("same", put("proof", {"kind": "NormalForm"})),
    "an identity written out": ("same", put("proof/claims/0/1", [[1, 0], [0, 1]])),
}

OTHER = {
    "generators in another order": ("symmetric", generators_turned),
    "a weight times 1": (
        "same by the normal form",
        put("st/weights/out", ["*", ["matrix", [1]], ["parameter", "out"]]),
    ),
}
