"""Wrong types in every place of every public function: one sentence of our own, never a trace."""

import inspect
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from public_calls import CALLS, NET, PARTS

import circuitalg as ca
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.rules import RULES

with pytest.warns(PendingDeprecationWarning):
    WRONG = {
        "None": None,
        "a number": 3,
        "a negative number": -1,
        "a number of many digits": 10**5000,
        "a negative number of many digits": -(10**5000),
        "a fraction of many digits": Fraction(10**5000, 3),
        "a list of numbers of many digits": [10**5000, 10**5001],
        "rows of numbers of many digits": [[10**5000, -(10**5000)]],
        "a number of gigabytes": 10**25,
        "a fraction": 1.5,
        "an imaginary number": 1j,
        "NaN": float("nan"),
        "True": True,
        "a text": "x",
        "bytes": b"ab",
        "a path": Path("net.json"),
        "a list": [0, 1],
        "an empty list": [],
        "a list of texts": ["a", "b"],
        "a list of lists of None": [[None]],
        "a set": {0},
        "a dictionary": {"a": 1},
        "an empty dictionary": {},
        "a matrix": np.matrix([[1, 2]]),
        "an empty array": np.zeros(0),
        "a masked array": np.ma.masked_array([1.0], mask=True),
        "a graph without attributes": nx.DiGraph(),
        "a function": len,
        "a type": dict,
        "an object": object(),
        "a circuit": NET,
        "a bipartition": PARTS,
    }


@pytest.mark.parametrize("name", CALLS)
def test_wrong_types_are_refused_in_one_sentence(name):
    """Whatever stands in whatever place: our own exception of one line, or it is accepted."""
    function, right = CALLS[name]
    function(**right)
    for place in right:
        for what, wrong in WRONG.items():
            said = "accepted"
            try:
                function(**right | {place: wrong})
            except CircuitalgError as error:
                said = str(error)
            except Exception as error:  # noqa: BLE001
                pytest.fail(f"{place} = {what}: {type(error).__name__}: {error}")
            assert len(said.splitlines()) == 1, (place, what)
            assert len(said) < 500, (place, what)


def test_every_public_function_is_tried():
    """The table has all public functions and classes; but files, errors and what needs Torch.

    And statements, theorems, families and results, which other functions make.
    """
    apart = {"load_circuit", "load_simnet", "load_theorem", "to_torch", "to_jax", "check"}
    apart |= {"check_picture", "save_picture", "Session", "Claim"}
    apart |= {"expressions", "forall", "representation", "spectra"}  # modules
    apart |= {"Theorem", "Checked", "Landscape", *RULES}
    apart |= {name for name in ca.__all__ if name.endswith("Family")}
    public = {
        name for name in ca.__all__ if not name.endswith(("Error", "Failed", "Proved", "Refuted"))
    }
    assert public - apart <= set(CALLS)


def test_the_table_tries_places_by_their_names():
    """Each argument named there is one of the function's own."""
    for name, (function, right) in CALLS.items():
        assert set(right) <= set(inspect.signature(function).parameters), name
