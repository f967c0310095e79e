"""What ``prove_for_all`` takes from ``ca.forall``: formulas, and numbers in their place."""

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import ArgumentError, NotProved, OptionError
from circuitalg.forall import HTNetworks, RankAtLeast, formula, least, symbols, width

q, m = symbols("q m")
BOUND = least(2, width(0)) ** (q**m)


@pytest.mark.parametrize("number", [int, np.int64])
def test_a_size_may_be_a_number(number):
    """A number means the formula of it, in networks and claims alike."""
    given = {"q": 2, "m": 0}
    plain = HTNetworks(window=q, depth=m + 1, dim=number(2))
    theorem = ca.prove_for_all(given, plain, RankAtLeast(number(1), BOUND))
    family = HTNetworks(window=q, depth=m + 1, dim=formula(2))
    assert theorem == ca.prove_for_all(given, family, RankAtLeast(formula(1), BOUND))
    assert theorem.check()


def test_a_smaller_number_is_not_proved():
    """Dimension 1 gives no rank above 1."""
    with pytest.raises(NotProved):
        ca.prove_for_all(
            {"q": 2, "m": 0}, HTNetworks(window=q, depth=m + 1, dim=1), RankAtLeast(1, BOUND)
        )


@pytest.mark.parametrize(("size", "error"), [(2.0, ArgumentError), (-1, OptionError)])
def test_other_sizes_are_refused_by_their_name(size, error):
    """A float, and a negative number: the sentence names the size."""
    with pytest.raises(error, match="dim"):
        ca.prove_for_all(
            {"q": 2, "m": 0}, HTNetworks(window=q, depth=m + 1, dim=size), RankAtLeast(1, BOUND)
        )
