"""Lower rules of a tree circuit: split (L2, L3), Kronecker products of networks, glue (L9)."""

from __future__ import annotations

from typing import Any

from ..meter import Meter
from ..read import MAX_NODES, MAX_WIDTH, Refusal
from ..schema import Bound, Schema, Subject, integer, listed, optional, tagged, text, tuple_of
from ..verdict import counted, show, tally
from .branches import added, without
from .cut import Cut, tied_cut
from .gluing import free_leaves, star_parts, taken_apart
from .minors import (
    MINOR,
    block_program,
    circuit_minor,
    drawing,
    drawn_vectors,
    drawn_weights,
    minor_value,
)
from .network import Net, blocks, tree_network
from .routing import PATHS, routing
from .span import span

MAX_DEPTH = 90  # of lists and objects in a lower rule
TRIVIAL = 0, "nothing (every rank is at least 0)"


RUNS = listed(tuple_of(integer(1, MAX_WIDTH), integer(1)))  # a dimension, how many have it
BLOCK: dict[str, Schema] = {"Minor": MINOR, "Routing": {"paths": PATHS}, "Span": {}}
SPLIT: Schema = {"dims": optional(RUNS), "blocks": listed(tagged(BLOCK))}
FACTORS = listed(tagged({"Split": {**SPLIT, "dims": RUNS}}))
GLUE: Schema = {
    "variable": integer(1),
    "below": integer(0, 1),
    "side": integer(0, 1),
    "condition": tagged(BLOCK),
    "rest": tagged(BLOCK),
}
FREE_LEAVES: Schema = {"leaves": listed(integer(1)), "rest": tagged(BLOCK)}
BLOCK |= {"Split": SPLIT, "Kronecker": {"factors": FACTORS}}  # splits stand in splits
STAR: Schema = {
    "variable": integer(1),
    "filled": listed(integer(0)),
    "condition": tagged(BLOCK),
    "rests": listed(tagged(BLOCK)),
}
BLOCK |= {"FreeLeaves": FREE_LEAVES, "Glue": GLUE, "SaturatedStar": STAR}
RULES: dict[str, Schema] = {"Minor": MINOR, "Split": SPLIT}
PART: Schema = {
    "channels": integer(1, MAX_WIDTH),
    "locations": listed(integer(0, MAX_NODES)),
    "rest": tagged(RULES),
}
RULES |= {"Branches": {"zero": listed(text), "rest": tagged(RULES)}}
RULES |= {"Added": {"parts": listed(tagged({"Part": PART}))}}
LOWER: dict[str, Schema] = {**RULES, "Trivial": {}}


def specialise(net: Net, runs: list[list[int]]) -> Net:
    """L2: let every variable keep its first channels only.

    The rest is cut off by zeros in a parameter next to the variable (in all its uses), or, at an
    input leaf, by looking at a part of the tensor.
    """
    net.labels.meter.spend(1000 * len(net.dim))
    dim: list[int] = []
    for dimension, count in runs:
        if count > len(net.dim) - len(dim):
            raise Refusal(f"a split gives dimensions to more than {len(net.dim)} variables.")
        dim.extend([dimension] * count)
    if len(dim) != len(net.dim):
        raise Refusal(f"a split gives {len(dim)} dimensions for {len(net.dim)} variables.")
    touched = bytearray(len(dim))
    for v in range(1, len(dim)):
        if net.above[v] >= 0:
            touched[v] = touched[net.parent[v]] = 1
    for v, (new, old) in enumerate(zip(dim, net.dim, strict=True)):
        if new > old:
            raise Refusal(f"a split enlarges variable {v} from {old} to {new}.")
        if new < old and net.side[v] < 0 and not touched[v]:
            raise Refusal(f"a split shrinks variable {v}, which touches no parameter.")
    side = [s if d > 1 else -1 for s, d in zip(net.side, dim, strict=True)]
    return Net(dim, net.parent, side, net.above, net.labels)


def check_ties(net: Net) -> None:
    """Demand that each parameter has one shape and one view in the network."""
    shapes: dict[int, tuple[int, int]] = {}
    views: dict[int, int] = {}
    for v in range(1, len(net.dim)):
        label = net.above[v]
        if label >= 0:
            shape = (net.dim[net.parent[v]], net.dim[v])
            if shapes.setdefault(label, shape) != shape:
                raise Refusal(
                    f"a split leaves one parameter with two shapes, {shapes[label]} and {shape}."
                )
            if views.setdefault(net.labels.pairs[label][0], label) != label:
                raise Refusal("a split needs each parameter in one view only.")


def split(net: Net, rule: dict[str, Any], meter: Meter, story: list[str], depth: int = 0) -> int:
    """L2 and L3: specialise, cut into blocks, multiply the blocks' bounds.

    Each block's bound holds for almost all values of the parameters; finitely many non-zero
    polynomials have a non-zero product, so all hold together.
    """
    if rule["dims"] is not None:
        net = specialise(net, rule["dims"])
    check_ties(net)
    found, rules = blocks(net), rule["blocks"]
    if len(rules) != len(found):
        raise Refusal(
            f"a split has {counted(len(found), 'kind')} of blocks"
            f" and {counted(len(rules), 'rule')} for them."
        )
    values = [
        meter.power(lower_block(block, block_rule, meter, story, depth + 2), count)
        for (block, count), block_rule in zip(found, rules, strict=True)
    ]
    return meter.product(values)


def check_depth(depth: int) -> None:
    """Refuse rules in rules in rules."""
    if depth > MAX_DEPTH:
        raise Refusal(f"the parts of a lower rule are nested more than {MAX_DEPTH} times.")


def lower_block(net: Net, rule: dict[str, Any], meter: Meter, story: list[str], depth: int) -> int:
    """Bound the rank of one block, for almost all values of its parameters."""
    check_depth(depth)
    if rule["kind"] == "Split":
        return split(net, rule, meter, story, depth)
    if rule["kind"] == "Kronecker":
        return kronecker(net, rule["factors"], meter, story, depth)
    if rule["kind"] == "FreeLeaves":
        story.append("free leaves")
        freed = free_leaves(net, rule["leaves"])
        return lower_block(freed, rule["rest"], meter, story, depth + 1)
    if rule["kind"] == "Glue":
        story.append("glue")
        return glue(net, rule, meter, story, depth)
    if rule["kind"] == "SaturatedStar":
        story.append("saturated star")
        return saturated_star(net, rule, meter, story, depth)
    if rule["kind"] == "Routing":
        story.append("routing")
        return routing(net, rule["paths"], meter)
    if rule["kind"] == "Span":
        story.append("span")
        return span(net, rule, meter)
    story.append(f"a minor of size {rule['size']}")
    return minor_value(block_program(net, rule), rule["size"], rule["prime"], meter)


def kronecker(
    net: Net, factors: list[dict[str, Any]], meter: Meter, story: list[str], depth: int
) -> int:
    """L1 with a network for each digit: every factor keeps some channels of every variable.

    At weights W' (x) W'', padded with zeros, the tensor is the Kronecker product of the factors'
    tensors.  Tied matrices stay tied, since every factor gives a parameter one shape.
    """
    if any(label < 0 for label in net.above[1:]):
        raise Refusal("a Kronecker rule needs a block without fixed matrices.")
    if not factors:
        raise Refusal("a Kronecker rule has no factors.")
    filled, value = [1] * len(net.dim), 1
    for factor in factors:
        for v, d in enumerate(specialise(net, factor["dims"]).dim):
            filled[v] *= d
            if filled[v] > net.dim[v]:
                raise Refusal(
                    f"the factors of a Kronecker rule need {filled[v]} channels of variable {v},"
                    f" which has only {net.dim[v]}."
                )
        value = meter.product((value, lower_block(net, factor, meter, story, depth + 2)))
    return value


def glue(net: Net, rule: dict[str, Any], meter: Meter, story: list[str], depth: int) -> int:
    """L9: where one part fills the variable at which a block is taken apart, ranks multiply."""
    small, large, rest = taken_apart(net, rule)
    most, width = tied_cut(small, None, meter), net.dim[rule["variable"]]
    demand(lower_block(large, rule["condition"], meter, story, depth + 1), width, most, rule, meter)
    return meter.product((most, lower_block(rest, rule["rest"], meter, story, depth + 1)))


def saturated_star(
    net: Net, rule: dict[str, Any], meter: Meter, story: list[str], depth: int
) -> int:
    """L10: where some parts fill the variable at which they meet, the ranks of the others add.

    They are equal for all its values, so each counts once and their product w u times.
    """
    core, rests = star_parts(net, rule)
    v, rules = rule["variable"], rule["rests"]
    if len(rules) != len(rests):
        raise Refusal(
            f"a star has {counted(len(rests), 'part')} outside and {counted(len(rules), 'rule')}."
        )
    cut, width = Cut(net, meter, v), net.dim[v]
    slices = [cut.downward(v) if p < v else cut.message[p] for p in rule["filled"]]
    most = meter.product([min(message) for message in slices])
    demand(lower_block(core, rule["condition"], meter, story, depth + 1), width, most, rule, meter)
    values = [
        lower_block(part, inner, meter, story, depth + 2)
        for part, inner in zip(rests, rules, strict=True)
    ]
    return meter.product((width, most, *values))


def demand(found: int, width: int, most: int, rule: dict[str, Any], meter: Meter) -> None:
    """Refuse a condition that does not show that a variable is filled."""
    if found < meter.product((width, most)):
        raise Refusal(
            f"the condition of a {rule['kind']} at variable {rule['variable']} of a block gives"
            f" {show(Bound([(found, 1)]))}, less than {show(Bound([(width, 1), (most, 1)]))}."
        )


def lower_bound(
    subject: Subject, rule: dict[str, Any], space: str, depth: int = 0
) -> tuple[int, str]:
    """Derive a lower bound for almost all weights of a space; return it and what gave it."""
    check_depth(depth)
    kind = rule["kind"]
    if kind == "Trivial":
        return TRIVIAL
    if kind == "Minor":
        draw, size, prime = drawing(rule), rule["size"], rule["prime"]
        weights = drawn_weights(subject, draw, space, prime)
        vectors = drawn_vectors(subject, draw, size)
        return circuit_minor(subject, weights, vectors, size, prime), f"a minor of size {size}"
    if kind == "Split":
        story: list[str] = []
        value = split(tree_network(subject), rule, subject.meter, story, depth)
        return value, f"specialise and split into blocks: {tally(story)}"
    if space == "simplex":
        raise Refusal("a parameter whose rows sum to one has no zeros that leave branches alone.")
    if kind == "Branches":
        rest = without(subject, rule["zero"])
        value, below = lower_bound(rest, rule["rest"], space, depth + 1)
        return value, f"{counted(len(rule['zero']), 'parameter')} set to zero; then {below}"
    found = [
        lower_bound(branch, inner["rest"], space, depth + 3)
        for branch, inner in zip(added(subject, rule["parts"]), rule["parts"], strict=True)
    ]
    value = sum(value for value, _ in found)
    return value, f"added branches: {tally([below for _, below in found])}"
