"""The networks of the literature as circuits: CP, HT (whole and truncated), trees, TT, RAC.

Names are readable and fixed: inputs "x3", sums "s0.3" and products "p0.3" (level, position), the
output "out"; parameters "a0.3", or "a0" where a level is shared, and "out".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circuitalg.circuit.builder import CircuitBuilder, check_nodes, dims_by_location
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import natural_number, natural_numbers
from circuitalg.errors import CircuitError
from circuitalg.memory import in_print
from circuitalg.options import described, flag, is_list


def cp_model(
    locations: int, dim: int | Sequence[int], width: int, shared: bool = False, outputs: int = 1
) -> Circuit:
    """The shallow network: Σ_z a^y_z · a^{z,1} ⊗ … ⊗ a^{z,N} (Cohen, Sharir, Shashua 2016, eq. 3).

    Parameters
    ----------
    locations, dim : N, and M (one number, or one per location).
    width : number Z of hidden channels.
    shared : whether all locations have the same vectors (a symmetric tensor).
    outputs : number Y of classes.

    Returns
    -------
    Circuit
        With N·M·Z + Z·Y parameters; M·Z + Z·Y when shared.

    Raises
    ------
    CircuitError
        For a size that is not a positive integer.

    Examples
    --------
    >>> cp_model(locations=16, dim=4, width=100).num_parameters
    6500
    """
    count = _locations(locations)
    return ht_model(count, dim, [width], window=count, shared=shared, outputs=outputs)


def ht_model(
    locations: int,
    dim: int | Sequence[int],
    widths: Sequence[int],
    window: int = 2,
    shared: bool | Sequence[bool] = False,
    outputs: int = 1,
) -> Circuit:
    """The deep network of eq. 4, and with fewer widths than levels the truncated one of eq. 5.

    Level l is a 1 × 1 convolution to r_l channels followed by product pooling over ``window``
    neighbours (Cohen, Sharir, Shashua 2016). With L_c < L widths the last pooling is global: it
    multiplies all window^(L − L_c + 1) nodes that are left.

    Parameters
    ----------
    locations : N, a power window^L with L ≥ 1.
    dim : M, one number or one per location.
    widths : r_0, r_1, …, one per level; between 1 and L of them.
    window : pooling size q ≥ 2.
    shared : one Boolean, or one per width: entry l ties the matrices that make level l. The output
        matrix is never shared.
    outputs : number Y of classes.

    Returns
    -------
    Circuit
        With N·M·r_0 + Σ_l r_{l−1}·(N/q^l)·r_l + Y·r_{L−1} parameters; a shared level counts one
        of its N/q^l matrices.

    Raises
    ------
    CircuitError
        When N is not a power of the window, or the number of widths or flags does not fit.

    Examples
    --------
    >>> ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True).num_parameters
    68
    >>> ht_model(locations=16, dim=4, widths=[4, 4]).num_parameters  # truncated
    388
    """
    count, q = _locations(locations), natural_number(window, "the pooling window", least=2)
    levels = _levels(count, q)
    widths = natural_numbers(widths, "width")
    if not 1 <= len(widths) <= levels:
        raise CircuitError(
            f"{len(widths)} widths are given; {count} locations with windows of {q} have 1 to "
            f"{levels} levels, and each takes one"
        )
    given: Any = shared
    many = is_list(given)
    ties = [flag("shared", tie) for tie in (given if many else [given] * len(widths))]
    if len(ties) != len(widths):
        raise CircuitError(
            f"shared must be true or false, or {len(widths)} of these (one per width), not "
            f"{len(ties)} of them"
        )
    sums = sum(count // q**level for level in range(len(widths)))
    check_nodes(count + 2 * sums, f"a network of {in_print(count)} locations")
    builder = CircuitBuilder(count, dim)
    nodes = [builder.input(i) for i in range(count)]
    for level, (width, tie) in enumerate(zip(widths, ties, strict=True)):
        convolved = [
            builder.sum(
                node,
                width=width,
                parameter=f"a{level}" if tie else f"a{level}.{j}",
                name=f"s{level}.{j}",
            )
            for j, node in enumerate(nodes)
        ]
        size = len(convolved) if level == len(widths) - 1 else q
        nodes = [
            builder.product(*convolved[j : j + size], name=f"p{level}.{j // size}")
            for j in range(0, len(convolved), size)
        ]
    return _output(builder, nodes[0], outputs)


def tree_model(
    tree: ModeTree,
    dim: int | Sequence[int],
    widths: int | Sequence[int],
    shared: bool = False,
    outputs: int = 1,
) -> Circuit:
    """A network over any mode tree: one product node per inner node, one matrix per edge.

    Product node v has width w_v; each child, a leaf or a product node, enters it through a sum of
    its own, with a w_v × (width of the child) matrix; an output sum tops the root.

    Parameters
    ----------
    tree : which locations are pooled together, in which order.
    dim : M, one number or one per location.
    widths : one number, or one per inner node in preorder.
    shared : tie the matrices above children at like places with equal subtrees: two children
        at the same depth, entering nodes of the same width, whose subtrees have the same shape,
        widths and dimensions (order of children aside). On a balanced tree with one width per
        level and one dimension that is one matrix per level, as in `ht_model`. A tied matrix is
        named after its first child in preorder.
    outputs : number Y of classes.

    Returns
    -------
    Circuit
        Nodes "p5", "s5" and parameter "a5" belong to inner node 5 (the root is 0); "sx3" and
        "ax3" to location 3.

    Raises
    ------
    CircuitError
        When the number of widths or dimensions does not fit the tree.

    Examples
    --------
    >>> tree_model(ModeTree.from_nested([0, [1, 2]]), dim=2, widths=3).num_parameters
    30
    """
    if not isinstance(tree, ModeTree):
        raise CircuitError(f"tree_model needs a ModeTree, not {described(tree)}")
    dims = dims_by_location(tree.locations, dim)
    inner = len(tree.children)
    if is_list(widths):
        by_node = natural_numbers(widths, "width")
        if len(by_node) != inner:
            raise CircuitError(
                f"{len(by_node)} widths are given; this mode tree has {inner} inner nodes, and "
                "each takes one (in preorder), unless one number serves for all"
            )
    else:
        by_node = [natural_number(widths, "the width", least=1)] * inner
    names = _tied_names(tree, dims, by_node) if flag("shared", shared) else {}
    builder = CircuitBuilder(tree.locations, dims)
    products = [""] * inner
    # Preorder has parents first, so in reverse every child comes before its parent.
    for number in reversed(range(inner)):
        sums = []
        for child in tree.children[number]:
            below = builder.input(child) if child >= 0 else products[-child]
            place = f"x{child}" if child >= 0 else f"{-child}"
            parameter = names.get((number, child), f"a{place}")
            sums.append(
                builder.sum(below, width=by_node[number], parameter=parameter, name=f"s{place}")
            )
        products[number] = builder.product(*sums, name=f"p{number}")
    return _output(builder, products[0], outputs)


def _tied_names(
    tree: ModeTree, dims: Sequence[int], widths: Sequence[int]
) -> dict[tuple[int, int], str]:
    """Parameter of each edge (inner node, child) when like places share."""
    inner = len(tree.children)
    forms: dict[object, int] = {}
    form_of = [0] * inner
    depth = [0] * inner

    def form(child: int) -> int:
        return form_of[-child] if child < 0 else forms.setdefault(dims[child], len(forms))

    for number in reversed(range(inner)):
        key = (widths[number], *sorted(form(child) for child in tree.children[number]))
        form_of[number] = forms.setdefault(key, len(forms))
    first: dict[tuple[int, int, int], str] = {}
    names: dict[tuple[int, int], str] = {}
    for number in range(inner):
        for child in tree.children[number]:
            if child < 0:
                depth[-child] = depth[number] + 1
            place = f"ax{child}" if child >= 0 else f"a{-child}"
            key3 = (depth[number], widths[number], form(child))
            names[number, child] = first.setdefault(key3, place)
    return names


def tt_model(
    locations: int, dim: int | Sequence[int], ranks: int | Sequence[int], outputs: int = 1
) -> Circuit:
    """Tensor train, or matrix product state: the score of a multiplicative recurrent network.

    Core t is one parameter "gt". Core 0 is r_1 × M. Core t > 0 reads the vector h ⊗ x_t, whose
    channel α·M + i is h_α · x_{t,i}, as `CircuitBuilder.outer` makes it, so the train is a tree
    circuit (Khrulkov, Novikov, Oseledets 2018 for its use).

    Parameters
    ----------
    locations, dim : N ≥ 2, and M (one number, or one per location).
    ranks : r_1, …, r_{N−1}, or one number for all.
    outputs : number Y of classes; the last core has shape (Y, r_{N−1}·M).

    Returns
    -------
    Circuit
        With M·r_1 + Σ_t r_t·M·r_{t+1} + r_{N−1}·M·Y parameters.

    Raises
    ------
    CircuitError
        When the number of ranks or dimensions does not fit.

    Examples
    --------
    >>> tt_model(locations=8, dim=3, ranks=4).num_parameters
    312
    """
    count = _locations(locations)
    dims = dims_by_location(count, dim)
    if is_list(ranks):
        rank = natural_numbers(ranks, "rank")
        if len(rank) != count - 1:
            raise CircuitError(f"{len(rank)} ranks are given; {count} locations need {count - 1}")
    else:
        rank = [natural_number(ranks, "the rank", least=1)] * (count - 1)
    rank = [*rank, natural_number(outputs, "the number of outputs", least=1)]
    check_nodes(5 * count, f"a tensor train of {in_print(count)} locations")
    builder = CircuitBuilder(count, dims)
    hidden = builder.sum(builder.input(0), width=rank[0], parameter="g0", name="h0")
    for t in range(1, count):
        pair = builder.outer(hidden, builder.input(t), spread=(f"e{t}", f"f{t}"), name=f"p{t}")
        name = "out" if t == count - 1 else f"h{t}"
        hidden = builder.sum(pair, width=rank[t], parameter=f"g{t}", name=name)
    return builder.build(hidden)


def rac_model(
    locations: int, dim: int | Sequence[int], width: int, layers: int = 1, outputs: int = 1
) -> Circuit:
    """Recurrent arithmetic circuit h^{t,l} = (W^{H,l} h^{t−1,l}) ⊙ (W^{I,l} h^{t,l−1}).

    The matrices "Hl" and "Il" of layer l = 1, 2, … serve all times t = 1, …, N; h^{t,0} is the
    input of location t − 1, the initial state h^{0,l} is the parameter "h0.l" on a constant, and
    the score is linear in h^{N,L} (Levine, Sharir, Ziv, Shashua 2017).

    With one layer this is a tree circuit. With more, h^{t,1} is used twice, the circuit is not
    decomposable and has no coefficient tensor of order N; ask about its grid tensor.

    Parameters
    ----------
    locations, dim : number N of times, and M.
    width : number R of channels of every layer.
    layers : number L of layers.
    outputs : number Y of classes.

    Returns
    -------
    Circuit
        With R·M + R² + R parameters for the first layer, 2·R² + R for each further one, Y·R for
        the output.

    Raises
    ------
    CircuitError
        For a size that is not a positive integer.

    Examples
    --------
    >>> rac_model(locations=8, dim=3, width=4, layers=2).num_parameters
    72
    """
    count = _locations(locations)
    width = natural_number(width, "the width", least=1)
    layers = natural_number(layers, "the number of layers", least=1)
    check_nodes(
        count * (1 + 3 * layers) + 2 * layers,
        f"a recurrent network of {in_print(count)} locations and {in_print(layers)} layers",
    )
    builder = CircuitBuilder(count, dim)
    state = [
        builder.sum(
            builder.constant(name=f"c{layer}"),
            width=width,
            parameter=f"h0.{layer}",
            name=f"h0.{layer}",
        )
        for layer in range(1, layers + 1)
    ]
    for t in range(1, count + 1):
        below = builder.input(t - 1)
        for layer in range(1, layers + 1):
            below = state[layer - 1] = builder.product(
                builder.sum(
                    state[layer - 1], width=width, parameter=f"H{layer}", name=f"H{t}.{layer}"
                ),
                builder.sum(below, width=width, parameter=f"I{layer}", name=f"I{t}.{layer}"),
                name=f"h{t}.{layer}",
            )
    return _output(builder, state[-1], outputs)


def _output(builder: CircuitBuilder, top: str, outputs: int) -> Circuit:
    outputs = natural_number(outputs, "the number of outputs", least=1)
    return builder.build(builder.sum(top, width=outputs, parameter="out", name="out"))


def _locations(locations: int) -> int:
    return natural_number(locations, "the number of locations", least=2)


def _levels(locations: int, window: int) -> int:
    """L with window^L = locations."""
    levels, size = 0, 1
    while size < locations:
        levels, size = levels + 1, size * window
    if size != locations:
        raise CircuitError(
            f"{in_print(locations)} locations are not a power of the window "
            f"{in_print(window)}; use tree_model with ModeTree.balanced for other sizes"
        )
    return levels
