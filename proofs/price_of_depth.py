"""The price of removing layers: exact requirement and the paper's bound, for every depth L_2.

Statement. Take a deep network of L levels. A network of L_2 < L levels needs, in its last hidden
layer, at least the rank of the deep one across alternating blocks of q^(L_2−1) locations to equal
or approximate it. Appendix A of the paper bounds this by r^(2^(L−L_2)), doubly exponential in the
number of removed layers; here is the exact rank for each L_2, for shared and unshared weights,
beside that bound, as a table and, with --plot, a picture. The bound is tight for L_2 = 1. For
larger L_2 it is not: it counts min(r_0, …, r_{L_2−1}, M) channels where the blocks span more.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Theorem 3 and the discussion in appendix A.

Sizes. N = 64 (six levels) with M = 2 and widths 4, and M = 3 with widths 3, 6, 9, 9, 9, 9; L_2 = 1
to 5, shared and not. With --locations, --dim, --width: this network, all its widths equal.

Nearby and false. The requirement is not always larger for fewer levels: unshared, M = 2 and widths
4, one level and two levels need the same 2^32 = 4^16. And it does not depend on L_1 once
L_1 > L_2, so cutting one layer of a truncated network may cost as much as cutting many.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from pathlib import Path

import circuitalg as ca

NETWORKS = [(64, 2, [4] * 6), (64, 3, [3, 6, 9, 9, 9, 9])]
Row = tuple[str, int, bool, int, int]
"""Network, L_2, whether shared, the requirement and the paper's bound."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every row of the table."""
    options = {"locations": 0, "dim": 2, "width": 4, "plot": ""}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        if sizes["plot"]:
            ca.check_picture(sizes["plot"])
        networks = NETWORKS
        if sizes["locations"]:
            levels = max(1, (sizes["locations"] - 1).bit_length())
            networks = [(sizes["locations"], sizes["dim"], [sizes["width"]] * levels)]
        rows: list[Row] = []
        for locations, dim, widths in networks:
            for levels in range(1, len(widths)):
                for shared in (False, True):
                    rows += price(session, locations, dim, widths, levels, shared)
        if session.results is None:
            print(table(rows))
        if sizes["plot"]:
            plot(rows, Path(sizes["plot"]))


def price(
    session: ca.Session, locations: int, dim: int, widths: list[int], levels: int, shared: bool
) -> list[Row]:
    """One row: what a network of ``levels`` levels needs."""
    network = f"N={locations} M={dim} r={' '.join(map(str, widths))}"
    sizes = f"{network} L2={levels}{' shared' * shared}"
    rows: list[Row] = []
    with session.claim("Price of removing layers", sizes, "App. A, Theorem 3") as claim:
        deep = ca.ht_model(locations, dim, widths, shared=shared)
        family = ca.truncated_family(levels=levels, window=2)
        proved = claim.prove(
            (deep, family, "paper"), lambda: ca.prove_separation(deep, family, bipartition="paper")
        ).statement
        bound = min(*widths[:levels], dim) ** (locations // 2**levels)
        claim.expect(proved.needed >= bound, "the requirement is below the paper's bound")
        rows.append((network, levels, shared, proved.needed, bound))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Print the rows as text, the numbers as powers."""
    lines = []
    for network in dict.fromkeys(row[0] for row in rows):
        locations = int(network.split()[0][2:])
        lines += ["", network, f"{'L2':>4} {'unshared':>12} {'shared':>12} {'bound':>12}"]
        for levels in sorted({row[1] for row in rows if row[0] == network}):
            chosen = [row for row in rows if row[:2] == (network, levels)]
            numbers = [row[3] for row in chosen] + [chosen[0][4]]
            cells = [power(number, locations // 2**levels) for number in numbers]
            lines.append(f"{levels:>4}" + "".join(f"{cell:>13}" for cell in cells))
    return "\n".join(lines)


def power(number: int, exponent: int) -> str:
    """The number as base^exponent where it is one."""
    base = round(2 ** (log2(number) / exponent))
    return f"{base}^{exponent}" if base**exponent == number else str(ca.Integer(number))


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw log2 of the requirement and of the bound over L_2."""
    import matplotlib as mpl  # noqa: PLC0415  (slow to import; only pictures need it)

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "circuitalg"
    import matplotlib.pyplot as plt  # noqa: PLC0415

    networks = list(dict.fromkeys(row[0] for row in rows))
    figure, panels = plt.subplots(
        1, len(networks), figsize=(5 * len(networks), 3.6), squeeze=False, layout="constrained"
    )
    for panel, network in zip(panels[0], networks, strict=True):
        for shared, style in ((False, "o-"), (True, "s--")):
            chosen = [row for row in rows if row[0] == network and row[2] == shared]
            label = "exact, shared" if shared else "exact, unshared"
            panel.plot([r[1] for r in chosen], [log2(r[3]) for r in chosen], style, label=label)
        chosen = [row for row in rows if row[0] == network and not row[2]]
        panel.plot(
            [r[1] for r in chosen], [log2(r[4]) for r in chosen], "^:", color="0.4", label="paper"
        )
        panel.set(xlabel="levels $L_2$ of the shallower network", title=network)
        panel.set_xticks([r[1] for r in chosen])
        panel.set_ylabel("log$_2$ of channels needed")
        panel.legend()
    ca.save_picture(figure, path)


if __name__ == "__main__":
    main()
