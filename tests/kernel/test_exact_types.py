"""Rules take arguments of exactly their types, numbers and texts inside included, and keep copies.

What lies (a subclass that computes one thing and prints another), what changes later (a dictionary,
an array) and what overflows (NumPy's integers) is made Python's own at the door, or refused.
"""

import enum
import types
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from brute import expect
from subject_theorems import PROVED
from tampering import GENUINE

import circuitalg as ca
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import exact_matrix
from circuitalg.errors import CircuitalgError, CircuitError, RuleError, WeightError
from circuitalg.integers import Integer
from circuitalg.kernel import formula, levels, rules
from circuitalg.kernel.families import CPFamily, TruncatedFamily
from circuitalg.kernel.formula import Formula
from circuitalg.kernel.gram import GaussianGram
from circuitalg.kernel.matrices import Expression, parameter
from circuitalg.kernel.parametric import LastLevel
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.same import NormalForm
from circuitalg.kernel.terms import Factor, IndexRecursion, Minor, Routing, Split, TiedCut
from circuitalg.kernel.theorem import Theorem
from circuitalg.representation import Gaussians
from circuitalg.tensor.formats import ExactTensor

pytestmark = pytest.mark.soundness

LARGE = np.int64(2**62)
PRIME = 2**23 - 15


def hidden():
    """A Fraction with NumPy's integers inside."""
    found = Fraction(1, 3)
    found._numerator, found._denominator = LARGE, np.int64(3)
    return found


def inside(number):
    """The types of a number's parts."""
    return {type(number.numerator), type(number.denominator)}


class Lying(int):
    """A number from which nothing can be taken away but itself."""

    def __sub__(self, other):
        return 0


class Changing(str):
    """A text that equals all texts."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return True


class Boastful(CPFamily):
    """A family that calls itself another one."""

    def __str__(self):
        return "network"


class One(enum.IntEnum):
    """1 under another name."""

    ONE = 1


class Listed(list):
    """A list that equals everything, and has the attributes of a formula."""

    op, args = "int", (5,)
    __hash__ = None

    def __eq__(self, other):
        return True


def test_numbers_become_pythons_own_at_the_door():
    """Weights, fixed matrices and tensors: Fractions of NumPy integers are rebuilt."""
    for matrix in (
        rules.exact_matrix([[hidden(), 1]], "w"),
        exact_matrix([[hidden(), LARGE]], "an edge"),
        (ExactTensor((2,), (hidden(), LARGE)).entries,),
    ):
        for number in matrix[0]:
            if inside(number) != {int}:
                pytest.fail(f"{number!r} holds {inside(number)}")


def test_names_and_kinds_become_pythons_own_at_the_door():
    """A circuit's texts are no subclass, whoever gave them; children are a tuple."""
    nodes = [
        Node(Changing("x"), Changing("input"), 2, 0),
        Node(Changing("s"), "sum", 1, None, (0,), (Changing("w"),)),
    ]
    made = Circuit.from_nodes(nodes)
    for node in made.nodes:
        expect({type(node.name), type(node.kind)}, {str}, "types")
    expect(set(map(type, made.parameters)), {str}, "types of names")
    children = type("Other", (tuple,), {})((0,))
    with pytest.raises(CircuitError, match="tuple"):
        Circuit.from_nodes([nodes[0], replace(nodes[1], children=children)])


PARTS = ca.Bipartition.of([0], 2)
MODEL = ca.cp_model(2, 2, 2)
DEEP = ca.ht_model(4, 2, [2, 2])
LOW, HIGH = Minor(1, 2, PRIME), IndexRecursion()


def generic(**more):
    """The rule of generic ranks, and which argument is replaced."""
    terms = {"lower": LOW, "upper": HIGH}
    asked = {"circuit": MODEL, "bipartition": PARTS}
    asked |= {name: what for name, what in more.items() if name not in terms}
    terms |= {name: what for name, what in more.items() if name in terms}
    return rules.generic_rank(Question(**asked), **terms)


def for_all(symbols=None, bound=None, networks=None):
    """The bound of CP models for all sizes."""
    n, dim, z = formula.symbols("N M Z")
    networks = networks or levels.CPNetworks(n, dim, z)
    claim = levels.RankAtMost("unions", levels.ONE, z if bound is None else bound)
    return rules.for_all(symbols or {"N": 2, "M": 1, "Z": 1}, networks, claim, LastLevel())


def test_what_the_cases_start_from_is_proved():
    """The same calls with nothing replaced."""
    expect(generic().statement.lower, 2, "generic")
    expect(for_all().statement.summary, "rank <= Z", "for all")


REFUSED = {
    "output True": lambda: generic(output=True),
    "output of an enumeration": lambda: generic(output=One.ONE),
    "output of NumPy": lambda: generic(output=np.int64(0)),
    "output that lies": lambda: generic(output=Lying(7)),
    "output 0.0": lambda: generic(output=0.0),
    "space of a subclass": lambda: generic(space=Changing("simplex")),
    "space of NumPy": lambda: generic(space=np.str_("real")),
    "circuit of a subclass": lambda: generic(
        circuit=type("C", (Circuit,), {}).from_nodes(MODEL.nodes)
    ),
    "circuit that only looks so": lambda: generic(
        circuit=types.SimpleNamespace(nodes=MODEL.nodes, dims=MODEL.dims, num_outputs=1)
    ),
    "bipartition of a subclass": lambda: generic(
        bipartition=type("B", (ca.Bipartition,), {"__slots__": ()})(b"\0\1")
    ),
    "sides of a subclass": lambda: ca.Bipartition(type("S", (bytes,), {})(b"\0\1")),
    "seed True": lambda: generic(lower=replace(LOW, seed=True)),
    "seed 1.0": lambda: generic(lower=replace(LOW, seed=1.0)),
    "size that lies": lambda: generic(lower=replace(LOW, size=Lying(2))),
    "prime of NumPy": lambda: generic(lower=replace(LOW, prime=np.int32(PRIME))),
    "question that only looks so": lambda: rules.generic_rank(
        types.SimpleNamespace(circuit=MODEL, bipartition=PARTS, output=0, space="real"), LOW, HIGH
    ),
    "question of a subclass": lambda: rules.generic_rank(
        type("Q", (Question,), {"blocks": {}})(MODEL, PARTS), LOW, HIGH
    ),
    "minor of a subclass": lambda: generic(lower=type("M", (Minor,), {})(1, 2, PRIME)),
    "upper term of a subclass": lambda: generic(upper=type("U", (IndexRecursion,), {})()),
    "block term of a subclass": lambda: generic(upper=Factor((type("T", (TiedCut,), {})(),))),
    "blocks in a subclass": lambda: generic(upper=Factor(Listed([TiedCut()]))),
    "dimensions in a generator": lambda: generic(lower=Split((d for d in (1, 2)), (LOW,))),
    "dimension True": lambda: generic(lower=Split((True, 2, 2, 2), (LOW,))),
    "path of two": lambda: generic(lower=Split(None, (Routing(((2, 3),)),))),
    "levels 1.5": lambda: rules.separation(generic(), TruncatedFamily(1.5)),
    "levels True": lambda: rules.separation(generic(), TruncatedFamily(True)),
    "levels that lie": lambda: rules.separation(generic(), TruncatedFamily(Lying(2))),
    "window of NumPy": lambda: rules.separation(generic(), TruncatedFamily(1, np.int64(2))),
    "family of a subclass": lambda: rules.separation(generic(), Boastful()),
    "family that only looks so": lambda: rules.separation(
        generic(), types.SimpleNamespace(check=lambda *_: None, parameter="width")
    ),
    "premise that only looks so": lambda: rules.separation(
        types.SimpleNamespace(statement=generic().statement), CPFamily()
    ),
    "symbol's name of a subclass": lambda: for_all({Changing("N"): 2, "M": 1, "Z": 1}),
    "least value True": lambda: for_all({"N": 2, "M": True, "Z": 1}),
    "symbols of a subclass": lambda: for_all(type("D", (dict,), {})({"N": 2, "M": 1, "Z": 1})),
    "formula of a subclass": lambda: for_all(bound=type("F", (Formula,), {})("sym", ("Z",))),
    "formula with a list inside": lambda: for_all(
        bound=Formula("+", (Listed(), Formula("int", (0,))))
    ),
    "formula with True inside": lambda: for_all(bound=Formula("int", (True,))),
    "formula of a text": lambda: for_all(bound="Z"),
    "sharing of a subclass": lambda: for_all(
        networks=levels.CPNetworks(*formula.symbols("N M Z"), sharing=Changing("perhaps"))
    ),
    "weights by an expression of a subclass": lambda: rules.same_function(
        MODEL,
        MODEL,
        {name: type("E", (Expression,), {})("parameter", (name,)) for name in MODEL.parameters},
        NormalForm(),
    ),
    "an expression's matrix with True": lambda: rules.same_function(
        MODEL,
        MODEL,
        {name: Expression("matrix", ((True, 0), (0, 1))) for name in MODEL.parameters},
        NormalForm(),
    ),
    "permutation with True": lambda: rules.symmetric(
        MODEL, [(True, 0)], ca.prove_symmetric(ca.cp_model(2, 2, 2, shared=True)).proof[0]
    ),
    "dimension of a function True": lambda: rules.linearly_independent(
        True, (1,), ca.prove_linearly_independent(Gaussians([[0]], [[1]])).proof[0]
    ),
    "a term's name of a subclass": lambda: rules.linearly_independent(
        1,
        ((Changing("pi"),),),
        ca.prove_linearly_independent(Gaussians([[0]], [[1]])).proof[0],
    ),
    "modes of a tensor True": lambda: rules.cp_rank(
        ExactTensor((True, 1), (1,)), ca.prove_cp_rank([[1]]).proof[0]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_another_type_is_refused(name):
    """Booleans, subclasses, look-alikes, NumPy's numbers, lists in place of tuples."""
    with pytest.raises(CircuitalgError, match=r"alone|parts|bytes|dimensions|operation") as caught:
        REFUSED[name]()
    expect(len(str(caught.value).splitlines()), 1, "one sentence")


def test_the_sentence_says_which_argument_and_what_it_may_be():
    """The rule, the way to the part, its type and the type wanted."""
    with pytest.raises(RuleError, match=r"generic_rank: lower\.seed is a bool; .* int alone"):
        generic(lower=replace(LOW, seed=True))
    with pytest.raises(RuleError, match=r"separation: family\.levels is a float"):
        rules.separation(generic(), TruncatedFamily(1.5))


def test_a_proved_bound_goes_into_a_rule_as_an_int():
    """An Integer computes as an int does and has no subclasses; the rule's own numbers are ints."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    size = ca.prove_rank(circuit, parts).statement.lower
    expect((type(size), size), (Integer, 2), "a proved bound")
    again = rules.generic_rank(Question(circuit, parts), Minor(1, size, PRIME), IndexRecursion())
    expect((type(again.proof[0].size), again.proof[0].size), (int, 2), "what the rule got")
    with pytest.raises(RuleError, match="not a subclass"):
        rules.generic_rank(Question(circuit, parts), Minor(1, Lying(2), PRIME), IndexRecursion())


def test_proofs_with_other_numbers_are_refused():
    """Witnesses of distances, points and frames, with a NumPy integer in one place."""
    circuit = ca.ht_model(2, 2, [2])
    family = Gaussians([[0], [2]], [[1], [1]])
    distance = ca.prove_not_approximable(
        circuit, circuit.random_weights(seed=1), 1, representation=family
    )
    said, proof = distance.statement, distance.proof[0]
    plain = (said.circuit, said.weights, said.bipartition, said.rank)
    for gram, altered in [
        (said.gram, replace(proof, t=np.int64(1))),
        (said.gram, replace(proof, t=hidden())),
        (said.gram, replace(proof, W=((np.int64(1), 0), (0, 1)))),
        (GaussianGram(((np.int64(0),), (2,)), ((1,), (1,))), proof),
    ]:
        with pytest.raises(RuleError, match="not_approximable: "):
            rules.not_approximable(*plain, gram, said.squared_distance, altered)
    independent = ca.prove_linearly_independent(family)
    witness = independent.proof[0]
    points = ((np.int64(0),), *witness.points[1:])
    with pytest.raises(RuleError, match=r"linearly_independent: proof\.points"):
        rules.linearly_independent(1, family.terms, replace(witness, points=points))
    minimal = ca.prove_minimal_ht([[1, 0], [0, 1]])
    frames = minimal.proof[0]
    first = ((np.int64(1),), *frames.matrices[0][1:])
    with pytest.raises(RuleError, match=r"minimal_ht: proof\.matrices"):
        rules.minimal_ht(
            minimal.statement.tensor,
            minimal.statement.tree,
            replace(frames, matrices=(first, *frames.matrices[1:])),
        )


def test_floats_stay_refused():
    """A float weight is no theorem's weight."""
    with pytest.raises(WeightError, match="not exact"):
        rules.exact_matrix([[0.5]], "w")


def test_what_is_changed_later_was_copied():
    """A dictionary, a proxy of one, and arrays that a rule was given are not the theorem's."""
    symbols = {"N": 2, "M": 1, "Z": 1}
    proved = for_all(types.MappingProxyType(symbols))
    symbols["N"] = 0
    expect(dict(proved.statement.symbols), {"N": 2, "M": 1, "Z": 1}, "symbols")
    mapped = {name: parameter(name) for name in MODEL.parameters}
    same = rules.same_function(MODEL, MODEL, mapped, NormalForm())
    before = dict(mapped)
    mapped.clear()
    expect(dict(same.statement.weights), before, "weights")
    paths = [[2, 3, 2]]
    routed = generic(lower=Split(None, [Routing(paths)]))
    paths[0][2] = 3
    expect(routed.proof[0].blocks[0].paths, ((2, 3, 2),), "paths")
    unit = np.array([[1, 0], [0, 1]])
    given = {
        name: unit if shape == (2, 2) else unit[:1] for name, shape in MODEL.parameters.items()
    }
    at = ca.prove_rank_at(MODEL, given, PARTS)
    unit[:] = 0
    expect(at.statement.weights["a0.0"], ((1, 0), (0, 1)), "weights of a rank")


def frozen_parts(value, way):
    """Refuse whatever can be changed by ordinary means, or could lie about itself."""
    plain = (int, Integer, bool, str, bytes, type(None), Fraction, Circuit)
    if type(value) in plain:
        return
    if type(value) is tuple:
        for part in value:
            frozen_parts(part, way)
    elif type(value) is types.MappingProxyType:
        for name, part in value.items():
            frozen_parts(name, way)
            frozen_parts(part, f"{way}[{name!r}]")
        with pytest.raises(TypeError):
            value["new"] = 1
    elif type(value) is Theorem:
        frozen_parts(value.statement, way)
        frozen_parts(value.proof, way)
    elif is_dataclass(value):
        for field in fields(value):
            frozen_parts(getattr(value, field.name), f"{way}.{field.name}")
        with pytest.raises((AttributeError, TypeError)):
            setattr(value, fields(value)[0].name if fields(value) else "new", 1)
    else:
        pytest.fail(f"{way} is a {type(value).__name__}, which can change")


@pytest.mark.parametrize("name", [*GENUINE, *PROVED])
def test_nothing_of_a_theorem_can_be_changed(name):
    """Statements and proofs of every kind are frozen all through, mappings included."""
    proved = (GENUINE | PROVED)[name]()
    frozen_parts(proved.statement, name)
    frozen_parts(proved.proof, name)
