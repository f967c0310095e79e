"""SameFunction: two networks compute the same for all weights."""

from __future__ import annotations

import functools

from ..expressions import MATRICES, expression, text_of
from ..read import SHOW, Refusal, brief, cut
from ..schema import Claim, Kind, circuit, listed, mapping
from ..verdict import network_lines
from .expansion import Algebra, refuse_wide
from .matrices import mapped_weights
from .simulation import claim, simulated


def same_function(theorem: Claim) -> list[str]:
    """For all weights of a, b at the mapped weights computes what a computes."""
    a, b, given = theorem.said["a"], theorem.said["b"], theorem.said["weights"]
    if a.dims != b.dims or a.widths[-1] != b.widths[-1]:
        raise Refusal("the networks differ in their locations, dimensions or numbers of outputs.")
    refuse_wide(a)
    refuse_wide(b)
    algebra = Algebra(theorem.meter)
    mapped = mapped_weights(given, a, b, algebra)
    if theorem.proof["kind"] == "Simulation":
        simulated(a, b, mapped, theorem.proof["claims"], algebra)
        how = "compared node by node"
    else:
        first = algebra.multiplied_out(a, functools.partial(algebra.variables, a))
        if first != algebra.multiplied_out(b, mapped):
            raise Refusal("the two networks are different polynomials.")
        how = "multiplied out as polynomials"
    shown = [f"{brief(name)} = {cut(text_of(given[name]))}" for name in b.parameters[:SHOW]]
    more = f", ... ({len(b.parameters)} parameters)" if len(b.parameters) > SHOW else ""
    return [
        "First network a:",
        *network_lines(a),
        "Second network b:",
        *network_lines(b),
        (
            "For all real weights of a and all inputs, b computes the same function with"
            f" {', '.join(shown)}{more}; {how}."
        ),
    ]


SAME_FUNCTION = Kind(
    {"a": circuit, "b": circuit, "weights": mapping(expression(MATRICES))},
    {"NormalForm": {}, "Simulation": {"claims": listed(claim)}},
    same_function,
)
