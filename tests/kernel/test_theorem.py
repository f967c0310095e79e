"""A Theorem is made by the kernel's rules alone, and says what they proved."""

import copy
import dataclasses
import pickle
import types
from fractions import Fraction

import numpy as np
import pytest
from brute import expect
from certificates import PROVED
from certificates import theorem as made

import circuitalg as ca
from circuitalg.errors import FileFormatError, RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.families import CPFamily, TruncatedFamily
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank, GridRank, RankAt, Separation
from circuitalg.kernel.rank.terms import (
    Bounds,
    BoundsAt,
    Factor,
    GridMinor,
    IndexRecursion,
    Minor,
    RankGap,
    Split,
    TiedCut,
)
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.rank.separation import paper_bound
from circuitalg.python_code import code

pytestmark = pytest.mark.soundness

PRIME = 2**23 - 15


@pytest.fixture(scope="module")
def theorem():
    """Rank 16 of a small deep network across odd/even."""
    return ca.prove_rank(ca.ht_model(8, 2, [2, 2, 2]), ca.Bipartition.odd_even(8))


def test_nobody_else_makes_a_theorem(theorem):
    """The constructor, with or without a guessed token, raises."""
    for arguments in (
        (theorem.statement, theorem.proof),
        (theorem.statement, theorem.proof, ()),
        (theorem.statement, theorem.proof, (), object()),
        (theorem.statement, theorem.proof, (), None),
        (theorem.statement, theorem.proof, (), True),
    ):
        with pytest.raises(RuleError, match="only the kernel"):
            Theorem(*arguments)


def test_a_theorem_is_not_pickled():
    """Pickling raises, with every protocol, and so does what pickle would call to rebuild it."""
    proved = ca.prove_rank(ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(RuleError, match="certificate"):
            pickle.dumps(proved, protocol)
    with pytest.raises((RuleError, TypeError)):
        proved.__reduce__()


def test_a_theorem_is_not_changed(theorem):
    """No attribute can be set or deleted, no field replaced."""
    for name in ("statement", "proof", "premises", "note"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(theorem, name, None)
    for name in ("statement", "proof", "premises"):
        with pytest.raises((AttributeError, TypeError)):
            delattr(theorem, name)
    with pytest.raises(TypeError):
        dataclasses.replace(theorem, statement=None)
    if hasattr(copy, "replace"):
        with pytest.raises(TypeError):
            copy.replace(theorem, statement=None)
    expect(copy.copy(theorem) is theorem, True, "copy")
    expect(copy.deepcopy(theorem) is theorem, True, "deep copy")
    expect(copy.deepcopy([theorem])[0] is theorem, True, "deep copy inside a list")


def test_a_statement_is_not_changed(theorem):
    """Statements are frozen; a changed copy is a statement, never a theorem."""
    with pytest.raises((AttributeError, TypeError)):
        theorem.statement.lower = 10**6
    larger = dataclasses.replace(theorem.statement, lower=10**6)
    expect(isinstance(larger, Theorem), False, "the copy is a theorem")
    expect(theorem.statement.lower, 16, "the theorem's own number")


def test_theorems_have_no_subclass():
    """A subclass could skip the check of who makes it."""
    with pytest.raises((RuleError, TypeError)):
        type("Fake", (Theorem,), {"__init__": lambda self: None})


def test_a_circuit_does_not_change_under_a_theorem(theorem):
    """The network of a proved statement, and its graph's view, cannot be edited."""
    circuit = theorem.statement.circuit
    with pytest.raises(AttributeError):
        circuit.nodes = ()
    with pytest.raises(TypeError):
        circuit.parameters["out"] = (9, 9)
    before = circuit.fingerprint
    graph = circuit.graph
    try:
        graph.nodes["out"]["width"] = 7
        graph.remove_node("x0")
    except Exception as error:  # noqa: BLE001  (a frozen view raises what it likes)
        expect(isinstance(error, Exception), True)
    expect(circuit.fingerprint, before, "fingerprint")
    again = ca.prove_rank(circuit, theorem.statement.bipartition)
    expect(again.statement.lower, 16, "rank afterwards")


# Rules take theorems, not look-alikes


def test_a_separation_needs_a_real_premise(theorem):
    """An object that only looks like a theorem proves nothing."""
    circuit, parts = theorem.statement.circuit, theorem.statement.bipartition
    false = GenericRank(circuit, parts, 10**9, 10**9)
    fake = types.SimpleNamespace(statement=false, proof=theorem.proof, premises=())
    for premises in ((fake,), (false,), (None,), (object(),), theorem, ((theorem,),)):
        with pytest.raises(RuleError, match="alone"):
            rules.separation(CPFamily(), 16, RankGap(), premises)
    for premises in ((), (theorem, theorem)):
        with pytest.raises(RuleError, match="one theorem on the generic rank"):
            rules.separation(CPFamily(), 16, RankGap(), premises)


def test_a_separation_needs_a_rank_theorem(theorem):
    """A separation is no premise of a separation."""
    proved = rules.separation(CPFamily(), 16, RankGap(), (theorem,))
    expect(proved.statement.needed, 16, "needed")
    expect(proved.premises, (theorem,), "premises")
    with pytest.raises(RuleError, match="generic rank"):
        rules.separation(CPFamily(), 16, RankGap(), (proved,))


def test_terms_that_are_no_terms_prove_nothing():
    """Numbers, strings, look-alikes with a value, and terms of the other side are refused."""
    asked = Question(ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2))
    low, high = Minor(1, 2, PRIME), IndexRecursion()
    expect(rules.generic_rank(asked, Bounds(low, high)).statement.lower, 2, "good")
    block = types.SimpleNamespace(size=9, value=1)
    wrong = [Bounds(low, bad) for bad in (2, "index recursion", None, block, low)]
    wrong += [Bounds(bad, high) for bad in (2, "minor", None, block, high, TiedCut())]
    wrong += [Bounds(Split(None, (bad,)), high) for bad in (2, None, "minor", high, TiedCut())]
    wrong += [Bounds(low, Factor((bad,))) for bad in (2, None, low, high)]
    for proof in (*wrong, BoundsAt(low, high), (low, high), low, None):
        with pytest.raises(RuleError, match="alone"):
            rules.generic_rank(asked, proof)


@pytest.mark.parametrize("bad", [0.5, float("nan"), "1", None, 1 + 0j, True, np.float64(1)])
def test_weights_of_a_theorem_are_exact(bad):
    """Floats, Booleans and text are no exact weights."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    weights = {
        name: np.array([[1] * columns] * rows, dtype=object)
        for name, (rows, columns) in circuit.parameters.items()
    }
    weights["a0.0"][0, 0] = bad
    with pytest.raises(WeightError):
        ca.prove_rank_at(circuit, weights, parts)


def test_templates_of_a_theorem_are_exact():
    """Float templates are refused."""
    circuit, parts = ca.rac_model(2, 2, 2), ca.Bipartition.of([0], 2)
    term = GridMinor(1, PRIME, ((0,),), ((0,),))
    for templates in ([[0.5, 1.0], [1.0, 0.0]], [[1, 0], [True, 1]], [[1, 0], [1]], [[]], []):
        with pytest.raises((WeightError, RuleError)):
            rules.grid_rank(circuit, templates, parts, term)
    with pytest.raises(WeightError):
        ca.prove_grid_rank(circuit, parts, templates=[[0.5, 1.0], [1.0, 0.0]])


# What it says


def test_what_a_theorem_says(theorem):
    """The sentence names the side, the rank, the space and the quantifiers."""
    text = str(theorem)
    for part in ("{0, 2, 4, 6}", "16", "almost all real weights", "for all weights"):
        expect(part in text, True, f"{part!r} in {text!r}")
    expect(str(theorem.statement) in text, True, "the statement in the theorem")
    expect(repr(theorem), f"<{theorem}>", "repr")


def test_an_interval_says_both_bounds():
    """Where the sides do not meet, the sentence says at least and at most."""
    path = ca.ModeTree.from_nested([[[[[0, 1], 2], 3], 4], 5, 6])
    circuit = ca.tree_model(path, dim=[3, 2, 2, 3, 2, 3, 2], widths=[3, 2, 3, 2, 3])
    said = ca.prove_rank(circuit, [0, 3, 5]).statement
    text = str(said)
    expect("at least 15" in text and "at most 16" in text, True, text)


def test_large_numbers_are_factored():
    """4^512 is not written out, in plain text and in LaTeX."""
    circuit = ca.ht_model(1024, 4, [4] * 10, shared=True)
    proved = ca.prove_rank(circuit, ca.Bipartition.odd_even(1024))
    expect("4^512" in str(proved), True, str(proved))
    latex = proved._repr_latex_()
    expect(latex.startswith("$") and latex.endswith("$") and "4^{512}" in latex, True, latex)
    expect(latex.count("{"), latex.count("}"), "balanced braces")
    expect("(512 locations)" in str(proved), True, "the side is shortened")


def test_other_statements_say_what_they_mean():
    """Rank at weights, grid rank and separation in one sentence each."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    at = ca.prove_rank_at(circuit, circuit.random_weights(seed=1), parts)
    expect("at the given weights" in str(at), True, str(at))
    grid = ca.prove_grid_rank(ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4))
    expect("separation rank" in str(grid) and "at least" in str(grid), True, str(grid))
    deep = ca.ht_model(8, 2, [2, 2, 2])
    text = str(ca.prove_separation(deep, ca.cp_model, bipartition="paper"))
    expect("CP model" in text and "below 16" in text, True, text)
    family = TruncatedFamily(2)
    text = str(ca.prove_separation(deep, family, bipartition="paper"))
    expect("2 product levels with windows of 2" in text and "below 4" in text, True, text)
    expect(Separation(deep, family, parts, 4).parameter, family.parameter, "parameter")


def test_a_theorem_names_its_rules(theorem):
    """The tactics, the explanation, and the results of others that were used."""
    expect(theorem.tactics.count("|"), 1, f"two sides in {theorem.tactics}")
    lines = theorem.explain().splitlines()
    expect(lines[0].startswith("lower: "), True, lines[0])
    expect(any(line.startswith("upper: ") for line in lines), True, "an upper line")
    expect(theorem.sources(), (), "nothing beyond linear algebra")
    proved = rules.separation(CPFamily(), 16, RankGap(), (theorem,))
    expect("separation" in proved.tactics, True, proved.tactics)
    expect("lower: " in proved.explain(), True, proved.explain())
    expect(proved.sources(), (), "sources of the separation")


@pytest.mark.parametrize(
    "huge", [4**32768, 3**40000, 4**32768 + 1], ids=["4^32768", "3^40000", "4^32768+1"]
)
def test_statements_print_bounds_of_any_size(huge):
    """In a sentence, a repr, an f-string and LaTeX; 4^32768 as a power of the width."""
    circuit, parts = ca.ht_model(4, 4, [4, 4]), ca.Bipartition.odd_even(4)
    for said in (
        GenericRank(circuit, parts, huge, huge),
        GenericRank(circuit, parts, 1, huge),
        RankAt(circuit, {}, parts, 1, huge),
        GridRank(circuit, ((1, 0), (0, 1)), parts, huge),
        Separation(circuit, CPFamily(), parts, huge),
    ):
        texts = [str(said), said.summary, f"{said}"]
        for field in ("lower", "upper", "needed"):
            bound = getattr(said, field, 1)
            texts += [str(bound), f"{bound:.3e} {bound:,} {bound:>9}"]
            expect(bound in (1, huge), True, "the bound is the number")
        expect(all("99999" not in text and len(text) < 800 for text in texts), True, str(texts))
        if huge == 4**32768:
            expect(all("4^32768" in text for text in texts[:3]), True, str(texts))
            expect("=4**32768,\n" in repr(said), True, repr(said))


@pytest.mark.parametrize("bound", [True, 3.0, "3", None, type("Sub", (int,), {})(3)])
def test_bounds_are_plain_integers(bound):
    """A statement takes no bool, float, text or subclass of int for a bound."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    with pytest.raises(TypeError, match="made from an int"):
        GenericRank(circuit, parts, bound, 4)


def test_the_bounds_of_a_large_network_are_met_in_every_form(tmp_path):
    """(10^6)^1024, of 6,145 digits, proved, printed, saved, loaded, tabulated and separated."""
    circuit, parts = ca.ht_model(2048, 10**6, [10**6] * 11), ca.Bipartition.odd_even(2048)
    theorem = ca.prove_rank(circuit, parts)
    lower = theorem.statement.lower
    expect(
        (str(lower), f"{lower:.3e}", lower == 10**6144),
        ("1000000^1024", "1.000e+6144", True),
        "rank",
    )
    expect("upper=1000000**1024,\n" in code(theorem.statement), True, "code")
    expect("1000000^{1024}" in lower._repr_latex_(), True, "LaTeX")
    loaded = ca.load_theorem(theorem.save(tmp_path / "theorem.json"))
    expect(str(loaded.statement.upper), "1000000^1024", "loaded")
    table = ca.rank_landscape(circuit, [parts])
    expect("lower=1000000**1024" in repr(table[0]), True, repr(table[0])[-200:])
    expect("1000000^1024" in repr(table) and "1000000^1024" in str(table), True, repr(table))
    expect("1000000**1024" in repr(table.ranks()), True, repr(table.ranks()))
    expect(
        ",1000000^1024,1000000^1024," in table.save(tmp_path / "table.csv").read_text(), True, "CSV"
    )
    expect(table.to_data()["rows"][0]["upper"], [[10**6, 1024]], "JSON")
    expect(str(paper_bound(circuit, ca.cp_model)), "1000000^1024", "the paper's bound")


def test_theorems_that_differ_in_anything_differ():
    """The network, a name in it, the sides, the output, the space, a bound, or a term alone."""
    circuit, parts = ca.ht_model(4, 2, [2, 2], outputs=2), ca.Bipartition.odd_even(4)
    first = Minor(1, 2, PRIME)

    def proved(*asked, lower=first):
        return rules.generic_rank(Question(*asked), Bounds(lower, IndexRecursion()))

    b = ca.CircuitBuilder(4, 2)
    pairs = [b.product(*[b.sum(b.input(i), width=2) for i in side]) for side in ((0, 1), (2, 3))]
    renamed = b.build(b.sum(b.product(*[b.sum(pair, width=2) for pair in pairs]), width=2))
    theorems = [
        proved(circuit, parts),
        proved(ca.ht_model(4, 2, [2, 3], outputs=2), parts),
        proved(renamed, parts),
        proved(circuit, ca.Bipartition.low_high(4)),
        proved(circuit, parts, 1),
        proved(circuit, parts, 0, "nonnegative"),
        proved(circuit, parts, lower=Minor(1, 3, PRIME)),
        proved(circuit, parts, lower=Minor(2, 2, PRIME)),
    ]
    expect(len(set(theorems)), len(theorems), "different theorems")
    for place, theorem in enumerate(theorems):
        expect([theorem == other for other in theorems].index(True), place, "equal to itself alone")
    expect(theorems[0] == proved(circuit, parts), True, "proved twice")


def test_statements_about_huge_numbers_print_in_a_sentence(tmp_path):
    """Weights, templates and entries of 5,000 digits print; no file could hold them."""
    huge, parts = 10**5000, ca.Bipartition.of([0], 2)
    circuit = ca.cp_model(2, 2, 2)
    weights = {name: [[huge] * b] * a for name, (a, b) in circuit.parameters.items()}
    for theorem in (
        ca.prove_rank_at(circuit, weights, parts),
        ca.prove_cp_rank([[huge, 1], [1, Fraction(1, huge)]]),
        ca.prove_minimal_ht([[huge, 1], [1, 2]]),
        ca.prove_log_score(circuit, weights, [[huge, 1]] * 2),
    ):
        said = theorem.statement
        expect("10**5000" in repr(said), True, "repr")
        expect(len(str(said)) < 200, True, str(said))
        with pytest.raises(FileFormatError, match="exact numbers of up to"):
            theorem.save(tmp_path / "theorem.json")


@pytest.mark.parametrize("name", PROVED)
def test_every_statement_says_something_and_is_about_the_first_output(name):
    """In one word, in a sentence, with its proof; the output that is not named is number 0."""
    statement = made(name).statement
    for text in (statement.summary, str(statement), made(name).explain()):
        expect(isinstance(text, str) and len(text) > 1 and "None" not in text, True, f"{text!r}")
    for field in dataclasses.fields(statement):
        if field.name == "output" and field.default is not dataclasses.MISSING:
            expect(field.default, 0, "the default")
