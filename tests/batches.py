"""Inputs of networks as arrays by location, and as one array where dimensions are equal."""

import numpy as np


def together(tables):
    """Arrays (batch, M_i) by location as one (batch, N, M), where the dimensions are equal."""
    dims = {table.shape[1] for table in tables}
    return np.stack(tables, axis=1) if len(dims) == 1 else tables


def apart(x):
    """What `together` gave as arrays (batch, M_i) by location again."""
    return list(np.moveaxis(x, 1, 0)) if hasattr(x, "shape") else x
