"""A circuit as Python code: the call of a model where one makes it, else steps of a builder.

A model is recognised: its sizes are read off the nodes, it is made again, and compared. So the code
is true of a circuit wherever it comes from.
"""

from __future__ import annotations

import builtins
import keyword
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from circuitalg.circuit import models
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Matrix, Node
from circuitalg.circuit.several import several
from circuitalg.errors import CircuitalgError
from circuitalg.python_code import TooLong, Written, call, line

_LEAST_CHARACTERS = 5
"""Of code for a node: a model of 2,000 nodes is compared in milliseconds."""

_DEEPEST = 8
"""Calls inside calls; Python's parser takes 200 pairs of brackets."""

_SHORT = 16
"""Characters of a fixed matrix that is written out at each of its places."""

_RESERVED = {"b", "ca", "Fraction", *dir(builtins), *keyword.kwlist}

Named = Mapping[str, Node]
Call = tuple[Callable[..., Circuit], dict[str, Any]]


def circuit_code(circuit: Circuit, most: int | None, *, ordered: bool = False) -> str:
    """Code of a circuit on one line.

    What it makes is equal to the circuit; its inputs may stand elsewhere among the nodes unless
    they are to be ``ordered``, too.

    Raises
    ------
    TooLong
        When it has more than ``most`` characters, or so many nodes that it may have.
    """
    if most is not None and len(circuit.nodes) * _LEAST_CHARACTERS > most:
        raise TooLong
    found = _model_call(circuit, most, ordered=ordered)
    return found or _Steps(circuit, most, ordered=ordered).code()


# Models


def _model_call(circuit: Circuit, most: int | None, *, ordered: bool) -> str:
    """The call of a model that makes this circuit, or nothing."""
    if circuit.output != "out":
        return ""
    named = {node.name: node for node in circuit.nodes}
    outputs = {"outputs": circuit.num_outputs} if circuit.num_outputs > 1 else {}
    for read in (_ht, _tree, _tied_tree, _tt, _rac):
        try:
            model, sizes = read(circuit, named)
            made = model(**sizes, **outputs)
        except (CircuitalgError, LookupError, ValueError):
            continue  # it has other names, or sizes that such a model does not have
        if made.nodes == circuit.nodes or (made == circuit and not ordered):
            return call(f"ca.{model.__name__}", most, **sizes, **outputs)
    return ""


def _sizes(circuit: Circuit) -> dict[str, Any]:
    return {"locations": circuit.num_locations, "dim": _one(circuit.dims)}


def _one(values: Sequence[Any]) -> Any:
    """The one value of all, or the list of them."""
    return values[0] if len(set(values)) == 1 else list(values)


def _ht(circuit: Circuit, named: Named) -> Call:
    sums: list[Node] = []
    while f"s{len(sums)}.0" in named:
        sums.append(named[f"s{len(sums)}.0"])
    ties = _one([node.matrices == (f"a{level}",) for level, node in enumerate(sums)])
    shared = {"shared": ties} if ties else {}
    if len(sums) == 1:
        return models.cp_model, _sizes(circuit) | {"width": sums[0].width} | shared
    window = len(named["p0.0"].children)
    windows = {} if window == 2 else {"window": window}
    widths = {"widths": [node.width for node in sums]}
    return models.ht_model, _sizes(circuit) | widths | windows | shared


def _tree(circuit: Circuit, named: Named) -> Call:
    nodes, products = circuit.nodes, [named["p0"]]
    while f"p{len(products)}" in named:
        products.append(named[f"p{len(products)}"])
    children = []
    for product in products:
        below = [nodes[nodes[child].children[0]] for child in product.children]
        entries = [-int(b.name[1:]) if b.location is None else b.location for b in below]
        children.append(tuple(entries))
    widths = _one([product.width for product in products])
    sizes = {"tree": ModeTree(tuple(children)), "dim": _one(circuit.dims), "widths": widths}
    return models.tree_model, sizes


def _tied_tree(circuit: Circuit, named: Named) -> Call:
    model, sizes = _tree(circuit, named)
    return model, sizes | {"shared": True}


def _tt(circuit: Circuit, named: Named) -> Call:
    count, dims = circuit.num_locations, circuit.dims
    ranks = [named[f"h{t}"].width for t in range(count - 1)]
    for t in range(1, count):  # the fixed matrices that will be made are as large as its own
        for spread in (named[f"e{t}"], named[f"f{t}"]):
            if isinstance(spread.matrices[0], str) or spread.width != ranks[t - 1] * dims[t]:
                raise LookupError
    return models.tt_model, _sizes(circuit) | {"ranks": _one(ranks)}


def _rac(circuit: Circuit, named: Named) -> Call:
    count, layers = circuit.num_locations, 1
    while f"h0.{layers + 1}" in named:
        layers += 1
    if len(circuit.nodes) != count * (1 + 3 * layers) + 2 * layers + 1:
        raise LookupError
    deep = {"layers": layers} if layers > 1 else {}
    return models.rac_model, _sizes(circuit) | {"width": named["h0.1"].width} | deep


# Steps of a builder


class _Steps:
    """Nodes in their order, each written inside its parent where that keeps the order.

    The builder then gives most of their names by itself. A node that is used twice, or in another
    order, or lies deep is a step of its own.
    """

    def __init__(self, circuit: Circuit, most: int | None, *, ordered: bool) -> None:
        self.circuit, self.most, self.nodes = circuit, most, circuit.nodes
        self.several = several(self.nodes)
        self.usual = self._usual_names()
        inside = {inner for each in self.several.values() for inner in each.inner}
        self.written = [i for i in range(len(self.nodes)) if i not in inside]
        # Inputs that the builder names itself, and gives again when asked again.
        self.plain = {
            i
            for i, node in enumerate(self.nodes)
            if not ordered and node.kind == "input" and node.name == f"x{node.location}"
        }
        self.steps: list[str] = []
        self.variables = set(_RESERVED) | {node.name for node in self.nodes}
        labels = [label for node in self.nodes for label in node.matrices]
        self.uses = Counter(label for label in labels if isinstance(label, str))
        fixed = [
            label
            for i in self.written
            for label in self.nodes[i].matrices
            if i not in self.several and not isinstance(label, str)
        ]
        self.matrices = self._matrices(fixed)
        # What the builder will know before the next node.
        self.given: set[str] = set()
        self.fresh: set[str] = set()

    def code(self) -> str:
        """The whole expression."""
        own = self._own_steps()
        texts: dict[int, str] = {}
        for i in self.written:
            node = self.nodes[i]
            if i in self.plain:
                texts[i] = f"b.input({node.location})"
                continue
            text = self._node(i, [texts[child] for child in self._below(i)])
            if i in own:
                free = node.name not in _RESERVED and node.name.isidentifier()
                variable = node.name if free and node.name.isascii() else self._variable(f"n{i}")
                self.steps.append(f"{variable} := {text}")
                text = variable
            texts[i] = text
        built = f"build({texts[len(self.nodes) - 1]})"
        builder = call("ca.CircuitBuilder", self.most, **_sizes(self.circuit))
        if not self.steps:
            return f"(b := {builder}).{built}"
        return f"({', '.join([f'b := {builder}', *self.steps, f'b.{built}'])})[-1]"

    def _own_steps(self) -> set[int]:
        used = Counter(child for i in self.written for child in self._below(i))
        own: set[int] = set()
        waiting: deque[int] = deque()  # nodes that a later parent may hold, in their order
        depth = [0] * len(self.nodes)
        for i in self.written:
            if i in self.plain:
                continue
            for child in reversed(self._below(i)):
                if waiting and waiting[-1] == child:
                    depth[i] = max(depth[i], depth[waiting.pop()] + 1)
                elif child not in own and child not in self.plain:
                    while waiting and waiting[0] <= child:  # what comes before a step is one, too
                        own.add(waiting.popleft())
            waiting.append(i)
            if used[i] > 1 or depth[i] >= _DEEPEST:
                own.update(waiting)
                waiting.clear()
        return own - {len(self.nodes) - 1}

    def _usual_names(self) -> list[bool]:
        """Which nodes the builder names by itself; acts and mixing layers do not name others."""
        counts, taken = {"constant": 0, "sum": 0, "product": 0}, set[str]()
        first = {call.inner[0]: i for i, call in self.several.items()}
        usual: list[bool] = []
        before = dict(counts)
        for i, node in enumerate(self.nodes):
            if i in first:
                before = dict(counts)
            number = counts.get(node.kind, 0)
            while f"{node.kind[0]}{number}" in taken:
                number += 1
            usual.append(node.kind in counts and node.name == f"{node.kind[0]}{number}")
            call = self.several.get(i)
            if call and not all(usual[inner] for inner in call.inner):
                if call.method == "outer":  # all of its sums are named then
                    counts = before
                else:
                    del self.several[i]
            if usual[i]:
                counts[node.kind] = number + 1
            taken.add(node.name)
        return usual

    def _below(self, i: int) -> tuple[int, ...]:
        """The children of a node as it is written."""
        return self.several[i].children if i in self.several else self.nodes[i].children

    def _node(self, i: int, children: list[str]) -> str:
        node, made = self.nodes[i], self.several.get(i)
        named: dict[str, object] = {}
        method = made.method if made else node.kind
        if made:
            if method == "act":
                children = [*children, line(made.shape, None), str(made.axis)]
                if made.width != made.shape[made.axis]:
                    named["width"] = made.width
            names = self._names(made.labels)
            if any(names):
                named["parameter"] = _one(names)
            if method == "outer" and not all(self.usual[inner] for inner in made.inner):
                named["spread"] = [self.nodes[inner].name for inner in made.inner]
        elif node.kind == "input":
            children = [str(node.location)]
        elif node.kind == "constant" and node.width > 1:
            named["width"] = node.width
        elif node.kind == "sum":
            named |= self._labels(node)
        if not self.usual[i] and (node.kind != "input" or node.name != f"x{node.location}"):
            named["name"] = node.name
        return call(f"b.{method}", self.most, *map(Written, children), **named)

    def _labels(self, node: Node) -> dict[str, object]:
        fixed = [
            None if isinstance(label, str) else Written(self.matrices[id(label)])
            for label in node.matrices
        ]
        names = self._names(node.matrices)
        found: dict[str, object] = {}
        if any(each is None for each in fixed):
            found["width"] = node.width
            if any(names):
                found["parameter"] = _one(names)
        if any(each is not None for each in fixed):
            found["matrix"] = fixed[0] if len(fixed) == 1 else fixed
        return found

    def _names(self, labels: Sequence[str | Matrix]) -> list[str | None]:
        """The names of parameters; None for fixed matrices, and for what the builder names."""
        names: list[str | None] = []
        for label in labels:
            if not isinstance(label, str):
                names.append(None)
            elif self.uses[label] == 1 and label == self._next_fresh():
                self.fresh.add(label)
                names.append(None)
            else:
                names.append(label)
        self.given.update(name for name in names if name is not None)
        return names

    def _next_fresh(self) -> str:
        number = len(self.fresh)
        while f"w{number}" in self.given or f"w{number}" in self.fresh:
            number += 1
        return f"w{number}"

    def _matrices(self, labels: list[Matrix]) -> dict[int, str]:
        """Code of each fixed matrix, by identity; long ones that are used again are steps."""
        times = Counter(map(id, labels))
        by_id = {id(label): label for label in labels}
        texts = {key: line([list(row) for row in label], self.most) for key, label in by_id.items()}
        totals: Counter[str] = Counter()
        for key, text in texts.items():
            totals[text] += times[key]
        variables: dict[str, str] = {}
        for text in totals:
            if totals[text] > 1 and len(text) > _SHORT:
                variables[text] = self._variable(f"m{len(variables)}")
                self.steps.append(f"{variables[text]} := {text}")
        return {key: variables.get(text, text) for key, text in texts.items()}

    def _variable(self, wanted: str) -> str:
        while wanted in self.variables:
            wanted += "_"
        self.variables.add(wanted)
        return wanted
