"""The tables of docs/networks.md: made by a command, and about the networks that there are."""

from math import prod
from pathlib import Path

import brute
import pytest

import circuitalg as ca
from literature import table

SMALL = [
    (member, part, rows)
    for member in table.members()
    if prod(member.circuit.dims) <= 20_000
    for part, rows in member.parts
]
OPEN = {
    ("random binary tree, 3 repetitions", "first half"): 63,
    ("random binary tree, 3 repetitions", "even"): 63,
    ("random binary tree, 4 repetitions", "first half"): 81,
    ("RAT-SPN, 3 repetitions", "first half"): 20,
    ("RAT-SPN, 3 repetitions", "even"): 20,
    ("learned network", "first half"): 32,
    ("periodic matrix product state", "middle"): 16,
    ("PEPS, 2 × 3", "first column"): 16,
    ("PEPS, 3 × 3", "first column"): 27,
}
"""Upper bounds that the rank does not reach."""

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"


@pytest.mark.parametrize(
    ("member", "part", "rows"), SMALL, ids=[f"{each[0].name}, {each[1]}" for each in SMALL]
)
def test_the_rank_is_proved(member, part, rows):
    """Both bounds are the rank of the matrix written out, but for the few that are known."""
    parts = ca.Bipartition.of(rows, member.circuit.num_locations)
    rank = brute.generic_rank(member.circuit, parts.I)
    said = ca.prove_rank(member.circuit, parts).statement
    assert (said.lower, said.upper) == (rank, OPEN.get((member.name, part), rank))


def test_the_page_has_a_row_for_every_bipartition():
    """A network that is new needs a new page, and so does one that has another size."""
    page = PAGE.read_text(encoding="utf-8")
    for member in table.members():
        for part, _ in member.parts:
            start = f"| {member.name} | {table.sizes(member.circuit)} | {part} | "
            assert page.count(start) == 1, start


def test_the_tables_are_put_in_their_places(tmp_path):
    """Both tables replace those that the page has; the text around stays."""
    page = tmp_path / "page.md"
    text = "before\n<!-- bounds -->\nold\n<!-- end of bounds -->\nbetween\n"
    text += "<!-- precision -->\n<!-- end of precision -->\nafter\n"
    page.write_text(text, encoding="utf-8")
    assert table.main(["--only", "Markov chain", "--page", str(page)]) == 0
    made = page.read_text(encoding="utf-8")
    assert [
        line for line in made.splitlines() if line in {"before", "between", "after", "old"}
    ] == [
        "before",
        "between",
        "after",
    ]
    assert "| Markov chain | 8 | 3 | 3 | 23 | even | **81** | **81** | 81 | " in made
    assert "Both bounds meet in 2 of 2 rows." in made
    assert "| Markov chain, N = 8 | first half | 3 | 10 of 10 | " in made
    assert table.main(["--only", "Markov chain", "--page", str(page)]) == 0
    assert page.read_text(encoding="utf-8").count("<!-- bounds -->") == 1


def test_a_wrong_rank_is_counted():
    """Single precision loses singular values of a quad tree; double precision has them all."""
    (member,) = [each for each in table.members() if each.name == "quad graph, 3 × 3"]
    parts = ca.Bipartition.of(range(4), 9)
    found = [
        {table.numerical_rank(member.circuit, parts, "positive", kind, seed) for seed in range(2)}
        for kind in table.PRECISIONS
    ]
    assert found[0] == {27}
    assert max(found[1]) < 27


@pytest.mark.parametrize("name", ["bounds", "precision"])
def test_the_page_has_both_tables(name):
    """Not only their marks."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = table.BEGIN.format(name=name), table.END.format(name=name)
    assert len(page.partition(begin)[2].partition(end)[0].splitlines()) > 30
