"""The graph of scalar units."""

from fractions import Fraction

import networkx as nx
import pytest

from circuitalg.circuit import CircuitBuilder, ht_model, rac_model, tt_model
from circuitalg.circuit.unit import count_unit_edges, unit_graph
from circuitalg.errors import TooLargeError


def value(circuit, weights, x, channel=0):
    """Value of one output unit, computed on the unit graph alone."""
    graph = circuit.unit_graph()
    values = {}
    for unit in nx.topological_sort(graph):
        data = graph.nodes[unit]
        edges = graph.pred[unit]
        if data["kind"] == "input":
            values[unit] = x[data["location"]][data["channel"]]
        elif data["kind"] == "constant":
            values[unit] = 1
        elif data["kind"] == "product":
            values[unit] = 1
            for child in edges:
                values[unit] *= values[child]
        else:
            values[unit] = sum(
                values[child]
                * (
                    edge["weight"]
                    if "weight" in edge
                    else int(weights[edge["parameter"]][edge["row"], edge["column"]])
                )
                for child, edge in edges.items()
            )
    outputs = [u for u, data in graph.nodes(data=True) if data.get("output") == channel]
    assert len(outputs) == 1
    return values[outputs[0]]


def test_units_compute_the_network():
    """N = 2 by hand: Σ_a out_a (A x_0)_a (B x_1)_a, for both outputs."""
    circuit = ht_model(2, 2, [3], outputs=2)
    w = circuit.random_weights(seed=1)
    x = [[2, -1], [3, 5]]
    hidden = (w["a0.0"] @ x[0]) * (w["a0.1"] @ x[1])
    for channel in range(2):
        assert value(circuit, w, x, channel) == (w["out"] @ hidden)[channel]


def test_units_of_a_train_and_of_a_recurrent_net():
    """Fixed matrices become weights without zeros; constants are units of value 1."""
    train = tt_model(3, 2, 2)
    w = train.random_weights(seed=2)
    x = [[1, 2], [3, -1], [-2, 5]]
    cores = [w["g0"].T, w["g1"].reshape(2, 2, 2), w["g2"].reshape(2, 2)]
    h = x[0] @ cores[0]
    h = [
        sum(cores[1][b, a, i] * h[a] * x[1][i] for a in range(2) for i in range(2)) for b in (0, 1)
    ]
    expected = sum(cores[2][a, i] * h[a] * x[2][i] for a in range(2) for i in range(2))
    assert value(train, w, x) == expected
    rac = rac_model(3, 2, 2, layers=2)
    w = rac.random_weights(seed=3)
    h1, h2 = w["h0.1"][:, 0], w["h0.2"][:, 0]
    for t in range(3):
        h1 = (w["H1"] @ h1) * (w["I1"] @ x[t])
        h2 = (w["H2"] @ h2) * (w["I2"] @ h1)
    assert value(rac, w, x) == (w["out"] @ h2)[0]


def test_fixed_zeros_have_no_edge():
    """Only the non-zero entries of a fixed matrix are edges."""
    b = CircuitBuilder(1, 2)
    graph = b.build(b.sum(b.input(0), matrix=[[Fraction(1, 3), 0]])).unit_graph()
    assert list(graph.edges(data=True)) == [("x0[0]", "s0[0]", {"weight": Fraction(1, 3)})]


def test_large_ones_are_refused_with_their_size():
    """The number of edges is known before anything is built."""
    circuit = ht_model(16, 4, [4] * 4)
    edges = count_unit_edges(circuit)
    assert unit_graph(circuit).number_of_edges() == edges
    with pytest.raises(TooLargeError, match=f"would have {edges} edges"):
        unit_graph(circuit, max_edges=edges - 1)
    with pytest.raises(TooLargeError, match="would have"):
        ht_model(16_384, 4, [4] * 14).unit_graph()
