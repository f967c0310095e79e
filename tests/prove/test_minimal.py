"""Minimal hierarchical decompositions as theorems, and the altered ones that nobody accepts."""

import random
from fractions import Fraction

import pytest
from alterations import both_accept, both_refuse, put

import circuitalg as ca
from circuitalg.errors import FileFormatError, RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.minimal import Frames, tree_from_data
from circuitalg.tensor.formats import ExactTensor


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


@pytest.mark.parametrize(
    "tree", [None, [[0, 1], [2, 3]], [[[0, 1], 2], 3], [[0, 2], [3, 1]], [2, [0, 1], 3]]
)
def test_the_decomposition_is_a_theorem_and_checked(tree, tmp_path):
    """Over any tree; between the halves the rank is 2."""
    shape = None if tree is None else ca.ModeTree.from_nested(tree)
    theorem = ca.prove_minimal_ht(low_rank_tensor(), shape)
    both_accept(theorem, tmp_path)
    assert "no node" in str(theorem.statement)
    if tree is None:
        assert theorem.statement.ranks == (1, 2, 3, 2, 2, 3, 2)


def test_six_modes_with_random_entries_are_proved():
    """4^6 rational entries: full ranks."""
    draw = random.Random(2)
    entries = tuple(Fraction(draw.randint(-9, 9), draw.randint(1, 9)) for _ in range(4**6))
    theorem = ca.prove_minimal_ht(ExactTensor((4,) * 6, entries))
    assert theorem.statement.ranks == (1, 16, 16, 4, 4, 16, 4, 4, 16, 4, 4)
    assert "MinimalHT" in str(theorem.check())


def test_a_prime_that_divides_an_entry_is_not_used(tmp_path):
    """The ranks are those over Q, whatever prime shows them."""
    theorem = ca.prove_minimal_ht([[1, 0], [0, 8_388_593]])
    assert theorem.statement.ranks == (1, 2, 2)
    both_accept(theorem, tmp_path)


def test_zero_floats_and_other_trees_are_refused():
    """Each with one sentence."""
    for tensor, tree, reason in [
        ([[0, 0], [0, 0]], None, "zero tensor"),
        ([[1.0, 0], [0, 1]], None, "not exact"),
        ([[1, 0], [0, 1]], ca.ModeTree.balanced(3), "leaves"),
    ]:
        with pytest.raises(WeightError, match=reason):
            ca.prove_minimal_ht(tensor, tree)


@pytest.mark.soundness
def test_the_kernel_refuses_ranks_that_are_not_minimal():
    """A padded column contracts to the same tensor, but the rank is not needed."""
    tree, eye = ca.ModeTree.balanced(2), ((1, 0), (0, 1))
    tensor = ExactTensor((2, 2), (1, 1, 1, 1))
    exact = ca.prove_minimal_ht(tensor, tree).proof[0]
    rules.minimal_ht(tensor, tree, exact)
    padded = Frames(exact.prime, (((1,), (1,), (1,), (1,)), eye, eye))
    with pytest.raises(RuleError, match="rank 1 modulo"):
        rules.minimal_ht(tensor, tree, padded)
    for prime in (2, 9, 1.0, True, 2**24 + 43):
        with pytest.raises(RuleError, match="prime"):
            rules.minimal_ht(tensor, tree, Frames(prime, exact.matrices))


@pytest.mark.soundness
def test_the_kernel_refuses_floats_and_wrong_shapes():
    """In frames, transfer matrices, and their number."""
    tree = ca.ModeTree.balanced(2)
    tensor = ExactTensor((2, 2), (1, 1, 1, 1))
    one, prime = ((1,), (1,)), 8_388_593
    rules.minimal_ht(tensor, tree, Frames(prime, (((1,),), one, one)))
    for nodes in [
        (((1.0,),), one, one),
        (((1,),), one),
        (((1,),), one, ((1,),)),
        (((1,),), one, ((1,), ())),
        ((), one, one),
        (((1,),), ((), ()), one),
        (((1,),), one, ((1, 1, 1), (1, 1, 1))),
    ]:
        with pytest.raises(RuleError):
            rules.minimal_ht(tensor, tree, Frames(prime, nodes))
    with pytest.raises(RuleError, match="leaves"):
        rules.minimal_ht(tensor, ca.ModeTree.balanced(3), Frames(prime, (((1,),), one, one)))


@pytest.mark.parametrize("data", [3, [0], [0, 0], [0, "1"], [[0, 1], [2]], [0, [1, [3]]], {}, None])
def test_what_is_no_tree_is_refused(data):
    """One child, a location twice or missing, other things than lists."""
    with pytest.raises(FileFormatError):
        tree_from_data(data)


def test_a_tree_nested_without_end_is_refused():
    """At depth 17, before anything recurses."""
    deep = 0
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(FileFormatError, match="at most 16"):
        tree_from_data(deep)


def _rank_lowered_consistently(statement, proof):
    """Drop the second channel between the halves everywhere."""
    statement["ranks"][1] = 1
    proof["nodes"][1] = [row[:1] for row in proof["nodes"][1]]
    width = len(proof["nodes"][0]) // 2
    proof["nodes"][0] = proof["nodes"][0][:width]


def _rank_raised_consistently(statement, proof):
    """Add a channel of zeros to the first half, which contracts to the same tensor."""
    statement["ranks"][1] = 3
    proof["nodes"][1] = [[*row, 0] for row in proof["nodes"][1]]
    width = len(proof["nodes"][0]) // 2
    proof["nodes"][0] = [*proof["nodes"][0], *[[0]] * width]


@pytest.mark.soundness
@pytest.mark.parametrize(
    "change",
    [
        _rank_lowered_consistently,
        _rank_raised_consistently,
        put(0, "ranks", 1, 1),
        put(0, "ranks", 1, 3),
        put(0, "ranks", 0, 2),
        put(0, "ranks", [1, 2, 3, 2, 2, 3]),
        put(0, "tensor", "entries", 5, "22/7"),
        put(0, "tensor", "entries", 5, 0.5),
        put(0, "tensor", "dims", [2, 3, 3, 2]),
        put(0, "tree", [[0, 2], [1, 3]]),
        put(0, "tree", [[0, 1], [2, 2]]),
        put(0, "tree", [[0, 1], 2, 3]),
        put(0, "tree", [[0, 1], [[2], 3]]),
        put(0, "tree", 0),
        put(0, "more", 1),
        put(1, "nodes", 0, 0, 0, 77),
        put(1, "nodes", 1, 0, 0, "77/5"),
        put(1, "nodes", 2, 0, 0, 0),
        put(1, "nodes", 2, []),
        put(1, "nodes", 2, 0, [1, 0]),
        put(1, "nodes", []),
        put(1, "prime", 3),
        put(1, "prime", 8_388_591),
        put(1, "prime", 2**31 - 1),
        put(1, "rule", "believe"),
        put(1, "more", 1),
    ],
)
def test_altered_certificates_are_refused_by_both_readers(change, tmp_path):
    """Ranks up and down, frames, transfer matrices, entries, trees, primes."""
    both_refuse(ca.prove_minimal_ht(low_rank_tensor()), change, tmp_path)
