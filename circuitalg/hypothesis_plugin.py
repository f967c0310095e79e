"""What Hypothesis calls when it is imported, so that ``st.from_type(ca.Circuit)`` draws circuits.

Nothing is loaded for it: a type is registered when its module has been imported, which whoever asks
for the type has done, and the strategies are imported when they are asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

TYPES: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "circuitalg.circuit.bipartition": (
        "Bipartition",
        lambda own, st: own.bipartitions(st.integers(2, 6)),
    ),
    "circuitalg.circuit.graph": ("Circuit", lambda own, _: own.circuits()),
    "circuitalg.circuit.modetree": (
        "ModeTree",
        lambda own, st: own.mode_trees(st.integers(2, 6)),
    ),
    "circuitalg.logspace.simnet": ("SimNet", lambda own, _: own.simnets()),
    "circuitalg.tensor.exact_tensor": (
        "ExactTensor",
        lambda own, st: own.tensors(st.lists(st.integers(1, 3), min_size=1, max_size=4)),
    ),
}
"""By module: a type, and what makes its strategy from this package's and Hypothesis's own."""


def register() -> None:
    """Register the types whose modules are there, and the others when they come."""
    for name in TYPES:
        if name in sys.modules:
            _register(sys.modules[name])
    if _Watcher not in sys.meta_path:
        sys.meta_path.insert(0, _Watcher)


def _register(module: ModuleType) -> None:
    from hypothesis import strategies as st

    name, make = TYPES[module.__name__]

    def strategy(_: type) -> Any:
        from circuitalg import strategies as own

        return make(own, st)

    st.register_type_strategy(getattr(module, name), strategy)


class _Watcher:
    """Sees the modules come that have the types; the others find them."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, with the registration after its import."""
        if name not in TYPES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is cls else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                _then_register(spec.loader)
                return spec
        return None


def _then_register(loader: Any) -> None:
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        _register(module)

    loader.exec_module = exec_module
