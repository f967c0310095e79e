"""circuitalg: a proof assistant for the expressive power of networks as arithmetic circuits.

    import circuitalg as ca

    deep = ca.ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(16))

A name is imported from its module when it is first used, so the import itself costs nothing.
"""

# fmt: off
# ruff: noqa: F401
import importlib
from typing import TYPE_CHECKING

from circuitalg.errors import CircuitalgError, NotProved, Refuted

if TYPE_CHECKING:  # the same names as in _HOMES, for type checkers and editors
    from circuitalg import representation  # isort: off
    from circuitalg.circuit import (
        Bipartition, Circuit, CircuitBuilder, ModeTree, cp_model, ht_model, load_circuit,
        rac_model, tree_model, tt_model,
    )
    from circuitalg.kernel.certificate import load_theorem
    from circuitalg.kernel.families import cp_family, truncated_family
    from circuitalg.learning.convert import to_jax, to_torch
    from circuitalg.prove.approximation import prove_not_approximable
    from circuitalg.prove.at import prove_rank_at
    from circuitalg.prove.cprank import prove_cp_rank
    from circuitalg.prove.estimate import estimate_rank
    from circuitalg.prove.for_all import prove_for_all
    from circuitalg.prove.grid import prove_grid_rank
    from circuitalg.prove.independence import prove_linearly_independent
    from circuitalg.prove.minimal import prove_minimal_ht
    from circuitalg.prove.rank import prove_rank
    from circuitalg.prove.represents import prove_represents, prove_universal
    from circuitalg.prove.same import prove_same
    from circuitalg.prove.separation import prove_separation
    from circuitalg.prove.symmetric import prove_symmetric
    from circuitalg.tensor.grid import grid_tensor

__version__ = "0.1.0"
if not TYPE_CHECKING:
    _HOMES = {
        "circuit": "Bipartition Circuit CircuitBuilder ModeTree cp_model ht_model load_circuit "
                   "rac_model tree_model tt_model",
        "kernel.certificate": "load_theorem", "kernel.families": "cp_family truncated_family",
        "learning.convert": "to_jax to_torch",
        "prove.approximation": "prove_not_approximable", "prove.at": "prove_rank_at",
        "prove.cprank": "prove_cp_rank", "prove.estimate": "estimate_rank",
        "prove.for_all": "prove_for_all", "prove.grid": "prove_grid_rank",
        "prove.independence": "prove_linearly_independent",
        "prove.minimal": "prove_minimal_ht", "prove.rank": "prove_rank",
        "prove.represents": "prove_represents prove_universal",
        "prove.same": "prove_same", "prove.separation": "prove_separation",
        "prove.symmetric": "prove_symmetric", "tensor.grid": "grid_tensor",
    }
    __all__ = ["CircuitalgError", "NotProved", "Refuted", "__version__", "representation"]
    __all__ += [name for names in _HOMES.values() for name in names.split()]

    def __getattr__(name: str) -> object:
        if name == "representation":
            return importlib.import_module("circuitalg.representation")
        for home, names in _HOMES.items():
            if name in names.split():
                value = getattr(importlib.import_module(f"circuitalg.{home}"), name)
                return globals().setdefault(name, value)
        raise AttributeError(f"module 'circuitalg' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
