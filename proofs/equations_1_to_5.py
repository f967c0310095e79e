"""Equations 1 to 5: the decompositions, multiplied out from their definitions, are the networks.

Statement. With weights as symbols, the coefficient tensor of the network that `cp_model` builds is
the CP decomposition of eq. 1 and eq. 3, that of `ht_model` the hierarchical decomposition of eq. 4,
with fewer levels that of eq. 5, for every class y; and the network's output is eq. 2: the sum
of A^y_d · Π_i x_{i,d_i} over all d, where x_{i,d} stands for f_d(x_i). All as polynomials, so for
all weights and inputs. The right sides are computed here from the formulas, tensor by tensor; the
left sides by the network.

Then Theorem 1's minor in the same symbols: the determinant of the matricized tensor [A] for
M = r_0, a polynomial that is not zero, with its factors where it factors.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), eqs. 1 to 5 and the minor in the proof of Theorem 1.

Sizes. N = 2 to 8, M = 2 and 3, widths 1 to 3, one class and two, shared and not; the minors up to
4 × 4 for N = 4. With --locations: eq. 4 at these, for M = 2 and widths 2.

Nearby and false. A network whose children are swapped has another polynomial; so has a shared one
compared with an unshared one of the same widths. With r_0 < M the determinant of [A] is the zero
polynomial.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import flint
import numpy as np

import circuitalg as ca

Case = tuple[int, int, list[int], bool, int]
"""N, M, widths, whether weights are shared, and Y."""

CP: list[Case] = [(3, 2, [2], False, 2), (4, 3, [3], False, 1), (5, 2, [3], True, 1)]
HT: list[Case] = [
    (2, 3, [2], False, 2),
    (4, 2, [2, 2], False, 2),
    (4, 3, [2, 3], True, 1),
    (8, 2, [2, 1, 2], False, 1),
    (8, 2, [2, 2, 2], True, 1),
]
TRUNCATED: list[Case] = [(8, 2, [2, 2], False, 1), (8, 2, [2, 2], True, 2), (4, 2, [3], False, 1)]
MINORS: list[tuple[int, list[int], bool]] = [
    (2, [2], False),
    (2, [2], True),
    (4, [2, 1], False),
    (4, [2, 1], True),
    (4, [2, 2], True),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare all networks with their formulas, then factor the minors."""
    with ca.Session.from_arguments(__doc__, {"locations": []}, arguments) as session:
        asked = session.sizes["locations"]
        if asked:
            for n in asked:
                equation(session, "eq. 4", (n, 2, [2] * (n.bit_length() - 1), False, 1))
            return
        for name, cases in (("eqs. 1 and 3", CP), ("eq. 4", HT), ("eq. 5", TRUNCATED)):
            for case in cases:
                equation(session, name, case)
        for locations, widths, shared in MINORS:
            minor(session, locations, widths, shared)


def equation(session: ca.Session, source: str, case: Case) -> None:
    """Compare the network's polynomial with Σ_d A_d Π x_{i,d_i}, A computed by the formula."""
    locations, dim, widths, shared, outputs = case
    sizes = f"N={locations} M={dim} r={' '.join(map(str, widths))} Y={outputs}"
    with session.claim(
        f"the network computes {source}", sizes + " shared" * shared, f"{source}, eq. 2"
    ) as claim:
        network = build(source, case)
        terms = 0
        for y in range(outputs):
            polynomial = network.polynomial(output=y)
            symbols = dict(
                zip(map(str, polynomial.ring.symbols), polynomial.ring.gens, strict=True)
            )
            weights = symbolic(network, symbols)
            tensor = (
                cp_tensor(weights, locations, shared)
                if source == "eqs. 1 and 3"
                else ht_tensor(weights, locations, len(widths), shared)
            )[y]
            claim.expect(polynomial == score(tensor, symbols), f"class {y} differs")
            terms += len(polynomial)
        claim.computed(f"equal, {terms:,} terms", "polynomials over Z")


def build(source: str, case: Case) -> ca.Circuit:
    """The library's network."""
    locations, dim, widths, shared, outputs = case
    if source == "eqs. 1 and 3":
        return ca.cp_model(locations, dim, widths[0], shared=shared, outputs=outputs)
    return ca.ht_model(locations, dim, widths, shared=shared, outputs=outputs)


def symbolic(network: ca.Circuit, symbols: dict[str, Any]) -> dict[str, np.ndarray]:
    """Each parameter as a matrix of its symbols."""
    return {
        name: np.array(
            [[symbols[f"{name}[{r},{c}]"] for c in range(columns)] for r in range(rows)],
            dtype=object,
        )
        for name, (rows, columns) in network.parameters.items()
    }


def cp_tensor(weights: dict[str, np.ndarray], locations: int, shared: bool) -> list[Any]:
    """Eq. 3: A^y = Σ_z a^y_z · a^{z,1} ⊗ … ⊗ a^{z,N} (eq. 1 with the scalars absorbed)."""
    vectors = [weights["a0" if shared else f"a0.{i}"] for i in range(locations)]
    pure = [tensor_product([table[z] for table in vectors]) for z in range(len(vectors[0]))]
    return [combination(row, pure) for row in weights["out"]]


def ht_tensor(
    weights: dict[str, np.ndarray], locations: int, levels: int, shared: bool
) -> list[Any]:
    """Eq. 4; with fewer levels than log2 N, eq. 5.

    phi[j][γ] is φ^{l,j,γ}: the vector a^{0,j,γ}, then Σ_α a^{l,j,γ}_α · φ_{2j} ⊗ φ_{2j+1}.
    """

    def of(level: int, j: int) -> np.ndarray:
        return weights[f"a{level}" if shared else f"a{level}.{j}"]

    phi: list[list[Any]] = [list(of(0, j)) for j in range(locations)]
    for level in range(1, levels):
        pairs = [
            [tensor_product(list(pair)) for pair in zip(phi[2 * j], phi[2 * j + 1], strict=True)]
            for j in range(len(phi) // 2)
        ]
        phi = [[combination(row, pairs[j]) for row in of(level, j)] for j in range(len(pairs))]
    last = [tensor_product(list(factors)) for factors in zip(*phi, strict=True)]
    return [combination(row, last) for row in weights["out"]]


def tensor_product(factors: list[Any]) -> Any:
    """A ⊗ B ⊗ …: entries are products."""
    found = factors[0]
    for factor in factors[1:]:
        found = np.multiply.outer(found, factor)
    return found


def combination(coefficients: Sequence[Any], tensors: Sequence[Any]) -> Any:
    """Σ_α a_α · T_α."""
    return sum(tensor * a for a, tensor in zip(coefficients, tensors, strict=True))


def score(tensor: Any, symbols: dict[str, Any]) -> Any:
    """Eq. 2: Σ_d A_d · Π_i x_{i,d_i}."""
    total = 0
    for index in product(*map(range, tensor.shape)):
        term = tensor[index]
        for i, d in enumerate(index):
            term = term * symbols[f"x{i}_{d}"]
        total = total + term
    return total


def minor(session: ca.Session, locations: int, widths: list[int], shared: bool) -> None:
    """The determinant of [A], M = r_0, as a polynomial in the weights."""
    sizes = f"N={locations} M={widths[0]} r={' '.join(map(str, widths))}{' shared' * shared}"
    with session.claim("Theorem 1's minor is not zero", sizes, "Theorem 1, proof") as claim:
        determinant, factors = factored_minor(locations, widths[0], widths, shared)
        claim.expect(determinant != 0, "the minor is the zero polynomial")
        if session.results is None:
            print(f"{sizes}: {shown(factors)}")
        words = f"{len(determinant):,} terms, {len(factors)} irreducible factors"
        claim.computed(words, "polynomials over Z")


def factored_minor(
    locations: int, dim: int, widths: list[int], shared: bool
) -> tuple[Any, list[tuple[Any, int]]]:
    """The determinant of the whole matricization, and its irreducible factors."""
    network = ca.ht_model(locations, dim, widths, shared=shared)
    ring = network.polynomial().ring
    symbols = dict(zip(map(str, ring.symbols), ring.gens, strict=True))
    tensor = ht_tensor(symbolic(network, symbols), locations, len(widths), shared)[0]
    odd, even = range(0, locations, 2), range(1, locations, 2)
    determinant = leibniz(np.transpose(tensor, [*odd, *even]).reshape(dim ** len(odd), -1))
    context = flint.fmpz_mpoly_ctx.get(list(symbols), "lex")
    same = context.from_dict({exponents: int(c) for exponents, c in determinant.items()})
    return determinant, same.factor()[1] if determinant != 0 else []


def leibniz(matrix: np.ndarray) -> Any:
    """Expand a determinant along its first row."""
    if len(matrix) == 1:
        return matrix[0, 0]
    total = 0
    for column, entry in enumerate(matrix[0]):
        rest = np.delete(matrix[1:], column, axis=1)
        total = total + (-1) ** column * entry * leibniz(rest)
    return total


def shown(factors: list[tuple[Any, int]]) -> str:
    """The factors: small ones as they are, large ones by their number of terms."""
    words = []
    for factor, power in sorted(factors, key=lambda pair: (len(pair[0]), str(pair[0]))):
        text = str(factor) if len(factor) == 1 else f"({factor})"
        if len(factor) > 2:
            text = f"({len(factor)} terms)"
        words.append(text + (f"^{power}" if power > 1 else ""))
    return "·".join(words)


if __name__ == "__main__":
    main()
