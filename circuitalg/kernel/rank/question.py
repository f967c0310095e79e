"""What a rank rule is asked, with what is derived from it: the network, its blocks, ranks of grids.

Tactics and rules read the same object. What is derived is never given: it is computed here, at the
first call, from a circuit and a bipartition of exactly these types, which cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Never, final

from circuitalg.arithmetic.modular import rank
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.forms import check_renormalisable
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel.exact_types import exact_types
from circuitalg.kernel.minors import circuit_grid
from circuitalg.kernel.network import (
    CircuitNetwork,
    Network,
    Parameter,
    circuit_network,
    distinct_blocks,
)
from circuitalg.kernel.statements import SPACES


@final
class Question:
    """The rank of one output's coefficient tensor across a bipartition, over a space of weights.

    Parameters
    ----------
    circuit, bipartition, output, space
        As in ``GenericRank``.

    Raises
    ------
    RuleError
        When an argument has another type, or the space another name. (That the bipartition and the
        output are the circuit's is checked where they are read.)

    Examples
    --------
    >>> from circuitalg import Bipartition, ht_model
    >>> question = Question(ht_model(8, 4, [3, 3, 3], shared=True), Bipartition.odd_even(8))
    >>> len(question.found.network), sum(question.blocks.values())
    (16, 1)
    """

    __slots__ = ("_blocks", "_found", "_ranks", "bipartition", "circuit", "output", "space")

    circuit: Circuit
    bipartition: Bipartition
    output: int
    space: str
    _found: CircuitNetwork | None
    _blocks: Mapping[Network, int] | None
    _ranks: dict[tuple[int, int, int], int]

    @exact_types
    def __init__(
        self, circuit: Circuit, bipartition: Bipartition, output: int = 0, space: str = "real"
    ) -> None:
        if space not in SPACES:
            raise RuleError(
                f"the parameter space must be one of {', '.join(SPACES)}, got {space!r}"
            )
        given = {"circuit": circuit, "bipartition": bipartition, "output": output, "space": space}
        for name, what in (given | {"_found": None, "_blocks": None, "_ranks": {}}).items():
            object.__setattr__(self, name, what)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"a question never changes; {name!r} cannot be set")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"a question never changes; {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[type[Question], tuple[Circuit, Bipartition, int, str]]:
        return Question, (self.circuit, self.bipartition, self.output, self.space)

    @property
    def found(self) -> CircuitNetwork:
        """The network of variables of a tree circuit.

        Raises
        ------
        StructureError
            When the circuit is not a tree.
        """
        if self._found is None:
            found = circuit_network(self.circuit, self.bipartition, self.output)
            object.__setattr__(self, "_found", found)
            return found
        return self._found

    @property
    def blocks(self) -> Mapping[Network, int]:
        """The distinct blocks of the network of variables, with multiplicities.

        Raises
        ------
        StructureError
            When the circuit is not a tree.
        """
        if self._blocks is None:
            blocks = MappingProxyType(distinct_blocks(self.found.network))
            object.__setattr__(self, "_blocks", blocks)
            return blocks
        return self._blocks

    @exact_types
    def grid_rank(self, seed: int, size: int, prime: int) -> int:
        """The rank modulo a prime of the circuit's values at the seed's weights and vectors (L4).

        ``size`` product vectors on each side, as ``kernel.minors`` draws them. The rule that is
        given a minor reads what the search for it has made the kernel compute.

        Raises
        ------
        StructureError
            When the circuit has no coefficient tensor.
        RuleError
            When the seed, the size or the prime is out of range.
        TooLargeError
            When the grid does not fit the memory, before it is computed.
        """
        key = seed, size, prime
        if key not in self._ranks:
            asked = self.circuit, self.bipartition, self.output, self.space
            self._ranks[key] = rank(circuit_grid(*asked, *key), prime)
        return self._ranks[key]

    def check_blocks(self) -> None:
        """Refuse a circuit whose generic rank its network of variables does not show.

        Over simplex weights: some positive weights have the rank, since the positive orthant is
        dense in the Zariski sense, and renormalising them multiplies the tensor with a positive
        number.

        Raises
        ------
        RuleError
            When a parameter is used in two ways, or simplex weights cannot be renormalised.
        """
        views: dict[str, str] = {}
        for label in self.found.names:
            if (
                isinstance(label, Parameter)
                and views.setdefault(label.name, label.view) != label.view
            ):
                raise RuleError(
                    f"parameter {label.name!r} is used in two ways, so the network of variables "
                    "does not show the circuit; prove by a minor of the whole circuit"
                )
        if self.space == "simplex":
            check_renormalisable(self.circuit)
