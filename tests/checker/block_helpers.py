"""Blocks of circuits as the checker makes them, and their ranks from written-out matrices."""

from __future__ import annotations

from types import SimpleNamespace

from brute.networks import generic_rank

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.lower import lower_block
from circuitalg.checker.rank.network import blocks, tree_network
from circuitalg.checker.schema import Subject

CUT = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}]}


def split(*rules, dims=None):
    """A split rule."""
    return {"kind": "Split", "dims": dims, "blocks": list(rules)}


def network_of(circuit, inside):
    """The network of a circuit, for a bipartition."""
    raw = checker.read_circuit(circuit)
    sides = bytes(int(i not in inside) for i in range(len(raw.dims)))
    return tree_network(Subject(raw, sides, 0, Meter()))


def block_of(circuit, inside):
    """The only block of a circuit."""
    ((block, count),) = blocks(network_of(circuit, inside))
    assert count == 1
    return block


def true_rank(net):
    """The generic rank of a block, of its written-out matrix at random weights."""
    numbers = {label: k for k, label in enumerate(sorted(set(net.above)))}
    fixed = {
        k: None if label >= 0 else "identity" if label == -1 else net.labels.fixed[-1 - label]
        for label, k in numbers.items()
    }
    labels = [numbers[label] for label in net.above]
    return generic_rank(
        SimpleNamespace(
            dims=net.dim, parents=net.parent, sides=net.side, labels=labels, fixed=fixed
        )
    )


def value(net, rule):
    """What a rule about a block gives; 0 where it is refused."""
    try:
        return lower_block(net, rule, net.labels.meter, [], 0)
    except checker.Refusal:
        return 0
