"""Random tensors of exact numbers, for tests of statements about given ones."""

import numpy as np
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.tensor.exact_tensor import ExactTensor

entries = st.one_of(st.integers(-4, 4), st.fractions(-3, 3, max_denominator=6))


@st.composite
def tensors(draw, most=4):
    """Small tensors that are not zero, with a mode tree over their modes."""
    dims = draw(st.lists(st.integers(1, 3), min_size=2, max_size=most))
    count = int(np.prod(dims))
    flat = draw(st.lists(entries, min_size=count, max_size=count))
    flat[draw(st.integers(0, count - 1))] = 1
    tree = ca.ModeTree.random(len(dims), seed=draw(st.integers(0, 99)))
    return ExactTensor(tuple(dims), tuple(flat)), tree
