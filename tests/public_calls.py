"""Every public function and method with arguments that are right, to be replaced by wrong ones."""

from fractions import Fraction

import numpy as np

import circuitalg as ca
from circuitalg.expressions import least, symbols, width
from circuitalg.kernel.forall.claims import RankAtLeast
from circuitalg.kernel.forall.families import ONE, HTNetworks
from circuitalg.representation import Gaussians
from circuitalg.spectra import (
    edge_spectra,
    fit_cp,
    hsvd,
    in_metric,
    singular_values,
    spectra,
)
from circuitalg.spectra.canonical_form import canonical_form
from circuitalg.tensor.coefficients import coefficient_slice

NET = ca.cp_model(2, 2, 2)
PARTS = ca.Bipartition.odd_even(2)
WEIGHTS = NET.random_weights(seed=1)
POSITIVE = NET.random_weights(seed=1, kind="simplex")
FLOATS = NET.random_weights(seed=1, kind="float")
X = np.ones((1, 2, 2))
FAMILY = Gaussians([[0], [2]], [[1], [1]])
SIMNET = NET.to_simnet(POSITIVE)
LAYER = ca.Similarity("l2", [[0.0], [1.0]])
TREE = ca.ModeTree.balanced(2)
MATRIX = [[1, 0], [0, 1]]
RANK = {"circuit": NET, "bipartition": PARTS}
AT = {"circuit": NET, "weights": WEIGHTS}
_Q, _M, _DIM = symbols("q m M")
FOR_ALL = {
    "symbols": {"q": 2, "m": 0, "M": 1},
    "networks": HTNetworks(_Q, _M + 1, _DIM),
    "claim": RankAtLeast(ONE, least(_DIM, width(0)) ** (_Q**_M)),
}
BOUNDS = {"output": 0, "max_minor": 4}


def _gram():
    return [[1.0, 0.5], [0.5, 1.0]]


# name: (function, arguments that are right)
CALLS = {
    # models and what they are made of
    "cp_model": (
        ca.cp_model,
        {"locations": 2, "dim": 2, "width": 2, "shared": False, "outputs": 1},
    ),
    "ht_model": (
        ca.ht_model,
        {"locations": 2, "dim": 2, "widths": [2], "window": 2, "shared": False, "outputs": 1},
    ),
    "tree_model": (ca.tree_model, {"tree": TREE, "dim": 2, "widths": 2, "shared": False}),
    "tt_model": (ca.tt_model, {"locations": 2, "dim": 2, "ranks": 2, "outputs": 1}),
    "rac_model": (ca.rac_model, {"locations": 2, "dim": 2, "width": 2, "layers": 1}),
    "CircuitBuilder": (ca.CircuitBuilder, {"locations": 2, "dim": 2}),
    "Circuit": (ca.Circuit, {"graph": NET.graph}),
    "Circuit.from_nodes": (ca.Circuit.from_nodes, {"nodes": NET.nodes}),
    "ModeTree": (ca.ModeTree, {"children": ((0, 1),)}),
    "ModeTree.from_nested": (ca.ModeTree.from_nested, {"nested": [0, 1]}),
    "ModeTree.balanced": (ca.ModeTree.balanced, {"locations": 2, "arity": 2}),
    "ModeTree.caterpillar": (ca.ModeTree.caterpillar, {"locations": 2}),
    "ModeTree.random": (ca.ModeTree.random, {"locations": 2, "seed": 0, "max_arity": 2}),
    "ModeTree.grid": (ca.ModeTree.grid, {"height": 2, "width": 2, "order": "square"}),
    "Bipartition": (ca.Bipartition, {"sides": b"\0\1"}),
    "Bipartition.parse": (ca.Bipartition.parse, {"value": "odd-even", "locations": 2}),
    "Bipartition.of": (ca.Bipartition.of, {"rows": [0], "locations": 2}),
    "Bipartition.two_sides": (ca.Bipartition.two_sides, {"rows": [0], "columns": [1]}),
    "Bipartition.odd_even": (ca.Bipartition.odd_even, {"locations": 2}),
    "Bipartition.low_high": (ca.Bipartition.low_high, {"locations": 2}),
    "Bipartition.blocks": (ca.Bipartition.blocks, {"locations": 2, "size": 1}),
    "Bipartition.from_mask": (ca.Bipartition.from_mask, {"image": [[True, False]]}),
    "Bipartition.random": (ca.Bipartition.random, {"locations": 2, "seed": 0}),
    "Bipartition.all": (ca.Bipartition.all, {"locations": 2}),
    # methods of circuits
    "random_weights": (NET.random_weights, {"seed": 0, "kind": "integer"}),
    "evaluate": (NET.evaluate, {"weights": WEIGHTS, "x": X}),
    "score": (NET.score, {"weights": FLOATS, "representation": FAMILY, "patches": X[:, :, :1]}),
    "predict": (NET.predict, {"weights": FLOATS, "representation": FAMILY, "patches": X[:, :, :1]}),
    "coefficient_tensor": (
        NET.coefficient_tensor,
        {"weights": WEIGHTS, "output": 0, "max_bytes": None, "backend": "auto", "modulus": None},
    ),
    "coefficients": (NET.coefficients, {"weights": WEIGHTS, "indices": [[0, 1]], "output": 0}),
    "coefficient_slice": (coefficient_slice, AT | {"indices": {0: 1}, "output": 0}),
    "polynomial": (
        NET.polynomial,
        {"weights": WEIGHTS, "form": "ring", "output": 0, "max_terms": 99},
    ),
    "to_simnet": (
        NET.to_simnet,
        {"weights": POSITIVE, "mean": False, "beta": 1, "similarity": LAYER},
    ),
    # tensors and values
    "grid_tensor": (ca.grid_tensor, AT | {"templates": MATRIX, "output": 0}),
    "marginalize": (ca.marginalize, {"circuit": NET, "x": X, "missing": [0]}),
    "log_sign_evaluate": (ca.log_sign_evaluate, AT | {"x": X}),
    "evaluate_over": (
        ca.evaluate_over,
        {"circuit": NET, "weights": POSITIVE, "x": X, "semiring": "log"},
    ),
    "singular_values": (
        singular_values,
        RANK | {"weights": FLOATS, "output": 0, "count": 1, "gram": _gram(), "seed": 0},
    ),
    "spectra": (spectra, {"circuit": NET, "weights": FLOATS, "bipartitions": [PARTS]}),
    "edge_spectra": (edge_spectra, {"circuit": NET, "weights": FLOATS, "output": 0}),
    "canonical_form": (canonical_form, {"circuit": NET, "weights": FLOATS, "output": 0}),
    "hsvd": (hsvd, {"array": np.eye(2), "tree": TREE, "ranks": 2, "tolerance": 0.1}),
    "ht_decomposition": (ca.ht_decomposition, {"tensor": MATRIX, "tree": TREE}),
    "diagonal_form": (ca.diagonal_form, {"decomposition": ca.ht_decomposition(MATRIX)}),
    "matricization": (ca.matricization, {"tensor": np.eye(2), "bipartition": PARTS}),
    "fit_cp": (
        fit_cp,
        {"tensor": np.eye(2), "channels": 1, "starts": 1, "sweeps": 1, "seed": 0},
    ),
    "in_metric": (in_metric, {"tensor": np.eye(2), "gram": _gram()}),
    "Integer": (ca.Integer, {"value": 3}),
    "code": (ca.code, {"value": 1}),
    "exact": (ca.exact, {"numbers": 0.5}),
    # log-space
    "mex": (ca.mex, {"values": np.ones(2), "beta": 1.0, "axis": -1, "offsets": None}),
    "split_signs": (ca.split_signs, {"circuit": NET}),
    "split_weights": (ca.split_weights, {"weights": WEIGHTS}),
    "to_simplex": (ca.to_simplex, {"circuit": NET, "weights": POSITIVE}),
    "Similarity": (
        ca.Similarity,
        {"kind": "l2", "templates": [[0.0]], "weights": [[1.0]], "normalize": False},
    ),
    "Similarity.evaluate": (LAYER.evaluate, {"patches": [[0.0]]}),
    "SimNet": (ca.SimNet, {"nodes": SIMNET.nodes, "offsets": SIMNET.offsets, "similarity": LAYER}),
    "SimNet.evaluate": (SIMNET.evaluate, {"x": X, "offsets": SIMNET.offsets}),
    "SimNet.score": (NET.to_simnet(POSITIVE, similarity=LAYER).score, {"patches": X[:, :, :1]}),
    "SimNet.to_weights": (SIMNET.to_weights, {"offsets": SIMNET.offsets}),
    # theorems
    "prove_rank": (ca.prove_rank, RANK | BOUNDS | {"space": "real", "timeout": 9}),
    "prove_rank_at": (ca.prove_rank_at, RANK | BOUNDS | {"weights": WEIGHTS}),
    "estimate_rank": (ca.estimate_rank, RANK | BOUNDS | {"trials": 1}),
    "prove_grid_rank": (ca.prove_grid_rank, RANK | {"templates": MATRIX, "max_grid": 4}),
    "rank_landscape": (
        ca.rank_landscape,
        BOUNDS
        | {"circuit": NET, "partitions": "all", "space": "real", "effort": "auto", "workers": 1},
    ),
    "prove_separation": (
        ca.prove_separation,
        BOUNDS
        | {"deep": NET, "family": "cp", "bipartition": "paper", "space": "real", "timeout": 9},
    ),
    "ExactTensor": (ca.ExactTensor, {"dims": (2,), "entries": (0, 1)}),
    "paper_bound": (ca.paper_bound, {"deep": NET, "family": "cp"}),
    "cp_family": (ca.cp_family, {}),
    "truncated_family": (ca.truncated_family, {"levels": 1, "window": 2}),
    "tree_family": (ca.tree_family, {"tree": ca.ModeTree.balanced(4)}),
    "tt_family": (ca.tt_family, {}),
    "rac_family": (ca.rac_family, {}),
    "cut_value": (ca.cut_value, RANK | {"output": 0}),
    "minimal_cut": (ca.minimal_cut, RANK | {"output": 0}),
    "draw": (ca.draw, RANK | {"cut": ["out"]}),
    "prove_same": (ca.prove_same, {"a": NET, "b": NET, "weights": {"out": "out"}}),
    "prove_symmetric": (
        ca.prove_symmetric,
        {"circuit": ca.cp_model(2, 2, 2, shared=True), "generators": [[1, 0]]},
    ),
    "prove_universal": (ca.prove_universal, {"circuit": ca.cp_model(2, 2, 4)}),
    "prove_represents": (
        ca.prove_represents,
        {"model": NET, "tensor": MATRIX, "weights": None, "output": 0},
    ),
    "prove_minimal_ht": (ca.prove_minimal_ht, {"tensor": MATRIX, "tree": TREE}),
    "prove_cp_rank": (ca.prove_cp_rank, {"tensor": MATRIX, "terms": None}),
    "prove_linearly_independent": (
        ca.prove_linearly_independent,
        {"representation": FAMILY, "seed": 0},
    ),
    "prove_not_approximable": (
        ca.prove_not_approximable,
        RANK
        | {"weights": WEIGHTS, "channels": 1, "family": "cp", "representation": FAMILY, "output": 0}
        | {"box": None},
    ),
    "prove_log_score": (
        ca.prove_log_score,
        {"circuit": NET, "weights": POSITIVE, "x": MATRIX, "output": 0, "bits": 20},
    ),
    "log_ranges": (ca.log_ranges, {"weights": POSITIVE, "x": X}),
    "prove_log_space_error": (
        ca.prove_log_space_error,
        {"circuit": NET, "log_weights": (-2, 0), "log_inputs": (Fraction(-3, 2), 1)}
        | {"zeros": "none"},
    ),
    "prove_log_space": (
        ca.prove_log_space,
        {"circuit": NET, "simnet": NET.to_simnet(), "mean": False, "beta": 1},
    ),
    "prove_multilinear": (ca.prove_multilinear, {"circuit": NET}),
    "prove_signed_split": (ca.prove_signed_split, {"circuit": NET}),
    "prove_simplex_form": (ca.prove_simplex_form, {"circuit": NET}),
    "prove_for_all": (ca.prove_for_all, FOR_ALL),
}
