"""What all tests share: Hypothesis profiles, skips where there is no GPU, a Dask cluster."""

import contextlib
import functools
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# In a shell's background Ctrl-C is ignored, and would be by the commands that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The default repeats the same examples every time; "thorough" searches new ones for longer:
#   pytest --hypothesis-profile thorough
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=40,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("ci"), derandomize=False, max_examples=1000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@functools.cache
def why_no_gpu() -> str | None:
    """Return the reason why GPU tests cannot run here, or None where they can."""
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed; pip install circuitalg[cuda12] or [cuda13]"
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"CuPy finds no CUDA device: {error}"
    return None if devices else "CuPy finds no CUDA device"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked ``gpu`` with the reason, where there is no GPU."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    reason = why_no_gpu() if marked else None
    if reason is not None:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def cluster():
    """A Dask cluster of two worker processes on this machine.

    It ends with the test: some tests kill its workers, and its threads allocate memory, which
    other tests would measure.
    """
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed; pip install circuitalg[dask]"
    )
    running = distributed.LocalCluster(
        n_workers=2,
        processes=True,
        threads_per_worker=1,
        dashboard_address=":0",  # any free port
        host="127.0.0.1",
        silence_logs=50,
    )
    yield running
    # Dask asserts that a worker runs which it is just starting again, after a test has killed it.
    with contextlib.suppress(AssertionError):
        running.close()
