"""What a program in the same process can do to theorems, and what becomes of it.

Accidents (an interruption, threads, an array that is edited later) leave theorems true. Whoever
means to can make an object that says something false, since Python hides nothing; but no reader
believes its certificate. docs/trust.md, "What a Theorem object is worth", lists the ways.
"""

import contextlib
import gc
import json
import sys
import threading
import types
from fractions import Fraction
from typing import Generic, TypeVar

import networkx as nx
import numpy as np
import pytest
from brute import expect

import circuitalg as ca
from circuitalg import deadline
from circuitalg.checker import Refusal, verify
from circuitalg.circuit import Circuit, Node
from circuitalg.circuit.node import Verdict
from circuitalg.errors import CertificateError, CircuitalgError, OutOfTimeError, RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.given.represents import Expand
from circuitalg.kernel.logspace.multilinear import Scopes
from circuitalg.kernel.rank import minors
from circuitalg.kernel.rank.families import CPFamily
from circuitalg.kernel.rank.network import once
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.rank.terms import (
    Bounds,
    Factor,
    IndexRecursion,
    Minor,
    RankGap,
    TiedCut,
    Trivial,
)
from circuitalg.kernel.rule import rule
from circuitalg.kernel.theorem import _TOKEN, Theorem
from circuitalg.tensor.exact_tensor import ExactTensor

pytestmark = pytest.mark.soundness

FUNCTIONS = (
    ca.representation.Gaussians([[0], [1], [3]], [[1], [1], [2]]),
    ca.representation.Neurons([[1], [2], [-1]], [0, 1, 3]),
)
PARTS = ca.Bipartition.of([0], 2)
PROOF = Bounds(Minor(1, 2, 8_388_593), IndexRecursion())


def model():
    """A network of rank 2, made anew: these tests break what they touch."""
    return ca.cp_model(2, 2, 2)


def proved(circuit=None, proof=PROOF):
    """The true theorem: rank 2."""
    return rules.generic_rank(Question(circuit or model(), PARTS), proof)


def narrow():
    """A network whose rank is 1, since a fixed matrix has rank 1; its widths allow 2."""
    b = ca.CircuitBuilder(2, 2)
    first = b.sum(b.input(0), matrix=[[1, 1], [1, 1]])
    return b.build(b.sum(b.product(first, b.sum(b.input(1), width=2)), width=1))


def false():
    """A statement that is not true: rank 9 of a 2 x 2 matrix."""
    return GenericRank(model(), PARTS, 9, 9)


# Ways to make an object that says something false


def by_the_token(_):
    """The constructor, with the kernel's own token."""
    return Theorem(false(), PROOF, (), _TOKEN)


def by_making_one_again(_):
    """The constructor on a theorem that is there already."""
    theorem = proved()
    theorem.__init__(false(), PROOF, (), _TOKEN)
    return theorem


def by_object(_):
    """An object that no constructor has seen."""
    forged = object.__new__(Theorem)
    for name, value in (("statement", false()), ("proof", PROOF), ("premises", ())):
        object.__setattr__(forged, name, value)
    return forged


def by_descriptors(_):
    """The slots of a theorem, written to past its class."""
    theorem = proved()
    Theorem.statement.__set__(theorem, false())
    return theorem


def by_another_class(_):
    """An object of another class with the same slots, which then calls itself a theorem."""

    class Fake(Generic[TypeVar("T")]):
        __slots__ = ("__weakref__", "premises", "proof", "statement")

    forged = Fake()
    forged.statement, forged.proof, forged.premises = false(), PROOF, ()
    try:
        forged.__class__ = Theorem
    except TypeError:
        pytest.skip("this Python refuses it")
    return forged


def by_a_field(_):
    """A field of a frozen statement."""
    theorem = proved()
    for name in ("lower", "upper"):
        object.__setattr__(theorem.statement, name, type(theorem.statement.upper)(9))
    return theorem


def by_the_nodes_of_a_circuit(_):
    """The network of a finished theorem is exchanged: one of rank 1 in place of one of rank 2."""
    theorem = proved()
    vars(theorem.statement.circuit)["_nodes"] = ca.cp_model(2, 2, 1).nodes
    return theorem


def by_a_table_that_nobody_checked(_):
    """The constructor of this package's own use, which trusts its argument: a product of 2 and 3.

    The widths of its children differ, so that it has no value.
    """
    nodes = [
        Node("x0", "input", 2, 0),
        Node("x1", "input", 3, 1),
        Node("p", "product", 3, None, (0, 1)),
        Node("out", "sum", 1, None, (2,), ("w",)),
    ]
    table = types.SimpleNamespace(nodes=nodes, dims={0: 2, 1: 3}, shapes={"w": (1, 3)})
    return rules.multilinear(Circuit.from_table(table), Scopes())


def by_an_answer_of_a_circuit(_):
    """What a circuit keeps of its own structure: location 0 twice, and yet multilinear."""
    twice = nx.DiGraph()
    for name in ("x", "y"):
        twice.add_node(name, kind="input", width=2, location=0)
    twice.add_node("p", kind="product", width=2)
    twice.add_edges_from([("x", "p"), ("y", "p")])
    circuit = Circuit(twice)
    vars(circuit)["is_multilinear"] = Verdict(True, "")
    vars(circuit)["_scope_verdicts"] = (Verdict(True, ""), Verdict(True, ""))
    return rules.multilinear(circuit, Scopes())


def by_what_a_question_remembers(_):
    """The network that a question has derived, exchanged for one of rank 1 before the rule asks."""
    asked, other = Question(model(), PARTS), Question(ca.cp_model(2, 2, 1), PARTS)
    vars(asked)["named"] = other.named
    return rules.generic_rank(asked, Bounds(Trivial(), Factor((TiedCut(),) * 3)))


def by_what_a_function_remembers(_):
    """The rank that `once` keeps with a question: 2 before anything is computed."""
    asked = Question(narrow(), PARTS)
    vars(asked)["_known"] = {(minors.circuit_rank.__wrapped__, (1, 2, 8_388_593)): 2}
    return rules.generic_rank(asked, PROOF)


def by_another_function(monkeypatch):
    """A function that the rule calls."""
    monkeypatch.setattr(minors, "rank", lambda *_: 2)
    return proved(narrow())


def by_another_rule(monkeypatch):
    """The function inside a rule."""
    monkeypatch.setattr(rules.generic_rank, "_derive", lambda *_, **__: false())
    monkeypatch.setattr("circuitalg.kernel.rule.taken", lambda *_: _bound())
    return rules.generic_rank(None, None)


def _bound():
    return types.SimpleNamespace(args=(), kwargs={}, arguments={"proof": PROOF})


def by_a_rule_of_ones_own(_):
    """A function that says that it stands in the kernel."""

    def mine(proof: RankGap) -> "GenericRank":
        del proof
        return false()

    mine.__module__ = "circuitalg.kernel.mine"
    mine.__annotations__ = {"proof": RankGap, "return": "GenericRank"}
    return rule(mine)(RankGap())


def by_a_false_premise(_):
    """The kernel's own rule, with a premise that was forged."""
    return rules.separation(CPFamily(), 9, RankGap(), (by_the_token(None),))


class Taker:
    """Is handed the dictionary behind a view by the view's own operators."""

    def __eq__(self, other):
        self.taken = other
        return True

    def __ror__(self, other):
        self.taken = other
        return {}

    __hash__ = None


def represented():
    """A tensor that a network has at given weights, one of them a fraction."""
    circuit = model()
    weights = {name: ((1,) * b,) * a for name, (a, b) in circuit.parameters.items()}
    weights["out"] = ((Fraction(1, 2), 1),)
    entries = ExactTensor((2, 2), (Fraction(3, 2),) * 4)
    return rules.represents(circuit, entries, weights, Expand())


def by_an_operator(_):
    """`==` of a view hands its dictionary to the other operand."""
    theorem, taker = represented(), Taker()
    expect(theorem.statement.weights == taker, True, "the operand's answer")
    taker.taken["out"] = ((5, 5),)
    return theorem


def by_the_collector(_):
    """The garbage collector names what a view refers to."""
    theorem = represented()
    (behind,) = gc.get_referents(theorem.statement.weights)
    behind["out"] = ((5, 5),)
    return theorem


def by_a_fraction(_):
    """The parts of Python's fractions can be written to."""
    theorem = represented()
    theorem.statement.weights["out"][0][0]._numerator = 7
    return theorem


FORGERIES = {
    name.removeprefix("by_"): forge
    for name, forge in list(globals().items())
    if name.startswith("by_")
}


@pytest.mark.parametrize("way", FORGERIES)
def test_a_forged_theorem_is_not_believed(way, monkeypatch, tmp_path):
    """Its own certificate convicts it, before the checker and before the kernel's rules."""
    with monkeypatch.context() as patch:
        forged = FORGERIES[way](patch)
        expect(type(forged), Theorem, "what it calls itself")
        file = forged.save(tmp_path / "forged.json")
    said = json.loads(file.read_text(encoding="utf-8"))
    with pytest.raises(Refusal):
        verify(said)
    with pytest.raises(CircuitalgError):
        ca.load_theorem(file)


def test_a_forged_theorem_does_not_check():
    """Neither a false statement, nor a true certificate of a theorem that says something else."""
    with pytest.raises(CertificateError, match="the rules give 2"):
        by_the_token(None).check()
    theorem = proved()
    vars(theorem.statement.circuit)["fingerprint"] = ca.cp_model(2, 2, 3).fingerprint
    with pytest.raises(CertificateError, match="other than this theorem's"):
        theorem.check()


# Accidents


def questions():
    """Small questions of several kinds, made anew."""
    tied = ca.ht_model(8, 2, [3, 3, 3], shared=True)
    free = ca.tree_model(ca.ModeTree.random(6, seed=3), 2, 3)
    train = ca.tt_model(5, 2, 2)
    return [(each, ca.Bipartition.odd_even(each.num_locations)) for each in (tied, free, train)]


@pytest.fixture(scope="module")
def undisturbed():
    """The theorems of these questions, made in peace; all that is imported late is imported."""
    found = [ca.prove_rank(*asked) for asked in questions()]
    for theorem in found:
        verify(theorem.certificate())
    return found


def test_a_time_limit_in_the_middle_leaves_nothing_half_done(undisturbed, monkeypatch):
    """Whenever it comes, the same circuit then has the same theorem as one that nobody touched."""
    looked, limit = 0, 0

    def look():
        nonlocal looked
        looked += 1
        if looked == limit:
            raise OutOfTimeError("now")

    monkeypatch.setattr(deadline, "look", look)
    for place, wanted in enumerate(undisturbed):
        asked, limit = questions()[place], 0
        while looked >= limit:
            looked, limit = 0, limit + 1
            with contextlib.suppress(CircuitalgError):
                ca.prove_rank(*asked)
        expect(limit > 2, True, f"interrupted {limit - 1} times")
        limit = -1
        expect(ca.prove_rank(*asked) == wanted, True, "after many interruptions")


def test_ctrl_c_in_the_middle_leaves_nothing_half_done(undisturbed):
    """At any call of a function, so in the middle of what a question remembers."""

    def interrupted_at(moment, asked):
        calls = 0

        def profile(_frame, event, _argument):
            nonlocal calls
            calls += event == "call"
            if calls == moment:
                sys.setprofile(None)
                raise KeyboardInterrupt

        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            ca.prove_rank(*asked)
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(before)
        return False

    for place, wanted in enumerate(undisturbed):
        asked, moment = questions()[place], 1
        while interrupted_at(moment, asked):
            moment += 1 + moment // 20
        expect(moment > 500, True, "the proof takes many calls")
        expect(ca.prove_rank(*asked) == wanted, True, f"after interruptions up to call {moment}")


def test_proofs_in_several_threads_do_not_meet(undisturbed):
    """Four threads at once, on the same circuits and on their own: the theorems of one thread."""
    shared, found, failed = questions(), [], []

    def work(own):
        try:
            for asked, wanted in zip(own, undisturbed, strict=True):
                found.append(ca.prove_rank(*asked) == wanted)
                functions = [ca.prove_linearly_independent(each) for each in FUNCTIONS]
                found.append([each.statement.dimension for each in functions] == [1, 1])
        except Exception as error:  # noqa: BLE001  (a thread's would be lost)
            failed.append(error)

    threads = [
        threading.Thread(target=work, args=(own,))
        for own in (shared, shared, questions(), questions())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect((failed, set(found), len(found)), ([], {True}, 24), "in all threads")


def test_what_is_remembered_is_remembered_of_equal_arguments_alone():
    """-1 and -2 have one hash; True, 1 and 1.0 are equal, and only one of them is an integer."""
    calls = []

    @once
    def told(about, *arguments):
        calls.append(arguments)
        if arguments == (0,):
            raise RuleError("no")
        return arguments

    first, second = Question(model(), PARTS), Question(model(), PARTS)
    pairs = [((-1,), (-2,)), ((1, (2, 3)), (1, (3, 2))), ((), ((),)), ((0, 1), ((0, 1),))]
    for pair in pairs:
        expect(hash(pair[0]) == hash(pair[1]) or pair[0] != pair[1], True)
        for arguments in pair * 2:
            expect(told(first, *arguments), arguments, "what is remembered")
    expect(len(calls), 2 * len(pairs), "each once")
    told(second, -1)
    expect(len(calls), 2 * len(pairs) + 1, "an equal question remembers for itself")
    for bad in (True, 1.0, np.int64(1), (1, True), [1], type("Heir", (int,), {})(1)):
        with pytest.raises(RuleError, match="Python's integers"):
            told(first, bad)
    with pytest.raises(RuleError, match="by position"):
        told(first, argument=1)
    for _ in range(2):
        with pytest.raises(RuleError, match="no"):
            told(first, 0)
    expect(calls.count((0,)), 2, "a failure is not remembered")


def test_equal_circuits_in_another_order_keep_their_own_answers():
    """Their fingerprints are equal, their nodes are numbered differently; each has its proof."""
    circuit = ca.ht_model(4, 2, [2, 3], shared=[True, False])
    graph = nx.DiGraph()
    graph.add_nodes_from(reversed(list(circuit.graph.nodes(data=True))))
    graph.add_edges_from(circuit.graph.edges(data=True))
    other = Circuit(graph)
    expect((other == circuit, other.nodes == circuit.nodes), (True, False), "equal")
    for parts in ("odd-even", "low-high"):
        theorems = [ca.prove_rank(each, parts) for each in (circuit, other, circuit)]
        expect(len({theorem.statement_sha256 for theorem in theorems}), 1, "one statement")
        for theorem in theorems:
            verify(theorem.certificate())


def test_what_a_circuit_was_made_of_can_be_edited_afterwards():
    """A graph, its attributes and matrices; the circuit, and what is proved of it, stay."""
    graph = nx.DiGraph()
    matrix = np.array([[1, 0], [0, 1]])
    for i in (0, 1):
        graph.add_node(f"x{i}", kind="input", width=2, location=i)
        graph.add_node(f"s{i}", kind="sum", width=2)
        graph.add_edge(f"x{i}", f"s{i}", matrix=matrix)
        graph.add_edge(f"s{i}", "p")
    graph.add_node("p", kind="product", width=2)
    graph.add_node("out", kind="sum", width=1)
    graph.add_edge("p", "out", parameter="w")
    circuit = Circuit(graph)
    theorem, digest = ca.prove_rank(circuit, PARTS), circuit.fingerprint
    matrix[:] = 0
    graph.nodes["p"]["width"] = 1
    graph.edges["p", "out"]["parameter"] = "other"
    graph.remove_node("x0")
    for view in (circuit.graph.nodes["out"], circuit.graph.edges["p", "out"]):
        view.update(kind="input", width=7, parameter="v")
    expect(circuit.nodes[circuit.nodes.index(next(iter(circuit.nodes)))].width, 2, "a width")
    expect((Circuit.from_nodes(circuit.nodes).fingerprint, digest), (digest,) * 2, "fingerprint")
    expect(ca.prove_rank(circuit, PARTS) == theorem, True, "the theorem")
    verify(theorem.certificate())


class Unsteady:
    """A number, or a matrix, that is another one at the second look."""

    def __init__(self, first, then):
        self._values = [first, then]

    def _look(self):
        return self._values.pop(0) if len(self._values) > 1 else self._values[0]

    __index__ = tolist = _look

    def __len__(self):
        return len(self._values[0])

    def __iter__(self):
        return iter(self._look())


class UnsteadyAttributes(dict):
    """Attributes of a node, which grow by themselves after they were read."""

    def __getitem__(self, name):
        value = super().__getitem__(name)
        if name == "width":
            self[name] = value + 1
        return value


def test_what_is_different_at_the_second_look_is_looked_at_once():
    """Numbers, matrices and attributes: what was checked is what the circuit has."""
    b = ca.CircuitBuilder(2, 2)
    sums = [b.sum(b.input(i), width=Unsteady(2, 3)) for i in (0, 1)]
    b.sum(b.product(*sums), width=1, matrix=Unsteady([[1, 2]], [[3, 4, 5]]), name="out")
    circuit = b.build("out")
    expect([node.width for node in circuit.nodes if node.kind == "sum"], [2, 2, 1], "widths")
    expect(circuit.nodes[-1].matrices, (((1, 2),),), "matrix")
    expect(ca.Bipartition.of([Unsteady(0, 1)], 2), PARTS, "sides")

    class Graph(nx.DiGraph):
        node_attr_dict_factory = UnsteadyAttributes

    graph = Graph(circuit.graph)
    expect(Circuit(graph).fingerprint, circuit.fingerprint, "as it was read first")
    with pytest.raises(CircuitalgError):
        Circuit(graph)  # wider now


@pytest.mark.parametrize("zero", [-0.0, np.float64(-0.0), Fraction(-0.0), 0, 10**4000 - 10**4000])
def test_zeros_of_all_kinds_are_one_zero(zero):
    """Exact weights have no signed zero: the same statement, digest included."""
    weights = {name: np.full(shape, 1.0) for name, shape in model().parameters.items()}
    weights["out"] = [[zero, 1]]
    said = ca.prove_rank_at(model(), ca.exact(weights), PARTS)
    weights["out"] = [[0, 1]]
    plain = ca.prove_rank_at(model(), ca.exact(weights), PARTS)
    expect(said.statement_sha256, plain.statement_sha256, "digest")
    verify(said.certificate())
