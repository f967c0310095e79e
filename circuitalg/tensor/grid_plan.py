"""What is done with each node on a grid, decided from sizes alone: by which route, for how long.

A mixed node, which depends on rows and columns, is computed on tiles of the grid, or, by matrix
products over few row and column vectors, as a bilinear form (``bilinear``): by whichever route
counts fewer operations for this circuit on this grid (1,024 x 1,024 values of a balanced tree with
N = 24 and widths 4 take 0.13 s, node after node 0.32 s). Everything is dropped after its last use.
The bytes that are kept at the peak are added up here, so that they can be refused before work
begins; a grid whose values would take more than a set amount is cut into parts that are computed
one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isqrt, prod
from typing import TYPE_CHECKING

from circuitalg.circuit.fold import depth_first
from circuitalg.tensor.bilinear import joined_side

if TYPE_CHECKING:
    from circuitalg.circuit.node import Node

Shape = tuple[int, int]

MIXED = 3
"""What a node depends on: bit 1 for rows (side 0), bit 2 for columns (side 1)."""

# What the reduction of one number costs, in operations of a matrix product: 1.5 ns at 65 Gflop/s.
_REDUCTION = 100
# Numbers that the core of a bilinear form may have.
_CORE = 2**21
# Numbers per tile and node: 2^14 to 2^17 take the same time within noise.
TILE = 2**16
# Numbers that a tile's values take together.
_ALIVE = 2**23
_FEWEST = 256
# Bytes above which a grid is cut into parts, down to this many rows and columns.
_WORK = 2**28
_PART = 32


@dataclass(frozen=True, slots=True)
class Size:
    """Dimensions of a bilinear form: row vectors, column vectors, channels; its core's kind.

    ``core`` is 0 for the product of rows and columns, channel by channel, 2 for numbers on a
    diagonal, 3 for a full core: the dimensions of ``Form.core``.
    """

    rows: int
    columns: int
    width: int
    core: int

    @property
    def core_numbers(self) -> int:
        """Numbers of the core."""
        if self.core == 3:
            return self.width * self.rows * self.columns
        return self.width * self.rows if self.core else 0

    def numbers(self, shape: Shape) -> int:
        """Numbers that the form holds."""
        return self.rows * shape[0] + self.columns * shape[1] + self.core_numbers

    def applied(self, width: int) -> Size:
        """After a matrix with this many rows."""
        return replace(self, width=width, core=self.core or 2)

    def applying(self, width: int) -> int:
        """Operations of that."""
        if not self.core:
            return 0
        return self.core_numbers // self.width * width * (2 * self.width + _REDUCTION)

    def prepared(self, shape: Shape) -> int:
        """Numbers of what tiles are computed from."""
        side = joined_side(self.width, self.rows, self.columns, shape)
        if side is None:
            return self.numbers(shape)
        if side:
            return self.width * self.rows * shape[1] + self.rows * shape[0]
        return self.width * self.columns * shape[0] + self.columns * shape[1]

    def evaluating(self, shape: Shape) -> int:
        """Operations of all values on the grid."""
        inner = min(self.rows, self.columns) if self.core else 0
        values = self.width * shape[0] * shape[1] * (2 * inner + _REDUCTION)
        if self.core != 3:
            return values
        # The core joins the side that leaves the smaller inner dimension.
        other = shape[1] if self.rows < self.columns else shape[0]
        return values + other * (2 * self.core_numbers + _REDUCTION * self.width * inner)


def _multiplied(sizes: Sequence[Size], shape: Shape) -> tuple[Size, int]:
    """The channelwise product of forms, and its operations."""
    result, count = sizes[0], 0
    for other in sizes[1:]:
        rows, columns = result.rows * other.rows, result.columns * other.columns
        count += _REDUCTION * (rows * shape[0] + columns * shape[1] + result.width * rows * columns)
        result = Size(rows, columns, result.width, 3)
    return result, count


@dataclass(slots=True)
class Plan:
    """How a circuit is evaluated on a grid of one shape.

    Attributes
    ----------
    order : the nodes below the output, depth first.
    depends : by node, bits of the sides below it.
    groups : by mixed product, its one-sided children by side; constants join either.
    build : mixed nodes that are made as forms.
    thin : one-sided nodes with fewer channels below them that enter a form by these.
    prepared : forms that tiles read, by node, or by node and child position where a sum's
        matrix is put into the form of its child.
    edge : by node, the edge of ``prepared`` that reads it.
    on_tiles : the nodes that have values on tiles, in order.
    kept : one-sided nodes that tiles read themselves.
    reads : by node, the nodes whose one-sided values or forms it is made of, before the tiles.
    tile_uses : by node, how many readers its value has on a tile.
    tile : rows and columns of a tile.
    numbers : float64 numbers that are held at the peak, the vectors and matrices aside.
    """

    order: list[int]
    depends: list[int]
    shape: Shape
    groups: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    build: dict[int, Size] = field(default_factory=dict)
    thin: dict[int, Size] = field(default_factory=dict)
    prepared: dict[int | tuple[int, int], Size] = field(default_factory=dict)
    edge: dict[int, tuple[int, int]] = field(default_factory=dict)
    on_tiles: list[int] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    reads: list[tuple[int, ...]] = field(default_factory=list)
    tile_uses: list[int] = field(default_factory=list)
    tile: Shape = (1, 1)
    numbers: int = 0

    def readers(self) -> list[int]:
        """By node, how many times ``reads`` names it."""
        count = [0] * len(self.depends)
        for read in self.reads:
            for child in read:
                count[child] += 1
        return count


def fitting(nodes: Sequence[Node], sides: Sequence[int], shape: Shape, tile: int) -> Plan:
    """The plan for the whole grid, or for parts of it that hold less."""
    order = depth_first(nodes)
    depends = _depends(nodes, order, sides)
    part = shape
    while True:
        found = _Planner(nodes, order, depends, part, tile).plan
        excess = 8 * found.numbers / _WORK
        smaller = tuple(min(n, max(_PART, int(n / max(excess, 2)))) for n in part)
        if excess <= 1 or smaller == part:
            return found
        part = smaller[0], smaller[1]


def _depends(nodes: Sequence[Node], order: Sequence[int], sides: Sequence[int]) -> list[int]:
    depends = [0] * len(nodes)
    for i in order:
        location = nodes[i].location
        if location is not None:
            depends[i] = 1 << sides[location]
        for child in nodes[i].children:
            depends[i] |= depends[child]
    return depends


class _Planner:
    """Makes one plan: bottom up the forms, top down what tiles need, then how long each lives."""

    def __init__(
        self,
        nodes: Sequence[Node],
        order: list[int],
        depends: list[int],
        shape: Shape,
        tile: int,
    ) -> None:
        self.nodes, self.last = nodes, len(nodes) - 1
        groups = {
            i: _grouped(nodes[i], depends)
            for i in order
            if depends[i] == MIXED and nodes[i].kind == "product"
        }
        self.plan = Plan(order, depends, shape, groups)
        self.forms: dict[int, Size] = {}
        self.slim: dict[int, Size] = {}
        self.readers = [0] * len(nodes)
        self.above = [0] * len(nodes)
        for i in order:
            for child in nodes[i].children:
                self.readers[child] += 1
                self.above[child] += self.width(i)
        self.find_forms()
        self.find_needed()
        self.find_built()
        self.plan.tile = self.tile_shape(tile)
        self.plan.numbers = self.peak()

    def width(self, i: int) -> int:
        """Channels that are computed of a node: of the last one the output alone."""
        return 1 if i == self.last else self.nodes[i].width

    def mixed(self, i: int) -> list[int]:
        """The mixed children."""
        return [c for c in self.nodes[i].children if self.plan.depends[c] == MIXED]

    # Bottom up

    def find_forms(self) -> None:
        """Sizes of the nodes that could be forms at less cost than the values they replace."""
        for i in self.plan.order:
            node = self.nodes[i]
            if self.plan.depends[i] != MIXED:
                self.find_slim(i)
            elif node.kind == "product":
                self.find_product(i)
            elif len(node.children) == 1 and node.children[0] in self.forms:
                self.forms[i] = self.forms[node.children[0]].applied(self.width(i))

    def find_slim(self, i: int) -> None:
        """A one-sided sum of fewer channels, as a form of these."""
        node, depends = self.nodes[i], self.plan.depends[i]
        if node.kind == "sum" and len(node.children) == 1 and depends and i != self.last:
            width = self.nodes[node.children[0]].width
            if width < node.width:
                sizes = (width, 1) if depends == 1 else (1, width)
                self.slim[i] = Size(*sizes, node.width, 3)

    def find_product(self, i: int) -> None:
        """The form of a product, where one matrix product costs less than its parts' values."""
        mixed, width = self.mixed(i), self.nodes[i].width
        if any(child not in self.forms for child in mixed):
            return
        sizes = [self.forms[child] for child in mixed]
        for side, members in enumerate(self.plan.groups[i]):
            if members:
                own = Size(*((width, 1) if side == 0 else (1, width)), width, 3)
                sizes.append(self.slim.get(members[0], own) if len(members) == 1 else own)
        form, cost = _multiplied(sizes, self.plan.shape)
        if form.core_numbers > _CORE or not pays(
            form, cost, sizes, self.above[i] or 1, self.plan.shape, mixed=len(mixed)
        ):
            if mixed:
                return
            form = Size(width, width, width, 0)
        if i == self.last:
            form = replace(form, width=1, core=form.core or 2)
        self.forms[i] = form

    # Top down

    def find_needed(self) -> None:
        """What tiles compute and read, from the output down."""
        plan, needed = self.plan, {self.last}
        for i in reversed(plan.order):
            if i not in needed or plan.depends[i] != MIXED:
                continue
            node = self.nodes[i]
            if i in self.forms and self.forms[i].core:
                plan.prepared[i] = self.forms[i]
                continue
            for position, child in enumerate(node.children):
                if plan.depends[child] != MIXED:
                    if node.kind == "sum":
                        plan.kept.add(child)
                elif node.kind == "sum" and child in self.forms and self.readers[child] == 1:
                    # Only this sum uses it: its matrix acts on the form.
                    plan.prepared[i, position] = self.forms[child].applied(self.width(i))
                    plan.edge[child] = i, position
                else:
                    needed.add(child)
        plan.on_tiles = [i for i in plan.order if i in needed and plan.depends[i] == MIXED]
        plan.tile_uses = [0] * len(self.nodes)
        for i in plan.on_tiles:
            if i not in plan.prepared:
                for position, child in enumerate(self.nodes[i].children):
                    plan.tile_uses[child] += (i, position) not in plan.prepared

    def find_built(self) -> None:
        """The forms that prepared ones are made of, and what each node reads before the tiles."""
        plan = self.plan
        wanted = {key for key in plan.prepared if isinstance(key, int)} | set(plan.edge)
        self.tiled = set(plan.on_tiles) - plan.prepared.keys()
        plan.reads = [()] * len(self.nodes)
        for i in reversed(plan.order):
            node = self.nodes[i]
            if plan.depends[i] != MIXED:
                plan.reads[i] = node.children
                continue
            if i in wanted:
                plan.build[i] = self.forms[i]
                wanted.update(self.mixed(i))
                plan.reads[i] = tuple(self.mixed(i))
            if node.kind == "product" and (i in wanted or i in self.tiled):
                for members in plan.groups[i]:
                    plan.reads[i] += tuple(members)
                    if i in wanted and len(members) == 1 and members[0] in self.slim:
                        plan.thin[members[0]] = self.slim[members[0]]
        if plan.depends[self.last] != MIXED:
            plan.kept.add(self.last)

    # How much is held

    def tile_shape(self, numbers: int) -> Shape:
        """Rows and columns per tile, twice as many columns as rows where there are enough."""
        plan = self.plan
        inner = [self.nodes[i].width for i in plan.on_tiles if i != self.last]
        size = numbers // max(inner, default=1)
        self.alive = self.channels()
        size = max(1, min(size, max(_FEWEST, max(_ALIVE, 8 * numbers) // self.alive)))
        columns = min(plan.shape[1], max(1, isqrt(2 * size)))
        rows = min(plan.shape[0], max(1, size // columns))
        return rows, min(plan.shape[1], max(1, size // rows))

    def channels(self) -> int:
        """Channels that are held together on a tile, one temporary of each node included."""
        plan, alive, peak = self.plan, 0, 1
        left = list(plan.tile_uses)
        for i in plan.on_tiles:
            width = self.nodes[i].width
            alive += width
            # A product's next factor, or a sum's next summand with its unreduced values.
            peak = max(peak, alive + 2 * width)
            if i in plan.prepared:
                continue
            for child in self.nodes[i].children:
                left[child] -= 1
                if plan.depends[child] == MIXED and left[child] == 0:
                    alive -= self.nodes[child].width
        return peak

    def peak(self) -> int:
        """Numbers that are held at the peak, from what is dropped when."""
        plan = self.plan
        left, held = plan.readers(), dict[int, int]()
        alive = kept = peak = 0
        for i in plan.order:
            node, lasting = self.nodes[i], 0
            if plan.depends[i] != MIXED:
                own = self.one_sided(i)
                if i in plan.thin:
                    child = node.children[0]
                    own += self.one_sided(child) + plan.thin[i].core_numbers
                work = 2 * own
                lasting = own if i in plan.kept else 0
            else:
                own, work, lasting = self.mixed_numbers(i)
            held[i] = own
            alive += own
            kept += lasting
            peak = max(peak, alive + kept + work)
            for child in plan.reads[i]:
                left[child] -= 1
            for child in {*plan.reads[i], i}:
                if not left[child]:
                    alive -= held.pop(child)
        tile = prod(plan.tile)
        return max(peak, kept + (self.alive + 4) * tile + self.strips())

    def one_sided(self, i: int) -> int:
        """Numbers of a one-sided value."""
        depends = self.plan.depends[i]
        return self.nodes[i].width * (self.plan.shape[depends - 1] if depends else 1)

    def mixed_numbers(self, i: int) -> tuple[int, int, int]:
        """Numbers of a form, of the work on it, and of what is kept of the node for the tiles."""
        plan, shape = self.plan, self.plan.shape
        factors = sum(self.one_sided(group[0]) for group in plan.groups.get(i, ()) if group)
        own = plan.build[i].numbers(shape) if i in plan.build else 0
        lasting = sum(
            plan.prepared[key].prepared(shape)
            for key in (i, plan.edge.get(i))
            if key in plan.prepared
        )
        work = 2 * own + factors + lasting
        if i in self.tiled:
            lasting += factors
        return own, work, lasting

    def strips(self) -> int:
        """Numbers of the left factors that are made for one strip of rows."""
        return sum(
            size.width * size.columns * self.plan.tile[0]
            for size in self.plan.prepared.values()
            if joined_side(size.width, size.rows, size.columns, self.plan.shape) is None
        )


def pays(
    form: Size, cost: int, parts: Sequence[Size], above: int, shape: Shape, *, mixed: int
) -> bool:
    """Whether a product's form is cheaper than the values of its parts and their products.

    Counted up to the values of the nodes above it, which have ``above`` channels together.
    """
    width, places = form.width, shape[0] * shape[1]
    whole = cost + form.applying(above) + form.applied(above).evaluating(shape)
    if not mixed:  # the product of rows and columns needs no work at all
        plain = Size(width, width, above, 2)
        return whole < plain.evaluating(shape)
    apart = sum(part.evaluating(shape) for part in parts[:mixed])
    apart += width * _REDUCTION * (len(parts) - 1) * places
    apart += above * (2 * width + _REDUCTION) * places
    return whole <= apart


def _grouped(node: Node, depends: Sequence[int]) -> tuple[list[int], list[int]]:
    """The one-sided children of a product by side."""
    rows = [c for c in node.children if depends[c] == 1]
    columns = [c for c in node.children if depends[c] == 2]
    constant = [c for c in node.children if depends[c] == 0]
    if columns:
        return rows, columns + constant
    return rows + constant, columns


def table_numbers(nodes: Sequence[Node]) -> int:
    """Numbers of all matrices, parameters once, fixed matrices once for each object."""
    found: dict[str | int, int] = {}
    for node in nodes:
        for child, matrix in zip(node.children, node.matrices, strict=False):
            key = matrix if isinstance(matrix, str) else id(matrix)
            found[key] = node.width * nodes[child].width
    return sum(found.values())
