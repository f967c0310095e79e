"""Random networks of every kind, their bounds against explicit ranks; the long run is a command."""

import random

import pytest
from brute import expect
from rank_helpers import branches_of

import circuitalg as ca
from soundness import random_networks
from soundness.random_networks import DRAWN, FALSE, KINDS, RANDOM, judged, word_of

pytestmark = pytest.mark.soundness


def test_no_bound_of_a_random_network_is_false(monkeypatch):
    """Some of every kind, trees and DAGs; for most of them both bounds are the rank."""
    monkeypatch.setattr(random_networks, "BLOCK", 6)
    counts, wrong = random_networks.search(6 * len(KINDS), 1, 3, KINDS)
    expect(wrong, [], "false bounds")
    words = {
        word: counts[f"shape/tree/{word}"] + counts[f"shape/DAG/{word}"]
        for word in random_networks.WORDS
    }
    total = sum(words.values())
    expect(total > 5 * len(KINDS), True, f"networks: {words}")
    expect(words["equal"] > 0.8 * total, True, f"equal nearly always: {words}")
    expect({key.split("/")[1] for key in counts if key.startswith("kind/")}, set(KINDS), "kinds")


@pytest.mark.parametrize("change", [(1, 0), (0, -1)])
def test_a_false_bound_is_noticed(change):
    """A lower bound one above the rank, and an upper one below it."""
    circuit = branches_of(4, 2, [1, 2])
    question = circuit, ca.Bipartition.of([0, 1], 4), 0
    expect(judged(question, checked=True)[0], "equal", "word")
    expect(random_networks.explicit_rank(question, 0), 3, "rank")
    expect(word_of(3 + change[0], 3 + change[1], 3), FALSE, "word")
    expect(
        [word_of(2, 3, 3), word_of(3, 4, 3), word_of(2, 4, 3)],
        list(random_networks.WORDS[1:4]),
        "words",
    )


def test_a_checker_that_disagrees_is_noticed(monkeypatch):
    """What the checker refuses counts as false."""
    question = branches_of(3, 2, [1]), ca.Bipartition.of([0], 3), 0
    refusal = random_networks.ask_checker({})
    monkeypatch.setattr(random_networks, "ask_checker", lambda data: refusal)
    word, _, wrong = judged(question, checked=True)
    expect((word, refusal.why in wrong), (FALSE, True), "word")


@pytest.mark.parametrize("kind", [*RANDOM, "mixture, tied"])
def test_the_same_seed_gives_the_same_networks(kind):
    """Independent of what was drawn before."""
    first = list(random_networks.questions(kind, 5, 3))
    random.random()
    expect(list(random_networks.questions(kind, 5, 3)), first, "networks")
    expect(kind in RANDOM or kind in DRAWN, True, "kind")
