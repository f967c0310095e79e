"""SimplexForm: non-negative weights may be taken from simplices."""

from __future__ import annotations

from ..circuit import PRODUCT, SUM, Circuit, fold
from ..meter import Meter
from ..read import Matrix, Refusal, brief
from ..schema import Claim, Kind, circuit
from ..verdict import network_lines


def simplex_form(claim: Claim) -> list[str]:
    """Up to a factor for each output, weights may be taken from simplices."""
    check_classes(claim.said["circuit"], claim.meter)
    return [
        *network_lines(claim.said["circuit"]),
        (
            "For all non-negative weights w, let g be the values of the nodes at inputs that are"
            " all 1. At each sum put v[a, b] = w[a, b] * g(child)[b] / g(sum)[a], and any"
            " non-negative rows of sum 1 where g(sum)[a] = 0."
        ),
        (
            "These v are weights of the same network: all uses of a parameter agree. They are"
            " non-negative, the rows of the matrices of a sum together have the sum 1, and for"
            " every output y and all inputs x, h_y(x; w) = h_y(1; w) * h_y(x; v)."
        ),
    ]


def check_classes(network: Circuit, meter: Meter) -> None:
    """Demand that non-negative weights can be renormalised to rows that sum to 1, ties kept.

    Let g be the nodes' values at inputs that are all 1. The weights w[a, b] g_child[b] / g_sum[a]
    give every node its value divided by g. Tied matrices stay tied where all their uses have the
    same g above and below, which equal classes ensure. Class 0 is g = 1; else a class is a number
    for how g is computed: ("x", classes) a product, ("m", matrix, class) a choice of channels,
    ("s", pairs of parameter and class) a sum.
    """
    numbers: dict[Matrix, int] = {}
    for matrix in network.matrices:
        meter.spend(100 * len(matrix) * len(matrix[0]))
        if any(row.count(0) != len(row) - 1 or 1 not in row for row in matrix):
            raise Refusal(
                "the simplex form needs a network without fixed matrices, but for those with one 1"
                " in each row and zeros elsewhere."
            )
        numbers.setdefault(matrix, len(numbers))
    fixed = [numbers[matrix] for matrix in network.matrices]
    classes: dict[object, int] = {}
    uses: dict[int, tuple[int, int]] = {}

    def step(i: int, below: list[int]) -> int:
        refs = network.refs[i]
        meter.spend(300 * (1 + len(below)))
        form: object = None
        if network.kinds[i] == PRODUCT:
            parts = sorted(c for c in below if c)
            form = ("x", *parts) if parts else None
        elif network.kinds[i] == SUM and any(ref < 0 for ref in refs):
            if len(refs) > 1:
                raise Refusal(
                    "the simplex form needs fixed matrices to stand in sums of one child only;"
                    f" this fails at {brief(network.names[i])}."
                )
            form = ("m", fixed[-1 - refs[0]], below[0]) if below[0] else None
        elif network.kinds[i] == SUM:
            form = ("s", *sorted(zip(refs, below, strict=True)))
        found = 0 if form is None else classes.setdefault(form, len(classes) + 1)
        for ref, child in zip(refs, below, strict=False):
            if ref >= 0 and uses.setdefault(ref, (child, found)) != (child, found):
                raise Refusal(
                    "the simplex form needs a network without tied parameters, but for ties between"
                    " sums of equal form above children of equal form: parameter"
                    f" {brief(network.parameters[ref])}."
                )
        return found

    fold(network, step)


SIMPLEX_FORM = Kind({"circuit": circuit}, {"Gains": {}}, simplex_form)
