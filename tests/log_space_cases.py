"""The models, small, and exact weights and inputs of any circuit, for the tests of log-space."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np

import circuitalg as ca
from circuitalg.circuit import Circuit

MODELS = {
    "cp": lambda: ca.cp_model(3, 2, 3, outputs=2),
    "ht": lambda: ca.ht_model(4, 2, [2, 3]),
    "shared": lambda: ca.ht_model(4, 2, [2, 2], shared=True),
    "truncated": lambda: ca.ht_model(8, 2, [2, 2]),
    "tt": lambda: ca.tt_model(4, 2, [2, 3, 2]),
    "recurrent": lambda: ca.rac_model(4, 2, 3, layers=2),
}


def fractions(draw: random.Random, shape, *, signs: bool, zeros: float = 0.2):
    """An object array of Fractions, some of them 0."""
    table = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        low = -9 if signs else 0
        table[place] = Fraction(draw.randint(low, 9), draw.randint(1, 7))
        if draw.random() < zeros:
            table[place] = Fraction(0)
    return table


def weights_for(circuit: Circuit, seed: int, *, signs: bool = False, zeros: float = 0.2):
    """Exact weights by name."""
    draw = random.Random(seed)
    shapes = circuit.parameters.items()
    return {name: fractions(draw, shape, signs=signs, zeros=zeros) for name, shape in shapes}


def inputs_for(circuit: Circuit, seed: int, *, signs: bool = False, batch: int = 11):
    """Exact vectors, an array (batch, M_i) for each location; no network here has eleven."""
    draw = random.Random(seed + 10**6)
    return [fractions(draw, (batch, dim), signs=signs, zeros=0.1) for dim in circuit.dims]


def logs(numbers):
    """Logarithms of exact non-negative numbers, one by one."""
    from circuitalg.logspace.logarithms import logarithms

    return logarithms(np.asarray(numbers, dtype=object), "a number")
