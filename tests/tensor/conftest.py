"""Random circuits of every kind, and a reference that evaluates them number by number."""

import random

import numpy as np
import pytest
from random_circuits import mixture, tangle, wild


class Reference:
    """Textbook evaluation with Python numbers, and random circuits for it."""

    @staticmethod
    def value(circuit, weights, vectors, output=0):
        """One output at one input: vectors by location."""
        values = []
        for node in circuit.nodes:
            below = [values[child] for child in node.children]
            if node.kind == "input":
                value = [convert(n) for n in vectors[node.location]]
            elif node.kind == "constant":
                value = [1] * node.width
            elif node.kind == "product":
                value = [1] * node.width
                for child in below:
                    value = [a * b for a, b in zip(value, child, strict=True)]
            else:
                value = [0] * node.width
                for label, child in zip(node.matrices, below, strict=True):
                    matrix = weights[label] if isinstance(label, str) else label
                    for r in range(node.width):
                        terms = [convert(matrix[r][c]) * child[c] for c in range(len(child))]
                        value[r] += sum(terms)
            values.append(value)
        return values[-1][output]

    @staticmethod
    def circuit(seed, *, repeated=False, locations=None):
        """A smooth decomposable circuit with ties, constants, fixed matrices, or mixed sums.

        With ``repeated`` any node may use any others: a circuit without a coefficient tensor.
        """
        generator = random.Random(seed)
        count = locations or generator.randint(1, 5)
        if repeated:
            return tangle(generator, count)
        return (mixture if seed % 2 and count > 1 else wild)(generator, count)


def convert(number):
    """NumPy integers as Python ints; everything else as it is."""
    return int(number) if isinstance(number, np.integer) else number


@pytest.fixture(scope="session")
def reference():
    """The reference as a class of functions."""
    return Reference


@pytest.fixture(params=["tensor.npy", "tensor.zarr"])
def path(request, tmp_path):
    """A name for a NumPy file, and one for a Zarr store where zarr is installed."""
    if request.param.endswith("zarr"):
        pytest.importorskip("zarr", reason="zarr is not installed; pip install circuitalg[zarr]")
    return tmp_path / request.param
