"""The rooms of the package, what each imports, and the drawing of it in docs/images/imports.svg.

`python tests/imports.py` writes the drawing; tests/test_import.py compares it with the imports.
"""

import ast
from functools import cache
from pathlib import Path

import circuitalg

PACKAGE = Path(circuitalg.__file__).parent
DRAWING = Path(__file__).parents[1] / "docs" / "images" / "imports.svg"

# Imports point from later floors to earlier ones; rooms of one floor do not import each other.
FLOORS = (
    ("errors", "threads"),
    ("integers", "deadline"),
    ("options", "python_code"),
    ("memory", "tables"),
    ("files",),
    ("expressions",),
    ("circuit", "arithmetic"),
    ("edge",),
    ("tensor",),
    ("spectra", "representation"),
    ("symbolic", "logspace"),
    ("kernel", "learning"),
    ("forall", "prove"),
    ("run",),
    ("strategies", "view"),
    ("cli", "hypothesis_plugin"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Methods that hand over to a floor above when they are called, by file.
LATE = {
    "circuit/graph.py": {"tensor", "symbolic", "representation", "logspace"},
    "kernel/theorem.py": {"run"},
}


def imported(tree):
    """Rooms that a module imports: (at its top, inside functions); not for type checkers alone."""
    found = set(), set()
    _collect(tree, False, found)
    return tuple(
        {name.split(".")[1] for name in names if name.startswith("circuitalg.")} & set(FLOOR_OF)
        for names in found
    )


def _collect(node, late, found):
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        found[late].update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        found[late].update(f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.stmt | ast.Module | ast.ExceptHandler | ast.match_case):
        late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            _collect(child, late, found)


def upward(room, rooms, named=()):
    """What a module of a room imports that is not on a floor below, nor named as late."""
    below = {room} | {other for other, floor in FLOOR_OF.items() if floor < FLOOR_OF[room]}
    early, late = rooms
    return (early - below) | (late - below - set(named))


@cache
def modules(room):
    """What each module of a room imports, by its path."""
    files = [PACKAGE / f"{room}.py", *sorted((PACKAGE / room).rglob("*.py"))]
    return {
        file.relative_to(PACKAGE).as_posix(): imported(ast.parse(file.read_text(encoding="utf-8")))
        for file in files
        if file.exists()
    }


def arrows():
    """(Rooms that each room imports, late hand-overs as pairs); what others imply is left out."""
    needs, over = {}, set()
    for room in FLOOR_OF:
        needs[room] = set()
        for name, (early, late) in modules(room).items():
            named = late & LATE.get(name, set())
            over |= {(room, other) for other in named}
            needs[room] |= (early | late) - named - {room}
    return {
        room: {other for other in found if not any(other in _below(needs, o) for o in found)}
        for room, found in needs.items()
    }, over


def _below(needs, room):
    found, stack = set(), list(needs[room])
    while stack:
        other = stack.pop()
        if other not in found:
            found.add(other)
            stack.extend(needs[other])
    return found


# Drawing

_WIDTH, _STEP, _BOX = 760, 64, (124, 30)


def _places():
    """Centre of each room, the ground floor at the bottom; rooms alone on a floor zigzag."""
    places = {}
    for floor, rooms in enumerate(FLOORS):
        y = _STEP * (len(FLOORS) - floor) - _STEP // 2
        shift = 70 * (-1) ** floor
        for k, room in enumerate(rooms):
            places[room] = round(_WIDTH * (k + 1) / (len(rooms) + 1)) + shift, y
    return places


def drawing():
    """The SVG: an arrow for each import that no other implies, dashed for late hand-overs."""
    places, (needs, over) = _places(), arrows()
    height = _STEP * len(FLOORS)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}">',
        "<title>Imports between the rooms of circuitalg</title>",
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" orient="auto">',
        '<path d="M0 0L8 4L0 8z" fill="#34495e"/></marker>',
        "<style>text {font: 14px sans-serif; text-anchor: middle}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
    ]
    down = [(room, other, "#5b6b7b", "") for room in needs for other in sorted(needs[room])]
    up = [(room, other, "#c0392b", ' stroke-dasharray="5 4"') for room, other in sorted(over)]
    half = _BOX[1] // 2
    for room, other, colour, dash in down + up:
        (x, y), (u, v) = places[room], places[other]
        sign = 1 if v > y else -1
        y, v = y + sign * half, v - sign * (half + 2)
        bend = sign * max(20, abs(v - y) // 2)
        lines.append(
            f'<path d="M{x} {y}C{x} {y + bend} {u} {v - bend} {u} {v}" fill="none" '
            f'stroke="{colour}"{dash} marker-end="url(#tip)"/>'
        )
    for room, (x, y) in places.items():
        lines.append(
            f'<rect x="{x - _BOX[0] // 2}" y="{y - half}" width="{_BOX[0]}" height="{_BOX[1]}" '
            'rx="5" fill="#eef3f8" stroke="#34495e"/>'
            f'<text x="{x}" y="{y + 5}">{room}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    DRAWING.write_text(drawing(), encoding="utf-8")
