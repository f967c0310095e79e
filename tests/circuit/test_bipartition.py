"""Bipartition: constructors and refusals."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.circuit import Bipartition
from circuitalg.errors import BipartitionError


def test_constructors():
    """The named bipartitions, as the design has them."""
    assert Bipartition.odd_even(5).I == (0, 2, 4)
    assert Bipartition.odd_even(5).J == (1, 3)
    assert Bipartition.low_high(5).I == (0, 1)
    assert Bipartition.of([5, 0, 3], 6).I == (0, 3, 5)
    assert Bipartition.of([5, 0, 3], 6).J == (1, 2, 4)
    assert Bipartition.blocks(10, 4).I == (0, 1, 2, 3, 8, 9)
    assert Bipartition.two_sides([2, 0], [1]).sides == bytes([0, 1, 0])
    assert Bipartition.from_mask([[True, False], [0, 1]]).I == (0, 3)
    assert Bipartition.from_mask(np.eye(2, dtype=bool)) == Bipartition.of([0, 3], 4)
    assert Bipartition.odd_even(4).swapped() == Bipartition.of([1, 3], 4)
    assert Bipartition.odd_even(4).locations == 4
    assert str(Bipartition.odd_even(40)) == "I = {0, 2, 4, 6, ..., 38}, J = {1, 3, 5, 7, ..., 39}"


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_all_are_all(n):
    """2^(N−1) − 1 different ones, location 0 in I in each."""
    found = list(Bipartition.all(n))
    assert len(found) == len(set(found)) == 2 ** (n - 1) - 1
    assert all(p.I[0] == 0 for p in found)


@given(n=st.integers(2, 80), seed=st.integers(0, 10**6))
def test_random_ones_have_two_sides(n, seed):
    """Both sides non-empty, sorted, together everything; the same for the same seed."""
    parts = Bipartition.random(n, seed=seed)
    assert parts.I
    assert parts.J
    assert sorted(parts.I + parts.J) == list(range(n))
    assert all(parts.sides[i] == 0 for i in parts.I)
    assert parts == Bipartition.random(n, seed=seed)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Bipartition.of([], 4), "side I is empty"),
        (lambda: Bipartition.of([0, 1], 2), "side J is empty"),
        (lambda: Bipartition.of([4], 4), "names location 4, but the locations are 0 to 3"),
        (lambda: Bipartition.of([-1], 4), "location of the side I"),
        (lambda: Bipartition.of([1, 1], 4), "names location 1 twice"),
        (lambda: Bipartition.of([True], 4), "not True"),
        (lambda: Bipartition.of(["1"], 4), "not '1'"),
        (lambda: Bipartition.of([0], 1), "at least 2"),
        (lambda: Bipartition.of([0], 2.0), "not 2.0"),
        (lambda: Bipartition.two_sides([0, 1], [3]), "names location 3"),
        (lambda: Bipartition.two_sides([0, 1], [3], 4), "location 2 is on neither side"),
        (lambda: Bipartition.two_sides([0, 1], [1, 2], 3), "location 1 is on both sides"),
        (lambda: Bipartition.two_sides([0, 1], []), "side J is empty"),
        (lambda: Bipartition.two_sides([], [0, 1]), "side I is empty"),
        (lambda: Bipartition.blocks(4, 0), "size of a block"),
        (lambda: Bipartition.blocks(4, 4), "side J is empty"),
        (lambda: Bipartition.from_mask([[1, 1]]), "side J is empty"),
        (lambda: Bipartition.from_mask([[1, 0], [1]]), "row 1"),
        (lambda: Bipartition.from_mask([[0.5, 1]]), r"pixel \(0, 0\)"),
        (lambda: Bipartition.from_mask([1, 0]), "2D"),
        (lambda: Bipartition(b"\x00\x02"), "bytes of 0"),
        (lambda: Bipartition([0, 1]), "bytes of 0"),
        (lambda: Bipartition.odd_even(1), "at least 2"),
        (lambda: Bipartition.all(1), "at least 2"),
    ],
)
def test_faults_have_their_sentences(call, words):
    """Missing, repeated and unknown locations, empty sides, wrong types."""
    with pytest.raises(BipartitionError, match=words):
        call()


def test_it_is_frozen_and_travels():
    """Equal ones hash alike, also after pickling."""
    parts = Bipartition.odd_even(6)
    again = pickle.loads(pickle.dumps(parts))  # noqa: S301  (made on the line itself)
    assert again == parts
    assert hash(again) == hash(parts)
    assert again.I == parts.I
    with pytest.raises(AttributeError):
        parts.sides = b""


def test_large_ones_are_quick():
    """2^16 locations."""
    assert len(Bipartition.random(65_536, seed=3).sides) == 65_536
    assert len(Bipartition.odd_even(65_536).I) == 32_768


@given(st.text("IJ", min_size=1, max_size=9))
def test_the_letters_of_a_bipartition_are_read_again(text):
    """As JSON and the shell have them; one side alone is refused, and so is another letter."""
    if {"I", "J"} <= set(text):
        parts = Bipartition.from_letters(text)
        assert parts.letters == text
        assert [text[i] for i in parts.I] == ["I"] * len(parts.I)
        assert Bipartition.parse(text, len(text)) == parts
    else:
        with pytest.raises(BipartitionError, match=r"the side . is empty"):
            Bipartition.parse(text, len(text))
    for wrong in (f"{text}K", list(text), text.lower(), None):
        with pytest.raises(BipartitionError, match="a text of I and J"):
            Bipartition.from_letters(wrong)
