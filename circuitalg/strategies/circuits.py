"""`circuits`: the strategy for networks of every kind."""

from __future__ import annotations

from collections.abc import Callable, Collection

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.strategies import graphs, models, trees
from circuitalg.strategies.bounds import KINDS, Bounds, read_bounds
from circuitalg.strategies.draws import pick

_MAKE: dict[str, Callable[[DrawFn, Bounds], Circuit]] = {
    "cp": models.cp,
    "ht": models.ht,
    "tt": models.tt,
    "rac": models.rac,
    "tree": trees.tree,
    "free tree": trees.free_tree,
    "mixture": graphs.mixture,
    "repeated": graphs.repeated,
}


def circuits(
    *,
    min_locations: int = 2,
    max_locations: int = 5,
    min_dim: int = 1,
    max_dim: int = 3,
    max_width: int = 3,
    max_arity: int = 4,
    max_outputs: int = 1,
    max_parameters: int | None = None,
    kinds: str | Collection[str] = KINDS,
    ties: str | Collection[str] | None = None,
    fixed: bool = True,
    constants: bool = True,
    nonnegative: bool = False,
) -> SearchStrategy[Circuit]:
    """Circuits of every kind, tied in every way.

    They shrink towards few locations, dimensions and channels of 1, no ties, and the first of the
    kinds.

    Parameters
    ----------
    min_locations, max_locations : bounds on N.
    min_dim, max_dim : bounds on the dimension of a location; it may differ between locations.
    max_width : most channels of a node, those of outer products aside.
    max_arity : most children of a product in a tree, and the largest window of an HT model.
    max_outputs : most outputs.
    max_parameters : most scalar parameters; None for any number.
    kinds
        One or several of:
        "cp", "ht" (also truncated), "tt", "rac" (one layer): the models of these names;
        "tree": one product for each node of a random mode tree;
        "free tree": tree circuits with direct inputs, chains of sums, products of products, cores;
        "mixture": smooth decomposable circuits whose sums have several branches, over reused nodes,
        with core tensors and mixing layers;
        "repeated": circuits with a location below two children of one product, not decomposable.
        Kinds without a circuit within the other bounds are left out.
    ties
        None for every pattern, or one or several of: "untied"; "height", "height and place",
        "depth" and "equal subtrees" of the edges, at levels that are drawn; "anywhere". Models have
        those that their arguments offer: "height" is ``shared``, recurrent networks are "anywhere".
    fixed : whether there may be fixed matrices; tensor trains, cores and mixing layers have some.
    constants : whether there may be constants; recurrent networks and mixing layers have some.
    nonnegative : whether entries of fixed matrices are at least 0, as in log-space.

    Raises
    ------
    ArgumentError, OptionError
        When made: for an argument outside its range, and where no circuit is within the bounds.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(circuits(kinds="tree"), lambda circuit: len(set(circuit.dims)) > 1).dims
    (1, 2)
    """
    bounds = read_bounds(
        locations=(min_locations, max_locations),
        dims=(min_dim, max_dim),
        max_width=max_width,
        max_arity=max_arity,
        max_outputs=max_outputs,
        max_parameters=max_parameters,
        kinds=kinds,
        ties=ties,
        fixed=fixed,
        constants=constants,
        nonnegative=nonnegative,
    )
    return _circuits(bounds)


@st.composite
def _circuits(draw: DrawFn, bounds: Bounds) -> Circuit:
    circuit = _MAKE[pick(draw, bounds.kinds)](draw, bounds)
    if bounds.max_parameters is not None and circuit.num_parameters > bounds.max_parameters:
        reject()
    return circuit
