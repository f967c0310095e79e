"""Rules take arguments of exactly their types, numbers and texts inside included, and keep copies.

What lies (a subclass that computes one thing and prints another), what changes later (a dictionary,
an array) and what overflows (NumPy's integers) is made Python's own at the door, or refused.
"""

import contextlib
import enum
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from brute import expect
from certificates import PROVED, theorem

import circuitalg as ca
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import exact_matrix
from circuitalg.errors import CircuitalgError, CircuitError, RuleError
from circuitalg.expressions import parameter
from circuitalg.integers import Integer
from circuitalg.kernel import rules
from circuitalg.kernel.rank.families import TruncatedFamily
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, IndexRecursion, Minor, RankGap, Routing, Split
from circuitalg.kernel.rules import RULES
from circuitalg.kernel.same.function import NormalForm
from circuitalg.kernel.theorem import Theorem
from circuitalg.logspace.simnet import SimNet
from circuitalg.tensor.exact_tensor import ExactTensor

pytestmark = pytest.mark.soundness

LARGE = np.int64(2**62)
PRIME = 2**23 - 15


def hidden(numerator, denominator=3):
    """A Fraction with another kind of integers inside."""
    found = Fraction(1, 3)
    found._numerator, found._denominator = numerator, denominator
    return found


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


class Listed(list):
    """A list that equals everything, and has the attributes of an expression."""

    op, args = "number", (5,)
    __hash__ = None

    def __eq__(self, other):
        return True


class One(enum.IntEnum):
    """1 under another name."""

    ONE = 1


def look_alike(value):
    """An object with the same attributes."""
    found = types.SimpleNamespace()
    for name in dir(value):
        if name[0] != "_":
            with contextlib.suppress(CircuitalgError):  # some circuits have no such part
                setattr(found, name, getattr(value, name))
    return found


LEAVES = {
    int: lambda n: [bool(n), float(n), Lying(n), str(n)] + [One.ONE, np.int64(1)] * (n == 1),
    Fraction: lambda x: [float(x), hidden(Lying(x.numerator), x.denominator), str(x)],
    str: lambda name: [Changing(name), np.str_(name), name.encode()],
    type(None): lambda _: [],
}
LEAVES[Integer] = LEAVES[int]
WHOLE = Circuit, SimNet, Theorem, Question, ca.Bipartition, ca.ModeTree
"""What its own constructor has made; it has no fields to exchange."""


def impostors(value):
    """What only looks like a value, at one place each; of equal types in a tuple, in the first."""
    if type(value) in LEAVES:
        yield from LEAVES[type(value)](value)
    elif type(value) is tuple:
        yield Listed(value)
        first = {type(part): place for place, part in reversed(list(enumerate(value)))}
        for place in first.values():
            for other in impostors(value[place]):
                yield (*value[:place], other, *value[place + 1 :])
    elif isinstance(value, Mapping):
        yield from (type("Heir", (dict,), {})(value), tuple(value.items()))
        for name in list(value)[:1]:
            rest = {other: part for other, part in value.items() if other != name}
            yield {**rest, Changing(name): value[name]}
            yield from ({**rest, name: other} for other in impostors(value[name]))
    else:
        yield look_alike(value)
        yield from () if isinstance(value, WHOLE) else altered_fields(value)


def altered_fields(value):
    """A dataclass of a class of its own, and with an impostor in each field."""
    made = {field.name: getattr(value, field.name) for field in fields(value)}
    yield filled(type("Heir", (type(value),), {"__slots__": ()}), made)
    for name, part in made.items():
        for other in impostors(part):
            yield filled(type(value), {**made, name: other})


def filled(kind, parts):
    """An object that no constructor has seen."""
    made = object.__new__(kind)
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


def arguments(proved):
    """The arguments of the rule that made a theorem."""
    rule, said = RULES[type(proved.statement).__name__], proved.statement
    given = {"proof": proved.proof, "premises": proved.premises}
    return rule, {
        name: given[name] if name in given else getattr(said, name)
        for name in rule.hints
        if name != "return"
    }


def frozen_parts(value, way):
    """Refuse whatever can be changed by ordinary means, or could lie about itself."""
    plain = (int, Integer, bool, str, bytes, type(None), Fraction, Circuit)
    if type(value) is Fraction:
        expect({type(value.numerator), type(value.denominator)}, {int}, f"types in {way}")
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
        frozen_parts((value.statement, value.proof, value.premises), way)
    elif is_dataclass(value):
        for field in fields(value):
            frozen_parts(getattr(value, field.name), f"{way}.{field.name}")
        with pytest.raises((AttributeError, TypeError)):
            setattr(value, fields(value)[0].name if fields(value) else "new", 1)
    else:
        pytest.fail(f"{way} is a {type(value).__name__}, which can change")


@pytest.mark.parametrize("name", PROVED)
def test_impostors_are_refused_or_made_pythons_own(name):
    """At every place of every argument of every rule; and nothing of a theorem can be changed."""
    frozen_parts(theorem(name), name)
    rule, given = arguments(theorem(name))
    expect(rule(**given), theorem(name), "the same call with nothing replaced")
    tried = 0
    strangers = [theorem(name).proof for name in ("star", "split", "far", "minimal")]
    strangers = [proof for proof in strangers if type(proof) is not type(theorem(name).proof)]
    for argument, value in given.items():
        for other in [*impostors(value), *(strangers if argument == "proof" else ())]:
            tried += 1
            try:
                made = rule(**{**given, argument: other})
            except CircuitalgError as error:
                expect(len(str(error).splitlines()), 1, "one sentence")
            else:
                expect(made, theorem(name), f"made from {argument} = {other!r}")
                frozen_parts(made, name)
    expect(tried > len(given), True, "impostors")


MODEL, PARTS = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
LOW, HIGH = Minor(1, 2, PRIME), IndexRecursion()
ASKED = {"circuit": MODEL, "bipartition": PARTS}


def generic(low=LOW, **asked):
    """The rank of a small model."""
    return rules.generic_rank(Question(**ASKED, **asked), Bounds(low, HIGH))


QUESTIONS = {
    "output True": {"output": True},
    "output of an enumeration": {"output": One.ONE},
    "output of NumPy": {"output": np.int64(0)},
    "output that lies": {"output": Lying(7)},
    "output 0.0": {"output": 0.0},
    "space of a subclass": {"space": Changing("simplex")},
    "space of NumPy": {"space": np.str_("real")},
    "circuit of a subclass": {"circuit": type("C", (Circuit,), {}).from_nodes(MODEL.nodes)},
    "circuit that only looks so": {"circuit": look_alike(MODEL)},
    "bipartition of a subclass": {
        "bipartition": type("B", (ca.Bipartition,), {"__slots__": ()})(b"\0\1")
    },
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_take_exact_types(name):
    """They are arguments too."""
    with pytest.raises(CircuitalgError, match="alone"):
        Question(**ASKED | QUESTIONS[name])


def test_questions_and_sides_have_no_heirs():
    """A question of a subclass could answer otherwise; sides are bytes."""
    heir_of_question = type("Q", (Question,), {"blocks": {}})(MODEL, PARTS)
    with pytest.raises(RuleError, match="Question alone"):
        rules.generic_rank(heir_of_question, Bounds(LOW, HIGH))
    with pytest.raises(CircuitalgError, match="bytes"):
        ca.Bipartition(type("S", (bytes,), {})(b"\0\1"))


def test_the_sentence_says_which_argument_and_what_it_may_be():
    """The rule, the way to the part, its type and the type wanted."""
    with pytest.raises(RuleError, match=r"generic_rank: proof\.lower\.seed is a bool; .* int"):
        generic(replace(LOW, seed=True))
    with pytest.raises(RuleError, match=r"separation: family\.levels is a float"):
        rules.separation(TruncatedFamily(1.5), 2, RankGap(), (generic(),))
    with pytest.raises(RuleError, match=r"premises.* is a GenericRank; .* Theorem alone"):
        rules.separation(ca.cp_family(), 2, RankGap(), (generic().statement,))


def test_a_proved_bound_goes_into_a_rule_as_an_int():
    """An Integer computes as an int does and has no subclasses; the rule's own numbers are ints."""
    size = generic().statement.lower
    expect((type(size), size), (Integer, 2), "a proved bound")
    again = generic(Minor(1, size, PRIME))
    expect((type(again.proof.lower.size), again.proof.lower.size), (int, 2), "what the rule got")


def test_numbers_become_pythons_own_at_the_door():
    """Weights, fixed matrices and tensors: Fractions of NumPy integers are rebuilt."""
    for matrix in (
        exact_matrix([[hidden(LARGE), LARGE]], "an edge"),
        (ExactTensor((2,), (hidden(LARGE), LARGE)).entries,),
    ):
        for number in matrix[0]:
            expect({type(number.numerator), type(number.denominator)}, {int}, f"{number!r}")
    with pytest.raises(CircuitError, match="not exact"):
        exact_matrix([[0.5]], "w")


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


def test_what_is_changed_later_was_copied():
    """A dictionary, a list and an array that a rule was given are not the theorem's."""
    mapped = {name: parameter(name) for name in MODEL.parameters}
    same = rules.same_function(MODEL, MODEL, mapped, NormalForm())
    before = dict(mapped)
    mapped.clear()
    expect(dict(same.statement.weights), before, "weights")
    paths = [[2, 3, 2]]
    routed = generic(Split(None, [Routing(paths)]))
    paths[0][2] = 3
    expect(routed.proof.lower.blocks[0].paths, ((2, 3, 2),), "paths")
    unit = np.array([[1, 0], [0, 1]])
    given = {
        name: unit if shape == (2, 2) else unit[:1] for name, shape in MODEL.parameters.items()
    }
    proved = ca.prove_rank_at(MODEL, given, PARTS)
    unit[:] = 0
    expect(proved.statement.weights["a0.0"], ((1, 0), (0, 1)), "weights of a rank")
    with pytest.raises(TypeError):
        proved.statement.weights["out"] = ()


@pytest.mark.parametrize(("times", "accepted"), [(40, True), (60, False)])
def test_proof_terms_are_not_nested_too_deeply(times, accepted):
    """A split in a split in a split, each about the whole block: 40 levels, not 60."""
    question = theorem("minor").statement
    about = Question(question.circuit, question.bipartition)
    lower = Minor(1, 9, PRIME)
    for _ in range(times):
        lower = Split(None, (lower,))
    term = Bounds(lower, IndexRecursion())
    if accepted:
        expect(rules.generic_rank(about, term).statement.lower, 9, "the bound")
        return
    with pytest.raises(RuleError, match="nested more than 90 times; write it flatter"):
        rules.generic_rank(about, term)
