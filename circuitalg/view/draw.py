"""Drawings of networks: nodes with their widths, tied matrices in one colour, sides and cuts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit
from circuitalg.errors import CircuitError, FileFormatError, TooLargeError
from circuitalg.files import check_output, is_regular, write
from circuitalg.integers import shown
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import listed
from circuitalg.view.layout import Layout, layered
from circuitalg.view.proof import ProofMarks, marks_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from circuitalg.circuit import Bipartition, Circuit

MAX_NODES = 2000
"""Beyond this many nodes a page is no longer legible."""

_SUFFIXES = (".png", ".svg", ".pdf")
_INK, _PAPER, _EDGE = "#1f2933", "#ffffff", "#9aa5b1"
_SIDE_I, _SIDE_J, _NO_SIDE = "#2563eb", "#ea7a0c", "#52606d"
_SUM, _PRODUCT, _CONSTANT = "#eef2f7", "#fdf6dd", "#e4e7eb"
_CUT, _RULE = "#d6204e", "#6d28d9"
_TIED = ("#0f9d76", "#8b5cf6", "#a16207", "#0891b2", "#be185d", "#4d7c0f", "#7c3aed", "#854d0e")
_COLUMN, _ROW = 0.62, 0.76  # inches between columns and layers
_WIDEST, _TALLEST = 24.0, 30.0  # inches; larger networks are scaled down
_LABELLED_EDGES = 16
_DASHES, _DOTS = (0, (3, 2)), (0, (1, 2.5))


def draw(
    circuit: CircuitLike | Theorem[Any],
    path: str | FilePath | None = None,
    *,
    bipartition: BipartitionLike | None = None,
    cut: Iterable[str] | None = None,
) -> Figure:
    """Draw a network in layers, the inputs at the bottom and the output on top.

    Numbers in the nodes are channels, at the inputs locations. Edges of one tied parameter share a
    colour, named in the legend with its shape.

    Parameters
    ----------
    circuit : Circuit, or a theorem about a rank
        At most 2,000 nodes; a few hundred stay legible. Of a theorem its network and bipartition
        are drawn, the nodes at which its rules stand are ringed, the rules named in the legend,
        and branches that its proof from below leaves out are dotted.
    path : str or path, optional
        Where to save the drawing (``.svg``, ``.png`` or ``.pdf``); written atomically.
    bipartition : Bipartition, optional
        Colours the inputs by their side; in any form that `Bipartition.parse` reads. A theorem has
        its own.
    cut : iterable of str, optional
        Names of nodes to highlight, such as ``ca.minimal_cut`` returns.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        For a theorem that is not about the rank of a network.
    TooLargeError
        When the network has more than 2,000 nodes.
    BipartitionError
        When the bipartition has another number of locations.
    CircuitError
        When ``cut`` names a node that the network does not have.
    FileFormatError
        When the suffix of ``path`` is not one of those above.
    OutputError
        When the picture cannot be written there, before it is drawn.

    Examples
    --------
    >>> from circuitalg import ht_model, minimal_cut
    >>> deep = ht_model(locations=4, dim=2, widths=[2, 2])
    >>> figure = draw(deep, bipartition="odd-even", cut=minimal_cut(deep, "odd-even"))
    >>> [text.get_text() for text in figure.legends[0].get_texts()][-1]
    'cut: 2^2'
    """
    marks = marks_of(circuit) if isinstance(circuit, Theorem) else None
    if marks is not None:
        circuit, bipartition = marks.circuit, bipartition or marks.bipartition
    circuit = as_circuit(circuit)
    parts = None if bipartition is None else as_bipartition(bipartition, circuit)
    target = None if path is None else check_picture(path)
    highlighted = _checked(circuit, cut)
    from matplotlib import rc_context

    # A parameter named "$x^{" is a name, not mathematics.
    plain: dict[Any, Any] = {
        "svg.hashsalt": "circuitalg",
        "font.family": "DejaVu Sans",
        "text.parse_math": False,
    }
    with rc_context(plain):
        figure = _Drawing.of(circuit, parts, highlighted, marks).figure()
        if target is not None:
            save_picture(figure, target)
    return figure


def _checked(circuit: Circuit, cut: Iterable[str] | None) -> frozenset[str]:
    size = len(circuit.nodes)
    if size > MAX_NODES:
        raise TooLargeError(
            f"a drawing of {size:,} nodes is not legible; draw a smaller network of the same form "
            f"(at most {MAX_NODES:,} nodes)"
        )
    names = [] if cut is None else listed("the cut is a list of names of nodes", cut)
    known = {node.name for node in circuit.nodes}
    unknown = [name for name in names if not isinstance(name, str) or name not in known]
    if unknown:
        first = min(map(shown, unknown))
        raise CircuitError(f"the cut names {first}, which is not a node of the network")
    return frozenset(names)


def check_picture(path: str | FilePath) -> FilePath:
    """The path of a picture, refused before drawing where none could be saved.

    Parameters
    ----------
    path
        Where the picture is to be.

    Raises
    ------
    FileFormatError
        When the name ends in none of ``.svg``, ``.png`` and ``.pdf``.
    OutputError
        When it cannot be written there.

    Examples
    --------
    >>> print(check_picture("net.svg"))
    net.svg
    """
    path = FilePath(path)
    if is_regular(path) and path.suffix.lower() not in _SUFFIXES:
        raise FileFormatError(
            f"{path} does not have a picture's suffix; end it in {', '.join(_SUFFIXES[:-1])} or "
            f"{_SUFFIXES[-1]}"
        )
    check_output(path, "drawing")
    return path


def save_picture(figure: Figure, path: str | FilePath) -> None:
    """Write a figure, whole or not at all, in the format that its suffix names; SVG in a stream.

    Parameters
    ----------
    figure
        A `matplotlib.figure.Figure`.
    path
        Where to write it.

    Raises
    ------
    FileFormatError, OutputError
        As `check_picture` does.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from circuitalg import cp_model
    >>> with TemporaryDirectory() as folder:
    ...     save_picture(draw(cp_model(2, 2, 2)), folder + "/net.svg")
    """
    path = check_picture(path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        suffix = ".svg"
    date = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    picture = io.BytesIO()
    figure.savefig(picture, format=suffix[1:], dpi=150, metadata=date)
    write(path, picture.getvalue(), "drawing")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn and where; lengths are inches."""

    circuit: Circuit
    bipartition: Bipartition | None
    cut: Collection[str]
    marks: ProofMarks | None
    layout: Layout
    tied: dict[str, str]  # colour of each parameter that several edges share
    scale: float  # of nodes and columns
    row: float  # height of a layer

    @classmethod
    def of(
        cls,
        circuit: Circuit,
        bipartition: Bipartition | None,
        cut: Collection[str],
        marks: ProofMarks | None,
    ) -> _Drawing:
        layout = layered(circuit)
        uses = Counter(m for node in circuit.nodes for m in node.matrices if isinstance(m, str))
        shared = [name for name, count in uses.items() if count > 1]
        tied = {name: _TIED[i % len(_TIED)] for i, name in enumerate(shared)}
        columns, rows = layout.width + 1, layout.height + 1
        scale = min(1.0, _WIDEST / (_COLUMN * columns), _TALLEST / (_ROW * rows))
        # Wide networks keep taller layers, else their picture is a ribbon.
        row = min(_ROW, max(_ROW * scale, _COLUMN * scale * columns / 3 / rows))
        return cls(circuit, bipartition, cut, marks, layout, tied, scale, row)

    def figure(self) -> Figure:
        """Draw edges, nodes and legend on a page that fits them."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        entries = self._legend()
        columns = max(1, min(len(entries), int((self.layout.width + 1) * _COLUMN / 2.1)))
        legend_height = 0.19 * -(-len(entries) // columns) + 0.2
        width = max(self.layout.width * _COLUMN * self.scale + 1.0, 3.2)
        height = self.layout.height * self.row + 0.8
        figure = Figure(figsize=(width, height + legend_height), facecolor=_PAPER)
        FigureCanvasAgg(figure)
        share = legend_height / (height + legend_height)
        axes = figure.add_axes((0.0, share, 1.0, 1.0 - share))
        axes.set_axis_off()
        middle = (max(self.layout.x) + min(self.layout.x)) / 2 * _COLUMN * self.scale
        axes.set_xlim(middle - width / 2, middle + width / 2)
        axes.set_ylim(-0.4, height - 0.4)
        self._draw_edges(axes)
        self._draw_nodes(axes)
        figure.legend(
            handles=entries,
            loc="lower center",
            ncols=columns,
            frameon=False,
            fontsize=8.5,
            labelcolor=_INK,
            handletextpad=0.5,
            columnspacing=1.6,
        )
        return figure

    def _place(self, index: int) -> tuple[float, float]:
        layout = self.layout
        return layout.x[index] * _COLUMN * self.scale, layout.layer[index] * self.row

    def _draw_edges(self, axes: Axes) -> None:
        """Edges rise in the child's column and bend below the parent."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        nodes = self.circuit.nodes
        labelled = sum(len(node.matrices) for node in nodes) <= _LABELLED_EDGES
        step = self.row
        for index, node in enumerate(nodes):
            x1, y1 = self._place(index)
            for number, child in enumerate(node.children):
                x0, y0 = self._place(child)
                matrix = node.matrices[number] if node.matrices else None
                name = matrix if isinstance(matrix, str) else None
                lift, fall = y1 - 0.74 * step, y1 - 0.26 * step
                middle = (lift + fall) / 2
                points = [(x0, y0), (x0, lift), (x0, middle), (x1, middle), (x1, fall), (x1, y1)]
                codes = [Path.MOVETO, Path.LINETO, *[Path.CURVE4] * 3, Path.LINETO]
                fixed = node.kind == "sum" and name is None
                axes.add_patch(
                    PathPatch(
                        Path(points, codes),
                        fill=False,
                        edgecolor=self.tied.get(name or "", _EDGE),
                        linewidth=(2.0 if name in self.tied else 1.3) * self._pen,
                        linestyle=_DOTS
                        if self._left_out(node.name, nodes[child].name, name)
                        else _DASHES
                        if fixed
                        else "solid",
                        zorder=1,
                    )
                )
                if labelled and name is not None:
                    self._label_edge(axes, name, ((x0 + x1) / 2, y1 - 0.41 * step))

    def _label_edge(self, axes: Axes, name: str, place: tuple[float, float]) -> None:
        axes.text(
            *place,
            _short(name),
            ha="center",
            va="center",
            fontsize=6.5,
            color=self.tied.get(name, _NO_SIDE),
            bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 0.8},
            zorder=2,
        )

    @property
    def _pen(self) -> float:
        """Lines get thinner more slowly than the picture is scaled."""
        return max(self.scale**0.5, 0.3)

    def _draw_nodes(self, axes: Axes) -> None:
        from matplotlib.patches import Circle

        radius = 0.21 * self.scale
        for index, node in enumerate(self.circuit.nodes):
            place = self._place(index)
            rings = []
            if node.name in self.cut:
                axes.add_patch(
                    Circle(place, 1.62 * radius, facecolor=_CUT, alpha=0.16, linewidth=0, zorder=2)
                )
                rings.append((1.62, _CUT))
            if self.marks is not None and node.name in self.marks.rules:
                rings.append((1.95, _RULE))
            for size, colour in rings:
                axes.add_patch(
                    Circle(
                        place,
                        size * radius,
                        fill=False,
                        edgecolor=colour,
                        linewidth=2.2 * self._pen,
                        zorder=2,
                    )
                )
            self._draw_node(axes, index, place, radius)

    def _draw_node(self, axes: Axes, index: int, place: tuple[float, float], radius: float) -> None:
        from matplotlib.patches import Circle, FancyBboxPatch, Patch, RegularPolygon

        node = self.circuit.nodes[index]
        x, y = place
        line = 1.2 * self._pen
        side = self._side(node.location)
        text = str(node.location if node.kind == "input" else node.width)
        shape: Patch
        if node.kind == "product":
            shape = RegularPolygon(
                place, 4, radius=1.22 * radius, facecolor=_PRODUCT, edgecolor=_INK, lw=line
            )
        elif node.kind == "input":
            shape = Circle(place, radius, facecolor=side, edgecolor=side, lw=line)
        else:
            half = 0.86 * radius
            shape = FancyBboxPatch(
                (x - half, y - half),
                2 * half,
                2 * half,
                boxstyle=f"round,pad=0,rounding_size={0.45 * radius}",
                facecolor=_CONSTANT if node.kind == "constant" else _SUM,
                edgecolor=_INK,
                lw=line,
            )
        shape.set_zorder(3)
        axes.add_patch(shape)
        size = 9.5 * self.scale * (1.0 if len(text) < 3 else 2.4 / len(text))
        axes.text(
            x,
            y - 0.01 * self.scale,
            text,
            ha="center",
            va="center_baseline",
            fontsize=max(size, 0.5),
            color=_PAPER if node.kind == "input" else _INK,
            fontweight="bold" if node.kind == "input" else "normal",
            zorder=4,
        )

    def _side(self, location: int | None) -> str:
        if self.bipartition is None or location is None:
            return _NO_SIDE
        return (_SIDE_I, _SIDE_J)[self.bipartition.sides[location]]

    def _legend(self) -> list[Line2D]:
        """Entries for what occurs in this drawing, and nothing else."""
        kinds = {node.kind for node in self.circuit.nodes}
        entries = []
        low, high = min(self.circuit.dims), max(self.circuit.dims)
        dims = f"M = {low}" if low == high else f"M = {low} to {high}"
        if self.bipartition is None:
            entries.append(_marker("o", _NO_SIDE, _NO_SIDE, f"input: its location ({dims})"))
        else:
            entries.append(_marker("o", _SIDE_I, _SIDE_I, f"input in I: its location ({dims})"))
            entries.append(_marker("o", _SIDE_J, _SIDE_J, "input in J"))
        if "sum" in kinds:
            entries.append(_marker("s", _SUM, _INK, "sum (1×1 convolution): channels"))
        if "product" in kinds:
            entries.append(_marker("D", _PRODUCT, _INK, "product (pooling): channels"))
        if "constant" in kinds:
            entries.append(_marker("s", _CONSTANT, _INK, "constant 1: channels"))
        matrices = (matrix for node in self.circuit.nodes for matrix in node.matrices)
        if not all(isinstance(matrix, str) for matrix in matrices):
            entries.append(_line(_EDGE, "fixed matrix", _DASHES))
        if self.cut:
            entries.append(_marker("o", "#f9dfe6", _CUT, f"cut: {self._cost()}"))
        if self.marks is not None:
            names = sorted({name for names in self.marks.rules.values() for name in names})
            if names:
                entries.append(_marker("o", _PAPER, _RULE, "proof: " + ", ".join(names)))
            if self.marks.zero:
                entries.append(_line(_EDGE, "proof: left out, a parameter being zero", _DOTS))
        for name, colour in list(self.tied.items())[: len(_TIED)]:
            rows, columns = self.circuit.parameters[name]
            entries.append(_line(colour, f"{_short(name)}: tied, {rows}×{columns}"))
        if len(self.tied) > len(_TIED):
            entries.append(_line(_EDGE, f"and {len(self.tied) - len(_TIED)} more tied matrices"))
        return entries

    def _left_out(self, parent: str, child: str, parameter: str | None) -> bool:
        """Whether the proof from below does without an edge."""
        marks = self.marks
        return marks is not None and (
            parameter in marks.zero or not marks.left.issuperset((parent, child))
        )

    def _cost(self) -> str:
        """Write the widths over the cut as a product: 3·4^2."""
        counts = Counter(node.width for node in self.circuit.nodes if node.name in self.cut)
        return "·".join(
            f"{w}^{n}" if n > 1 else f"{w}" for w, n in sorted(counts.items(), reverse=True)
        )


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def _marker(shape: str, face: str, edge: str, label: str) -> Line2D:
    from matplotlib.lines import Line2D

    size = 7 if shape == "D" else 9
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=shape,
        markersize=size,
        markerfacecolor=face,
        markeredgecolor=edge,
        label=label,
    )


def _line(colour: str, label: str, style: Any = "solid") -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linewidth=2.0, linestyle=style, label=label)
