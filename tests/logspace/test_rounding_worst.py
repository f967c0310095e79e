"""The bound on rounding in log-space against the worst arithmetic that its premises allow."""

import random

import flint
import pytest
from drawing import sample
from soundness.worst_arithmetic import both_ways

from circuitalg import strategies
from circuitalg.kernel.logspace.rounding import rounding_error

NETWORKS = strategies.circuits(
    kinds=("tree", "mixture"), max_locations=8, min_dim=2, max_width=5, fixed=False
)


@pytest.mark.soundness
@pytest.mark.parametrize("zeros", ["none", "allowed"])
@pytest.mark.parametrize(
    "ranges",
    [
        ((0, 0), (0, 0)),
        ((-1, 0), (-1, 0)),
        ((-30, 5), (-40, 3)),
        ((-340, 0), (-335, 0)),
        ((-720, 0), (-10, 0)),
        ((-2000, 0), (-900, 900)),
    ],
)
def test_the_worst_arithmetic_that_is_allowed(ranges, zeros):
    """Every operation errs to one side by all it may: within the bound, above a quarter of it.

    No library is as bad, so measured errors alone would not show a constant that is too small.
    """
    closest = 0.0
    with flint.ctx.workprec(400):
        for seed, circuit in enumerate(sample(NETWORKS, 8)):
            draw = random.Random(seed)
            bound = float(rounding_error(circuit, *ranges, zeros))

            def number(low, high, draw=draw):
                if zeros == "allowed" and draw.random() < 0.2:
                    return None
                return flint.arb(draw.choice([low, high, draw.uniform(low, high)]))

            weights = {
                name: [[number(*ranges[0]) for _ in range(columns)] for _ in range(rows)]
                for name, (rows, columns) in circuit.parameters.items()
            }
            x = [[number(*ranges[1]) for _ in range(dim)] for dim in circuit.dims]
            for sign in (1, -1):
                [(found, wanted)] = both_ways(circuit, weights, x, ranges, sign)
                if (found is None) != (wanted is None):
                    pytest.fail("−∞ is exact")
                if found is None:
                    continue
                off = abs(found - wanted)
                if not off <= bound:
                    pytest.fail(f"seed {seed}: off by {off}, bound {bound}")
                closest = max(closest, float(off.mid()) / bound)
    if closest < 0.25:
        pytest.fail(f"the bound is {1 / closest:.2f} times what the worst arithmetic does")
