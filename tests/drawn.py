"""A list of values of a strategy, for statistics and timings: the same list every time.

Hypothesis varies what it has drawn before; here every value is drawn anew, from a seed of its own.
"""

from hypothesis import HealthCheck, Phase, given, seed, settings

_ONE = settings(
    max_examples=2,  # the first is always the simplest there is
    phases=[Phase.generate],
    derandomize=False,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def drawn(strategy, count):
    """Return ``count`` values."""
    return [_value(strategy, number) for number in range(count)]


def _value(strategy, number):
    found = []

    @seed(number)
    @_ONE
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found[-1]
