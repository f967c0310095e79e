"""The largest minor that a budget allows: how sizes are chosen, on a clock of the test's own."""

import pytest
from rank_helpers import chains

import circuitalg as ca
from circuitalg import deadline
from circuitalg.prove.rank import budget as budget_module
from circuitalg.prove.rank import minor as tactic
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.minor import largest_minor


class Clock:
    """Time that passes when a grid is computed: a constant and a square of its size."""

    def __init__(self, constant, square, true_rank=10**6):
        self.now, self.constant, self.square, self.true_rank = 0.0, constant, square, true_rank
        self.sizes = []

    def rank(self, seed, size, prime):
        """The rank of a grid; the time limit is looked at on the way."""
        self.sizes.append(size)
        for _ in range(10):
            self.now += (self.constant + self.square * size**2) / 10
            deadline.look()
        return min(size, self.true_rank)


@pytest.fixture
def clock(monkeypatch):
    """A clock in place of the machine's."""

    def start(*arguments, **more):
        made = Clock(*arguments, **more)
        for module in (deadline, tactic, budget_module):
            monkeypatch.setattr(module, "monotonic", lambda: made.now)
        return made

    return start


@pytest.mark.parametrize("timeout", [5, 20, 60, 1000])
@pytest.mark.parametrize("constant", [0.01, 0.5])
def test_a_time_limit_holds_and_is_used(clock, timeout, constant):
    """The search ends in time; and a limit three times as long as the largest minor takes gives
    the largest.
    """
    time = clock(constant, 1e-4)
    found = largest_minor(time.rank, 400, Budget(400, timeout, started=0.0))
    assert time.now <= timeout
    if timeout >= 3 * (constant + 16):
        assert found.size == 400
    assert found.size >= (64 if timeout >= 5 else 8)


def test_something_is_found_whatever_the_limit_is(clock):
    """A limit below what one value takes still gives a small minor, and nothing larger."""
    time = clock(3.0, 1e-4)
    found = largest_minor(time.rank, 400, Budget(400, 1.0, started=0.0))
    assert found.size == time.sizes[0] < 16
    assert time.now < 8


def test_a_grid_that_is_left_keeps_what_was_found(clock):
    """Where times grow faster than small sizes told, the larger minor is given up in time."""
    time = clock(0.1, 1e-9)
    time.rank = lambda seed, size, p, plain=time.rank: plain(seed, size if size <= 64 else 10**5, p)
    found = largest_minor(time.rank, 400, Budget(400, 10.0, started=0.0))
    assert found.size == 64
    assert time.now < 10


def test_no_limit_means_the_largest_at_once(clock):
    """Without a time limit no smaller minor is tried first."""
    time = clock(1.0, 1.0)
    assert largest_minor(time.rank, 400, Budget()).size == 400
    assert time.sizes == [400]


@pytest.mark.parametrize("timeout", [None, 10**6])
@pytest.mark.parametrize("true_rank", [0, 1, 5, 64, 130])
def test_less_than_the_largest_is_certified_at_its_size(clock, true_rank, timeout):
    """Where the grid's rank is smaller, the minor of that size is found; none where it is 0."""
    time = clock(0.0, 1e-9, true_rank=true_rank)
    found = largest_minor(time.rank, 200, Budget(timeout=timeout, started=0.0))
    assert (found.size if found else 0) == true_rank


def test_one_unlucky_seed_does_not_lower_the_bound():
    """A rank that is smaller at the first point only is not taken for the rank."""
    found = largest_minor(lambda seed, size, prime: min(size, 7 if seed == 1 else 9), 9, Budget())
    assert (found.seed, found.size) == (2, 9)


def test_a_large_circuit_is_bounded_within_its_limit():
    """A mixture of trains, not a tree: with hardly any time both bounds come, and are checked.

    The first branch is always tried; on a simplex, where there are none, the first minor, of 8.
    """
    circuit = chains(12, 8, 2)
    parts = ca.Bipartition.odd_even(8)
    assert ca.prove_rank(circuit, parts, timeout=1e-6, space="simplex").statement.lower == 8
    theorem = ca.prove_rank(circuit, parts, timeout=1e-6)
    assert theorem.statement.lower == 16
    assert theorem.statement.upper == 16
    assert str(theorem.check()).startswith("Verified")
    assert ca.prove_rank(circuit, parts).statement.lower == 16
