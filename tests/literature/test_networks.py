"""Networks of the literature: they compute what their papers say, and their ranks are found."""

import brute
import numpy as np
import pytest

from literature import networks


def numbered_weights(circuit, high=5):
    """Small integer weights, as arrays by name, in the order in which they were made."""
    draw = np.random.default_rng(1)
    names = sorted(circuit.parameters, key=lambda name: (len(name), name))
    return {name: draw.integers(-high, high, circuit.parameters[name]) for name in names}


def computes(circuit, weights, expected):
    """Whether the coefficient tensor is the expected one, by its definition modulo a prime."""
    tables = {name: matrix.tolist() for name, matrix in weights.items()}
    found = brute.tensor(circuit, tables)
    return np.array_equal(found, np.rint(expected).astype(np.int64) % brute.PRIME)


def test_a_periodic_matrix_product_state_is_a_trace():
    """Entry (x_0, x_1, …) is the trace of the product of the matrices that these choose."""
    circuit = networks.periodic_matrix_product_state(4, 3, 2)
    weights = numbered_weights(circuit)
    cores = [w.reshape(2, 2, 3) for w in weights.values()]
    expected = np.einsum("abw,bcx,cdy,daz->wxyz", *cores)
    assert computes(circuit, weights, expected)


def test_projected_entangled_pairs_are_summed_over_all_bonds():
    """A grid of 2 × 3 tensors, seven bonds."""
    circuit = networks.projected_entangled_pairs(2, 3, 2, 2)
    weights = numbered_weights(circuit, high=3)
    cores = [w.reshape(*[2] * k, 2) for w, k in zip(weights.values(), (2, 3, 2) * 2, strict=True)]
    expected = np.einsum("adu,abev,bfw,cdx,cqey,qfz->uvwxyz", *cores)
    assert computes(circuit, weights, expected)
    by_column = networks.projected_entangled_pairs(2, 3, 2, 2, by_column=True)
    order = [0, 3, 1, 4, 2, 5]
    renamed = dict(zip(weights, [list(weights.values())[k] for k in order], strict=True))
    assert computes(by_column, renamed, expected)


def test_mera_is_two_layers_over_a_ring():
    """Against the contraction of all its tensors at once."""
    circuit = networks.multiscale_entanglement_renormalization(2)
    weights = numbered_weights(circuit, high=2)
    tensors = [w.reshape([2] * (w.size.bit_length() - 1)).astype(float) for w in weights.values()]
    # Locations A to H; the legs l_i and r_i of pairs are i to p, a to d what these send upward.
    expected = np.einsum(
        "ijBC,klDE,bjk,mnFG,opHA,dno,clm,api,rtbc,sqda,uqr,vts,uv->ABCDEFGH",
        *tensors,
        optimize=True,
    )
    assert computes(circuit, weights, expected)


def test_a_hidden_markov_model_sums_over_its_paths():
    """The emission and transition matrices are one each; the first state has weights of its own."""
    circuit = networks.hidden_markov_model(3, 2, 4)
    assert dict(circuit.parameters) == {"emission": (2, 4), "transition": (2, 2), "w0": (1, 2)}
    weights = numbered_weights(circuit)
    step, sent, first = weights["transition"], weights["emission"], weights["w0"][0]
    expected = np.einsum("a,ax,ab,by,bc,cz->xyz", first, sent, step, sent, step, sent)
    assert computes(circuit, weights, expected)


def test_a_markov_tree_is_a_product_over_its_edges():
    """Each entry is the root's weight times one weight for each edge."""
    circuit = networks.markov_tree([0, 0, 1, 1], 3)
    weights = numbered_weights(circuit)
    third, second, first, root = weights.values()
    expected = np.einsum("a,ab,bc,bd->abcd", root[0], first, second, third)
    assert computes(circuit, weights, expected)


def test_a_tree_tensor_network_contracts_full_cores():
    """Four locations: a core over each half, and a matrix between them."""
    circuit = networks.tree_tensor_network(4, 2, 3)
    w = list(numbered_weights(circuit).values())
    leaves, cores, top = w[:4], [x.reshape(3, 3, 3) for x in w[4:6]], w[6].reshape(3, 3)
    expected = np.einsum("aw,bx,cy,dz,eab,fcd,ef->wxyz", *leaves, *cores, top)
    assert computes(circuit, numbered_weights(circuit), expected)


def regions_of(circuit):
    """The scopes of products, with the scopes of their factors."""
    scopes, found = [], {}
    for node in circuit.nodes:
        own = {node.location} if node.kind == "input" else set()
        scopes.append(frozenset(own.union(*[scopes[c] for c in node.children])))
        parts = frozenset(scopes[c] for c in node.children if scopes[c])
        if node.kind == "product" and len(parts) > 1:
            found.setdefault(scopes[-1], set()).add(parts)
    return found


def test_a_quad_graph_cuts_an_image_in_either_order():
    """The whole and its quarters in two ways, halves in one; a quad tree cuts everything once."""
    of_graph = regions_of(networks.quad_graph(4, 4, 2, 2))
    by_size = {}
    for region, ways in of_graph.items():
        by_size.setdefault(len(region), []).append(len(ways))
    # 4 halves (two rows or two columns each), 4 quarters, 16 dominoes within these
    assert {k: sorted(v) for k, v in by_size.items()} == {
        16: [2],
        8: [1] * 4,
        4: [2] * 4,
        2: [1] * 16,
    }
    for parts in (2, 4):
        of_tree = regions_of(networks.quad_tree(4, 4, 2, 2, parts=parts))
        assert {len(ways) for ways in of_tree.values()} == {1}
        assert {len(way) for ways in of_tree.values() for way in ways} == {parts}


def test_poon_domingos_has_every_rectangle():
    """36 rectangles of a 3 × 3 image, 27 of them larger than a cell, each cut in every way."""
    found = regions_of(networks.poon_domingos(3, 3, 2, 2))
    assert len(found) == 36 - 9
    assert len(found[frozenset(range(9))]) == 4
    assert sum(map(len, found.values())) == sum(
        (h + w - 2) * (4 - h) * (4 - w) for h in (1, 2, 3) for w in (1, 2, 3)
    )


@pytest.mark.parametrize("repetitions", [1, 3, 4])
def test_random_binary_trees_meet_at_the_top(repetitions):
    """The whole is halved once for each repetition, and every part into halves."""
    found = regions_of(networks.random_binary_trees(16, 2, 2, repetitions, seed=1))
    assert len(found[frozenset(range(16))]) == repetitions
    for region, ways in found.items():
        assert all(sorted(map(len, way)) == [len(region) // 2] * 2 for way in ways)


def test_a_learned_network_has_no_channels():
    """Sums and products of one channel in turn, of several arities."""
    circuit = networks.learned_network(40, 2, seed=2)
    assert {node.width for node in circuit.nodes if node.kind != "input"} == {1}
    for kind in ("sum", "product"):
        assert len({len(node.children) for node in circuit.nodes if node.kind == kind}) > 2
