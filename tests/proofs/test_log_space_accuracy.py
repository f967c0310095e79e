"""Accuracy in log-space: the comparison can fail, the table and the picture are the numbers'."""

import math

import numpy as np


def test_another_evaluation_does_not_keep_the_bound(script, run, monkeypatch):
    """With a score that went through float32 the second claim is not proved, and says why."""
    module = script("log_space_accuracy")
    genuine = module.ca.evaluate_over
    monkeypatch.setattr(
        module.ca, "evaluate_over", lambda *given: genuine(*given).astype(np.float32)
    )
    ran = run(module, "--locations", 16)
    assert ran.status == 1
    assert len(ran.errors) == 1
    assert "off by more than the bound" in ran.errors[0]


def test_the_table_and_the_picture(script, tmp_path):
    """Where float64 underflows, the table has 0 and the picture no point; nothing else fails."""
    module = script("log_space_accuracy")
    rows = [
        module.Row(4, -3.0, 1e-12, 1e-16, math.exp(-3)),
        module.Row(1024, -750.25, 1e-10, 1e-14, 0.0),
    ]
    text = module.table(rows).splitlines()
    assert text[-1].split() == ["1024", "-750.250000000000", "1.00e-10", "1.0e-14", "0.000e+00"]
    for name in ("figure.svg", "figure.png"):
        module.plot(rows, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000
