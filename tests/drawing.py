"""Many drawn values at once, for tests about what a strategy reaches."""

from hypothesis import Phase, find, given, settings


def drawn(strategy, count=120):
    """As many values as a test would see."""
    found = []

    @settings(max_examples=count, phases=[Phase.generate])
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


def smallest(strategy, holds):
    """What a counterexample with this property is shrunk to."""
    return find(strategy, holds, settings=settings(max_examples=200, derandomize=True))
