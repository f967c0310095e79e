"""Many drawn values at once: what a strategy reaches, and lists for statistics and timings."""

from hypothesis import HealthCheck, Phase, find, given, seed, settings


def drawn(strategy, count=120):
    """As many values as a test would see."""
    found = []

    @settings(max_examples=count, phases=[Phase.generate])
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


def sample(strategy, count):
    """Independent values, the same list every time.

    A test's values are variations of earlier ones; here each is drawn anew, from its own seed.
    """
    return [_alone(strategy, number) for number in range(count)]


def _alone(strategy, number):
    found = []

    @seed(number)
    @settings(
        max_examples=2,  # the first is always the simplest there is
        phases=[Phase.generate],
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found[-1]


def smallest(strategy, holds):
    """What a counterexample with this property is shrunk to."""
    return find(strategy, holds, settings=settings(max_examples=200, derandomize=True))
