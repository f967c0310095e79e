"""Log-space: a network of sums and products is a SimNet, at any size.

Statement. Let the inputs and weights of a network be non-negative. The SimNet with a MEX node for
each sum and a pooling node, which adds, for each product, computes the logarithms of its outputs
from those of its inputs: at offsets (log w + log n)/β, n being the number of channels that the MEX
averages over (1 in softmax mode), and inputs log(x)/β it gives log(h(x))/β. This includes
log 0 = −∞.

Proved for each network with its SimNet, in softmax mode and with the average, for β = 1 and other
β. A parameter that is used in sums of different width becomes several offsets when these are
averages.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix E; Cohen, Sharir, Shashua, Deep SimNets, CVPR 2016 (arXiv 1506.03059).

Sizes. Without arguments: CP and HT models, shared and not, truncated ones and tensor trains at
N = 4 in all modes, and each of them at N = 64 and 4,096 with averages. With --locations: these
(powers of two), at the given --dim and --width.

Nearby and false. Averages without log n: each level then loses a factor n. One offset for a
parameter in two sums of different width, where averages are taken. Negative weights: they have no
logarithm, and the network must be split by signs first. A maximum in place of MEX (β = ∞): it is
the logarithm of the largest term, not of the sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import circuitalg as ca

Mode = tuple[bool, int | Fraction]
"""Whether MEX averages, and β."""

MODES: list[Mode] = [(False, 1), (True, 1), (True, 2), (False, Fraction(-1, 3))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 3, "width": 4}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        for locations in session.sizes["locations"] or (4, 64, 4096):
            for name, circuit in networks(locations, session.sizes["dim"], session.sizes["width"]):
                for mode in MODES if locations < 64 else MODES[1:2]:
                    prove(session, name, circuit, mode)
        for mode in MODES:
            prove(session, "mixture of branches", branches(), mode)


def networks(locations: int, dim: int, width: int) -> Iterator[tuple[str, ca.Circuit]]:
    """Shallow, deep, shared, truncated networks and a tensor train of one size."""
    levels = locations.bit_length() - 1
    for shared in (False, True):
        words = ", shared" if shared else ""
        yield f"CP{words}", ca.cp_model(locations, dim, width, shared=shared, outputs=2)
        yield f"HT{words}", ca.ht_model(locations, dim, [width] * levels, shared=shared)
    yield "HT, truncated", ca.ht_model(locations, dim, [width] * (levels - 1))
    yield "tensor train", ca.tt_model(locations, dim, width)


def branches() -> ca.Circuit:
    """A parameter below sums of 2 and of 4 channels, a fixed matrix, a constant."""
    build = ca.CircuitBuilder(locations=2, dim=2)
    hidden = [build.sum(build.input(i), width=2, parameter="a") for i in range(2)]
    first = build.product(*hidden, build.constant(2))
    turned = build.sum(hidden[0], matrix=[[Fraction(1, 2), 3], [0, 1]])
    second = build.product(turned, hidden[1])
    return build.build(build.sum(first, second, width=2, parameter=["a", "b"]))


def prove(session: ca.Session, name: str, circuit: ca.Circuit, mode: Mode) -> None:
    """Prove that the SimNet is the network in log-space, with one MEX for each sum."""
    mean, beta = mode
    sizes = f"{name} N={circuit.num_locations} {'average' if mean else 'sum'} β={beta}"
    with session.claim("a SimNet computes the network in log-space", sizes, "App. E") as claim:
        question = (circuit, mean, beta)
        theorem = claim.prove(question, lambda: ca.prove_log_space(circuit, mean=mean, beta=beta))
        simnet = theorem.statement.simnet
        kinds = [node.kind for node in simnet.nodes]
        sums = sum(node.kind == "sum" for node in circuit.nodes)
        claim.expect(kinds.count("mex") == sums, "the numbers of MEX nodes and of sums differ")
        claim.expect(simnet.beta == beta, "β differs")
        counts = {count for _, count in theorem.statement.offsets.values()}
        claim.expect((counts == {1}) != mean, "log n is missing, or stands where there is no n")


if __name__ == "__main__":
    main()
