"""What a rank rule is asked, with what is derived from it: the network, its blocks, ranks of grids.

Tactics, rules and drawings read the same object. What is derived is never given: it is computed at
the first call, from a circuit and a bipartition of exactly these types, which cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, final

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import (
    CircuitNetwork,
    Network,
    Parameter,
    check_sides,
    circuit_network,
    distinct_blocks,
)
from circuitalg.kernel.statement import check_output
from circuitalg.options import kind_of

SPACES = ("real", "nonnegative", "simplex")
"""Parameter spaces: all real weights; non-negative ones; non-negative rows that sum to one."""
_KINDS = {"circuit": Circuit, "bipartition": Bipartition, "output": int, "space": str}


@final
@dataclass(frozen=True)
class Question:
    """The rank of one output's coefficient tensor across a bipartition, over a space of weights.

    Parameters
    ----------
    circuit, bipartition, output, space
        As in ``GenericRank``.

    Raises
    ------
    BipartitionError, RuleError
        When the locations or the output are not the circuit's, an argument has another type, or the
        space another name.

    Examples
    --------
    >>> from circuitalg import Bipartition, ht_model
    >>> question = Question(ht_model(8, 4, [3, 3, 3], shared=True), Bipartition.odd_even(8))
    >>> len(question.network), sum(question.blocks.values())
    (16, 1)
    """

    circuit: Circuit
    bipartition: Bipartition
    output: int = 0
    space: str = "real"

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            given = getattr(self, name)
            if type(given) is not kind:
                raise RuleError(
                    f"the {name} of a question is {kind_of(given)}; the kernel takes "
                    f"{kind.__name__} alone, not a subclass"
                )
        if self.space not in SPACES:
            raise RuleError(
                f"the parameter space must be one of {', '.join(SPACES)}, got {self.space!r}"
            )
        check_sides(self.circuit, self.bipartition)
        check_output(self.circuit, self.output)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: a copy derives for itself."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def named(self) -> CircuitNetwork:
        """The network of variables of a tree circuit, with the circuit's names.

        Raises
        ------
        StructureError
            When the circuit is not a tree.
        """
        return circuit_network(self.circuit, self.bipartition, self.output)

    @property
    def network(self) -> Network:
        """The network of variables; raises as `named` does."""
        return self.named.network

    @property
    def blocks(self) -> Mapping[Network, int]:
        """The distinct blocks of the network, with multiplicities; raises as `named` does."""
        return distinct_blocks(self.network)

    def check_blocks(self) -> None:
        """Refuse a circuit whose generic rank its network of variables does not show.

        Raises
        ------
        RuleError
            When a parameter is used in two ways.
        """
        views: dict[str, str] = {}
        for label in self.named.names:
            if (
                isinstance(label, Parameter)
                and views.setdefault(label.name, label.view) != label.view
            ):
                raise RuleError(
                    f"parameter {label.name!r} is used in two ways, so the network of variables "
                    "does not show the circuit; prove by a minor of the whole circuit"
                )
