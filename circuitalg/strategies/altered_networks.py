"""Alterations of a network in a certificate that leave it a network, and of what depends on it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Choose = Callable[[int], int]
Json = Any

_MOST_ENTRIES = 10_000
"""Of a fixed matrix that is written in."""
_NAME, _KIND, _WIDTH, _CHILDREN, _REFS = range(5)


def altered_network(data: Json, choose: Choose) -> Json:
    """A circuit's data after one alteration; most are networks again."""
    network = {
        **data,
        "parameters": list(data["parameters"]),
        "matrices": list(data["matrices"]),
        "nodes": [
            [list(part) if isinstance(part, list) else part for part in row]
            for row in data["nodes"]
        ],
    }
    _STEPS[choose(len(_STEPS))](network, choose)
    return _tidied(network)


def _sums(network: Json) -> list[tuple[Any, int]]:
    """The edges into sums: a row and a place among its children."""
    return [
        (row, k) for row in network["nodes"] if row[_KIND] == "sum" for k in range(len(row[_REFS]))
    ]


def _shape(network: Json, edge: tuple[Any, int]) -> tuple[int, int]:
    row, k = edge
    return row[_WIDTH], network["nodes"][row[_CHILDREN][k]][_WIDTH]


def _parameter(network: Json, choose: Choose) -> int:
    """The number of a new parameter; its name may come first or last in order."""
    name = ("t", "A", "~")[choose(3)]
    while name in network["parameters"]:
        name += "'"
    network["parameters"].append(name)
    return len(network["parameters"]) - 1


def _tie(network: Json, choose: Choose) -> None:
    """One edge gets another's matrix, of its own shape where there is one."""
    edges = _sums(network)
    row, k = one = edges[choose(len(edges))]
    like = [each for each in edges if _shape(network, each) == _shape(network, one)]
    other, j = (like if choose(8) else edges)[choose(len(like))]
    row[_REFS][k] = other[_REFS][j]


def _tie_many(network: Json, choose: Choose) -> None:
    """All edges of one shape get one matrix."""
    edges = _sums(network)
    one = edges[choose(len(edges))]
    for row, k in edges:
        if _shape(network, (row, k)) == _shape(network, one):
            row[_REFS][k] = one[0][_REFS][one[1]]


def _untie(network: Json, choose: Choose) -> None:
    """One edge gets a parameter of its own."""
    edges = _sums(network)
    row, k = edges[choose(len(edges))]
    row[_REFS][k] = _parameter(network, choose)


def _fix(network: Json, choose: Choose) -> None:
    """One edge, or all of its parameter, get a fixed matrix."""
    edges = _sums(network)
    row, k = edges[choose(len(edges))]
    height, width = _shape(network, (row, k))
    if height * width > _MOST_ENTRIES:
        return
    matrix = _matrix(height, width, choose)
    network["matrices"].append(matrix)
    old, new = row[_REFS][k], -len(network["matrices"])
    if choose(2):
        row[_REFS][k] = new
        return
    for other, j in edges:
        if other[_REFS][j] == old:
            other[_REFS][j] = new


def _matrix(height: int, width: int, choose: Choose) -> Json:
    kind = choose(5)
    if kind == 0:
        return [[int(i == k) for k in range(width)] for i in range(height)]
    if kind == 1:
        return [[0] * width for _ in range(height)]
    if kind == 2:
        return [[1] * width for _ in range(height)]
    if kind == 3:
        return [[int(k == i % 2) for k in range(width)] for i in range(height)]
    values = (0, 1, 2, -1, "1/2", 3)
    return [[values[choose(6)] for _ in range(width)] for _ in range(height)]


def _entry(network: Json, choose: Choose) -> None:
    """One entry of a fixed matrix is another."""
    if not network["matrices"]:
        _fix(network, choose)
        return
    k = choose(len(network["matrices"]))
    matrix = [list(row) for row in network["matrices"][k]]
    row = matrix[choose(len(matrix))]
    row[choose(len(row))] = (0, 1, -1, 2, "1/2", "-1/3")[choose(6)]
    network["matrices"][k] = matrix


def _widths(network: Json, choose: Choose) -> None:
    """One node, and all that must be as wide, get another width."""
    nodes = network["nodes"]
    start = choose(len(nodes))
    group = {start}
    while True:
        size = len(group)
        for number, row in enumerate(nodes):
            if row[_KIND] == "product" and group & {number, *row[_CHILDREN]}:
                group |= {number, *row[_CHILDREN]}
        locations = {nodes[n][3] for n in group if nodes[n][_KIND] == "input"}
        group |= {n for n, row in enumerate(nodes) if row[_KIND] == "input" and row[3] in locations}
        if len(group) == size:
            break
    old = nodes[start][_WIDTH]
    new = (old + 1, max(1, old - 1), 1, 2, 3, old + 2, 1000)[choose(7) if choose(30) else 6]
    if new == 1000 and choose(8):
        new = old + 1
    for number in group:
        nodes[number][_WIDTH] = new
    _dims_fit(network)


def _dims(network: Json, choose: Choose) -> None:
    """All locations get another dimension."""
    inputs = [row for row in network["nodes"] if row[_KIND] == "input"]
    new = max(1, inputs[0][_WIDTH] + (1, -1, 2)[choose(3)])
    for row in inputs:
        row[_WIDTH] = new
    _dims_fit(network)


def _dims_fit(network: Json) -> None:
    """Fixed matrices get the shapes that they now must have: cut, or filled with zeros."""
    for row, k in _sums(network):
        ref = row[_REFS][k]
        if ref >= 0:
            continue
        height, width = _shape(network, (row, k))
        if height * width > _MOST_ENTRIES:
            continue
        old = network["matrices"][-1 - ref]
        if len(old) == height and len(old[0]) == width:
            continue
        network["matrices"].append(_cut(old, height, width, 0))
        row[_REFS][k] = -len(network["matrices"])


def _cut(old: Json, height: int, width: int, filling: Json) -> Json:
    rows = [[*row[:width], *[filling] * (width - len(row))] for row in old[:height]]
    return rows + [[filling] * width for _ in range(height - len(rows))]


def _children(network: Json, choose: Choose) -> None:
    """A node gets another child, one more, one less, or the same in another order."""
    nodes = network["nodes"]
    places = [n for n, row in enumerate(nodes) if row[_KIND] in ("sum", "product")]
    place = places[choose(len(places))]
    row = nodes[place]
    children, kind = row[_CHILDREN], row[_KIND]
    k = choose(len(children))
    action = choose(5)
    if action == 0 and len(children) > 1:
        del children[k]
        if kind == "sum":
            del row[_REFS][k]
    elif action == 1:
        children.reverse()
        if kind == "sum":
            row[_REFS].reverse()
    else:
        fits = [
            n
            for n in range(place)
            if n not in children and (kind == "sum" or nodes[n][_WIDTH] == row[_WIDTH])
        ]
        if not fits:
            return
        child = fits[choose(len(fits))]
        same = nodes[child][_WIDTH] == nodes[children[k]][_WIDTH]
        if action == 2:
            children.append(child)
            if kind == "sum":
                row[_REFS].append(_parameter(network, choose))
        else:
            children[k] = child
            if kind == "sum" and not same:
                row[_REFS][k] = _parameter(network, choose)


def _locations(network: Json, choose: Choose) -> None:
    """Two inputs exchange their locations, or one moves to another's."""
    inputs = [row for row in network["nodes"] if row[_KIND] == "input"]
    one, two = (inputs[choose(len(inputs))] for _ in "ab")
    if choose(4) == 3:
        one[3] = two[3]
    else:
        one[3], two[3] = two[3], one[3]


def _names(network: Json, choose: Choose) -> None:
    """Two names of parameters, or of nodes, change their places."""
    if choose(2):
        names = network["parameters"]
        one, two = (choose(len(names)) for _ in "ab")
        names[one], names[two] = names[two], names[one]
    else:
        rows = network["nodes"]
        one, two = (rows[choose(len(rows))] for _ in "ab")
        one[_NAME], two[_NAME] = two[_NAME], one[_NAME]


def _order(network: Json, choose: Choose) -> None:
    """Two neighbours change their places in the list, and keep their children."""
    nodes = network["nodes"]
    k = choose(len(nodes) - 1)
    if nodes[k + 1][_KIND] in ("sum", "product") and k in nodes[k + 1][_CHILDREN]:
        return
    nodes[k], nodes[k + 1] = nodes[k + 1], nodes[k]
    new = {k: k + 1, k + 1: k}
    for row in nodes:
        if row[_KIND] in ("sum", "product"):
            row[_CHILDREN] = [new.get(child, child) for child in row[_CHILDREN]]


def _between(network: Json, choose: Choose) -> None:
    """A sum or a product of one child is put between a node and what it feeds."""
    nodes = network["nodes"]
    if len(nodes) < 2:
        return
    below = choose(len(nodes) - 1)
    for row in nodes:
        if row[_KIND] in ("sum", "product"):
            row[_CHILDREN] = [child if child < below else child + 1 for child in row[_CHILDREN]]
    width = nodes[below][_WIDTH]
    new: list[Any] = [f"{nodes[below][_NAME]}*", "product", width, [below]]
    if choose(4):
        network["parameters"].append(f"{nodes[below][_NAME]}*")
        new = [f"{nodes[below][_NAME]}*", "sum", width, [below], [len(network["parameters"]) - 1]]
    nodes.insert(below + 1, new)


def _constant(network: Json, choose: Choose) -> None:
    """A product gets a constant factor, or a sum a constant term."""
    nodes = network["nodes"]
    places = [n for n, row in enumerate(nodes) if row[_KIND] in ("sum", "product")]
    place = places[choose(len(places))]
    for row in nodes:
        if row[_KIND] in ("sum", "product"):
            row[_CHILDREN] = [child if child < place else child + 1 for child in row[_CHILDREN]]
    row = nodes[place]
    nodes.insert(place, [f"{row[_NAME]}#", "constant", row[_WIDTH]])
    row[_CHILDREN].append(place)
    if row[_KIND] == "sum":
        row[_REFS].append(_parameter(network, choose))


_STEPS = (
    _tie,
    _tie,
    _tie_many,
    _untie,
    _untie,
    _fix,
    _entry,
    _widths,
    _widths,
    _widths,
    _dims,
    _children,
    _children,
    _locations,
    _names,
    _order,
    _between,
    _constant,
)


def _tidied(network: Json) -> Json:
    """Without what is used nowhere: nodes without a parent, parameters, matrices."""
    nodes = network["nodes"]
    needed, todo = {len(nodes) - 1}, [len(nodes) - 1]
    while todo:
        row = nodes[todo.pop()]
        if row[_KIND] in ("sum", "product"):
            todo += [child for child in row[_CHILDREN] if child not in needed]
            needed.update(row[_CHILDREN])
    kept = sorted(needed)
    number = {old: new for new, old in enumerate(kept)}
    network["nodes"] = nodes = [nodes[old] for old in kept]
    refs: set[int] = set()
    for row in nodes:
        if row[_KIND] in ("sum", "product"):
            row[_CHILDREN] = [number[child] for child in row[_CHILDREN]]
        if row[_KIND] == "sum":
            refs.update(row[_REFS])
    names = [k for k in range(len(network["parameters"])) if k in refs]
    fixed = [k for k in range(len(network["matrices"])) if -1 - k in refs]
    new = {old: k for k, old in enumerate(names)} | {
        -1 - old: -1 - k for k, old in enumerate(fixed)
    }
    for row in nodes:
        if row[_KIND] == "sum":
            row[_REFS] = [new[ref] for ref in row[_REFS]]
    network["parameters"] = [network["parameters"][k] for k in names]
    network["matrices"] = [network["matrices"][k] for k in fixed]
    return network


def fitted(data: Json, number: int, choose: Choose) -> Json:
    """Statements about a network of a new shape: sides, weights and inputs that fit it."""
    network = data["circuits"][number]
    dims = {row[3]: row[_WIDTH] for row in network["nodes"] if row[_KIND] == "input"}
    shapes = {}
    for edge in _sums(network):
        row, k = edge
        if row[_REFS][k] >= 0:
            shapes[network["parameters"][row[_REFS][k]]] = _shape(network, edge)
    if max((a * b for a, b in shapes.values()), default=0) > 1000:
        return data
    theorems = []
    for each in data["theorems"]:
        said = dict(each["statement"])
        if said.get("circuit", said.get("deep")) == number:
            if isinstance(said.get("bipartition"), str):
                letters = said["bipartition"] or "IJ"
                said["bipartition"] = (letters * len(dims))[: len(dims)]
            if isinstance(said.get("weights"), dict):
                said["weights"] = _weights(said["weights"], shapes, choose)
            if isinstance(said.get("x"), list) and said["x"]:
                rows = (said["x"] * len(dims))[: len(dims)]
                said["x"] = [
                    (list(row) * dims[i])[: dims[i]] for i, row in enumerate(rows) if i in dims
                ]
        theorems.append({**each, "statement": said})
    return {**data, "theorems": theorems}


def _weights(old: Json, shapes: dict[str, tuple[int, int]], choose: Choose) -> Json:
    """Matrices for all parameters: the old ones cut or filled, new ones of small numbers."""
    found = {}
    for name, (height, width) in shapes.items():
        if name in old:
            found[name] = _cut(old[name], height, width, choose(3))
        else:
            found[name] = [
                [choose(3) - 1 if choose(2) else str(Fraction(1, 2)) for _ in range(width)]
                for _ in range(height)
            ]
    return found
