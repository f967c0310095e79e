"""How work is shared out among threads, and what BLAS does meanwhile."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from circuitalg import threads


def blas_threads():
    """What each BLAS that is loaded may use."""
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("given", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
def test_the_number_follows_what_blas_is_told(monkeypatch, given):
    """The variables that limit BLAS limit the threads here; others than numbers do not."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(given, "3")
    assert threads.count() == 3
    for wrong in ("many", "0", ""):
        monkeypatch.setenv(given, wrong)
        assert threads.count() >= 1


@pytest.mark.parametrize("number", [1, 2, 5])
def test_every_item_is_worked_on_once(monkeypatch, number):
    """Whatever the number of threads."""
    monkeypatch.setattr(threads, "count", lambda: number)
    seen = np.zeros(40, dtype=int)

    def work(item):
        seen[item] += 1

    threads.each(work, range(40))
    threads.each(work, range(40), most=2)
    threads.each(work, [])
    assert (seen == 2).all()


def test_what_a_thread_raises_is_raised(monkeypatch):
    """No failure is lost, and BLAS has its threads again."""
    monkeypatch.setattr(threads, "count", lambda: 2)
    before = blas_threads()

    def work(item):
        if item == 3:
            raise KeyError(item)

    with pytest.raises(KeyError):
        threads.each(work, range(6))
    assert blas_threads() == before


def test_the_callers_context_holds_in_every_thread(monkeypatch):
    """numpy.errstate is the caller's."""
    monkeypatch.setattr(threads, "count", lambda: 2)
    found = []
    with np.errstate(divide="ignore"):
        threads.each(lambda _: found.append(np.geterr()["divide"]), range(4))
    assert found == ["ignore"] * 4


def test_blas_has_one_thread_inside_and_what_it_had_outside():
    """Also where blocks are nested, and the outer one ends last."""
    before = blas_threads()
    assert before
    with threads.single_blas():
        assert set(blas_threads()) == {1}
        with threads.single_blas():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


def test_a_block_that_is_broken_off_on_the_way_in_counts_no_more(monkeypatch):
    """Ctrl-C while the limit is being set: later blocks set it again."""
    before = blas_threads()

    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threads._BLAS, "controller", interrupted)
        with pytest.raises(KeyboardInterrupt), threads.single_blas():
            pass
    with threads.single_blas():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
