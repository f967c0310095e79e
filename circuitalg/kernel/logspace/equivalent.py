"""A SimNet computes the logarithm of a circuit, node by node: log is a homomorphism.

It takes the non-negative reals with + and · to R ∪ {−∞} with log-sum-exp and +; log 0 = −∞ is
neutral for the first and absorbs in the second, and the log-sum-exp of −∞ alone is −∞.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.logspace.simnet import SimNet, SimNode
from circuitalg.python_code import AS_CODE

_KINDS = {"input": "input", "constant": "constant", "mex": "sum", "pool": "product"}


@dataclass(frozen=True, slots=True)
class LogSpaceEquivalent:
    """The SimNet gives the logarithms of the circuit's outputs.

    For all non-negative weights w and inputs x: with offsets (log w_p + log c)/β, p and c being
    what ``offsets`` has for each, the SimNet at log(x)/β computes log(h(x; w))/β for every output;
    log 0 = −∞, divided by β. Source: Cohen, Sharir, Shashua 2016, appendix E; for β = 1 the
    homomorphism of circuitalg.logspace.semirings, and c ↦ β·c takes MEX_β to MEX_1.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_log_space(ca.ht_model(4, 2, [2, 2])))
    Theorem: for all non-negative weights w and inputs x, the SimNet of 14 nodes (log-sum-exp,
    beta = 1) with offsets log w computes log h(x; w) at log x, h being the network
    34d6ddfefdc8... and log 0 = -infinity
    """

    circuit: Circuit
    simnet: SimNet
    offsets: Mapping[str, tuple[str, int]]
    """Parameter, and number of channels averaged over (1 without the average), by offset."""

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"log-space, beta = {self.simnet.beta}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        beta = self.simnet.beta
        over = "" if beta == 1 else f"/{beta}" if isinstance(beta, int) else f"/({beta})"
        counted = any(count > 1 for _, count in self.offsets.values())
        offset = ("(log w + log n)" if over else "log w + log n") if counted else "log w"
        modes = {node.mean for node in self.simnet.nodes if node.kind == "mex"}
        kind = "log-sum-exp" if not any(modes) else "MEX" if all(modes) else "log-sum-exp and MEX"
        return (
            f"for all non-negative weights w and inputs x, the SimNet of {len(self.simnet.nodes)} "
            f"nodes ({kind}, beta = {beta}) with offsets {offset}{over} computes "
            f"log h(x; w){over} at log x{over}, h being the network "
            f"{short_name(self.circuit)} and log 0 = -infinity"
        )


@dataclass(frozen=True, slots=True)
class Homomorphism(Proof):
    """Node by node, the SimNet does to logarithms what the circuit does to numbers."""

    tactic = "homomorphism"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "log takes sums to log-sum-exp and products to sums: by induction every node of the "
            "SimNet is the logarithm of its node of the circuit"
        )


@rule
def log_space_equivalent(
    circuit: Circuit,
    simnet: SimNet,
    offsets: Mapping[str, tuple[str, int]],
    proof: Homomorphism,
) -> LogSpaceEquivalent:
    """Demand that each node of the SimNet is the logarithm of the circuit's node at its place.

    Proof, by induction. Let β·c_α be the logarithms of the children's channels. A pool node is
    Σ c = log(Π exp(β·c))/β. A mex node is log((1/n) Σ exp(β·(b_α + c_α)))/β, n being 1 in softmax
    mode; with β·b_α = log w_α + log n this is log(Σ w_α exp(β·c_α))/β. Where all w_α exp(β·c_α) are
    0 both sides are −∞/β.
    """
    del proof
    if len(simnet.nodes) != len(circuit.nodes):
        raise RuleError("the SimNet must have one node for each of the circuit's, in their order")
    try:
        _ = simnet.beta
    except StructureError as error:
        raise RuleError(str(error)) from None
    if set(offsets) != set(simnet.parameters):
        raise RuleError(
            "name a parameter and a count for each of the SimNet's offsets, and no others"
        )
    said = dict(sorted(offsets.items()))
    directions = Directions()
    for node, image in zip(circuit.nodes, simnet.nodes, strict=True):
        same = (_KINDS[image.kind], image.width, image.location, image.children)
        if same != (node.kind, node.width, node.location, node.children):
            raise RuleError(
                f"the SimNet's node {image.name!r} and the circuit's {node.name!r} differ in kind, "
                "width, location or children"
            )
        if node.kind == "sum":
            _check_edges(node, image, _count(simnet, image), said, directions)
    plain = simnet.offsets is None and simnet.similarity is None
    architecture = simnet if plain else SimNet(simnet.nodes)
    return LogSpaceEquivalent(circuit, architecture, MappingProxyType(said))


def _count(simnet: SimNet, node: SimNode) -> int:
    return sum(simnet.nodes[child].width for child in node.children) if node.mean else 1


def _check_edges(
    node: Node,
    image: SimNode,
    count: int,
    offsets: Mapping[str, tuple[str, int]],
    directions: Directions,
) -> None:
    """Demand offsets log(count · weight)/β at every edge of a sum."""
    for weight, offset in zip(node.matrices, image.offsets, strict=True):
        if isinstance(weight, str) and isinstance(offset, str):
            holds = offsets[offset] == (weight, count)
        elif isinstance(weight, str) or isinstance(offset, str):
            holds = False
        else:
            lead, direction = directions.of(weight)
            holds = directions.of(offset) == (count * lead, direction)
        if not holds:
            shown = repr(weight) if isinstance(weight, str) else "a fixed matrix"
            raise RuleError(
                f"an edge into the MEX node {image.name!r} does not have the logarithm of {shown} "
                f"times {count}, the number of channels that are averaged (1 in softmax mode)"
            )


class Directions:
    """A fixed matrix as its first entry that is not 0, and a number for the matrix divided by it.

    Each matrix is read once, so that one of a million entries at a million edges takes no longer.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[int | Fraction, int]] = {}
        self._numbers: dict[Matrix, int] = {}
        self._held: list[Matrix] = []  # ids stay theirs

    def of(self, matrix: Matrix) -> tuple[int | Fraction, int]:
        """(first entry, number of the direction), equal exactly where matrices are equal."""
        if id(matrix) not in self._known:
            lead = next((entry for row in matrix for entry in row if entry), 0)
            divided = matrix
            if lead not in (0, 1):
                divided = tuple(tuple(Fraction(entry) / lead for entry in row) for row in matrix)
            number = self._numbers.setdefault(divided, len(self._numbers))
            self._known[id(matrix)] = (lead, number)
            self._held.append(matrix)
        return self._known[id(matrix)]
