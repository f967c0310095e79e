"""Certificates for all sizes, and their false neighbours."""

import circuitalg as ca
from certificates.alter import deep, get, put, text
from circuitalg.expressions import binomial, formula, least, least_width, symbols, total, width
from circuitalg.kernel import rules
from circuitalg.kernel.forall.claims import ContainsCP, ParameterCount, RankAtLeast, RankAtMost
from circuitalg.kernel.forall.families import ONE, CPNetworks, HTNetworks
from circuitalg.kernel.forall.induction import Induction, LastLevel

q, k, m, M, N, Z, i = symbols("q k m M N Z i")


def digits():
    """Windows of four, from below, unshared."""
    networks = HTNetworks(formula(4), m + 1, M, sharing="unshared")
    return ca.prove_for_all(
        {"m": 0, "M": 1}, networks, RankAtLeast(ONE, least(width(0), M**2) ** (4**m))
    )


def halves():
    """Even windows of shared networks, from above."""
    bound = least(width(0), binomial(M + k - 1, k)) ** ((2 * k) ** m)
    networks = HTNetworks(2 * k, m + 1, M, sharing="shared")
    claim = RankAtMost("alternating", ONE, bound)
    return ca.prove_for_all({"k": 1, "m": 0, "M": 1}, networks, claim)


def truncated():
    """Networks of some more levels below, and a rest above."""
    s, d, e = symbols("s d e")
    bound = least(M, least_width(0, s)) ** (q ** (d + e + 1))
    networks = HTNetworks(q, s + 2 + d, M, rest=e)
    least_values = {"q": 2, "s": 0, "d": 0, "e": 0, "M": 1}
    return ca.prove_for_all(least_values, networks, RankAtLeast(q**s, bound))


def fast():
    """Windows of a power of q."""
    bound = least(M, width(0)) ** ((q**5) ** m)
    claim = RankAtLeast(ONE, bound)
    return rules.for_all(
        {"q": 2, "m": 0, "M": 1}, HTNetworks(q**5, m + 1, M), claim, Induction("copy", "m", bound)
    )


def count():
    """The parameters of shared networks of two outputs."""
    networks = HTNetworks(q, m + 1, M, outputs=formula(2), sharing="shared")
    number = M * width(0) + total("i", 1, m, width(i - 1) * width(i)) + 2 * width(m)
    return ca.prove_for_all({"q": 2, "m": 0, "M": 1}, networks, ParameterCount(number))


PROVED = {
    "for all": lambda: ca.prove_for_all(
        {"q": 2, "m": 0, "M": 1},
        HTNetworks(q, m + 1, M),
        RankAtLeast(ONE, least(M, width(0)) ** (q**m)),
    ),
    "for all, digits": digits,
    "for all, halves": halves,
    "for all, truncated": truncated,
    "for all, count": count,
    "for all, contains": lambda: ca.prove_for_all(
        {"q": 2, "m": 0, "M": 1, "Z": 1},
        HTNetworks(q, m + 1, M, formula(2), Z),
        ContainsCP(q ** (m + 3), Z),
    ),
    "for all, windows of q^5": fast,
    "for all, last level of HT": lambda: rules.for_all(
        {"q": 2, "m": 0, "M": 1},
        HTNetworks(q, m + 1, M, sharing="unshared"),
        RankAtMost("unions", q**m, width(m)),
        LastLevel(),
    ),
    "for all, last level": lambda: rules.for_all(
        {"N": 2, "M": 1, "Z": 1}, CPNetworks(N, M, Z), RankAtMost("unions", ONE, Z), LastLevel()
    ),
}


def moved(data):
    """The closed form one step further in its variable."""
    proof = get(data, "proof")

    def shift(part):
        if part == ["sym", proof["variable"]]:
            return ["+", part, 1]
        return [shift(each) for each in part] if isinstance(part, list) else part

    proof["closed"] = shift(proof["closed"])


def from_below(data):
    """The bound is one from below."""
    claim = get(data, "st/claim")
    claim["kind"] = "RankAtLeast"
    del claim["sides"]


def renamed(name):
    """Another name for the dimension."""
    return text(lambda content: content.replace('"M"', f'"{name}"'))


def by_copies_of_nothing(data):
    """An induction over levels where there are none."""
    get(data, "st/symbols")["m"] = 0
    put("proof", {"kind": "Induction", "steps": "copy", "variable": "m"})(data)
    get(data, "proof").update(closed=1, height=0)


DEPTH = ["+", ["sym", "m"], 1]


WITH_22 = {"q": 2, "m": 0, "M": 1, "e": 22}
LARGE = ["^", ["sym", "M"], 1000]
# fmt: off
REFUSED = {
    "another exponent": ("for all", put("proof/closed/2/2", ["+", ["sym", "m"], 1]),
        r"base of .*0 \+ 1\)\) is not shown", r"equal to min\(M, r\[0\]\)\^\(q\^\(m \+ 1\)\)"),
    "another base": ("for all", put("proof/closed/1/1", ["sym", "q"]),
        r"min\(q, r_0\)\^\(q\^0\) is not shown", r"equal to min\(q, r"),
    "another variable": ("for all", put("proof/variable", "M"), "'M', must begin at 0",
        "declared with least value 0"),
    "a variable that is none": ("for all", put("proof/variable", "x"), "'x', must begin at 0",
        "declared with least value 0"),
    "another height": ("for all", put("proof/height", 1), r"min\(M, r_0, ..., r_1\)",
        r"1 is not shown equal to q\^1"),
    "a height with the variable": ("for all", put("proof/height", ["sym", "m"]),
        "may move the depth only", "move nothing but the depth"),
    "steps of another claim": ("for all", put("proof/steps", "halves"),
        "halves bound ranks from above", 'no induction by "halves"'),
    "steps of a count": ("for all", put("proof/steps", "count"),
        "parameters are counted for shared", 'no induction by "count"'),
    "no such steps": ("for all", put("proof/steps", "believe"), "no induction by 'believe'",
        'no induction by "believe"'),
    "the last level alone": ("for all", put("proof", {"kind": "LastLevel"}),
        "the last level alone bounds", "last level bounds ranks from above"),
    "windows of 1": ("for all", put("st/symbols/q", 1), "window is q, .* at least 2",
        "window, q, .* at least 2"),
    "a variable from 1 on": ("for all", put("st/symbols/m", 1), "'m', must begin at 0",
        "declared with least value 0"),
    "a least value as a text": ("for all", put("st/symbols/q", "2"), "not an integer.*'2'",
        '"q" of "symbols" .* not "2"'),
    "a window of 1": ("for all", put("st/networks/window", 1), "window is 1, .* at least 2",
        "window, 1, .* at least 2"),
    "another depth": ("for all", put("st/networks/depth", ["sym", "m"]),
        "depth is m, .* at least 1", "depth, m, .* at least 1"),
    "a rest": ("for all", put("st/networks/rest", 1), r"depth: m \+ 1 is not shown",
        r"equal to 0 \+ 2 \+ m"),
    "dimension 1": ("for all", put("st/networks/dim", 1), r"equal to min\(1, r_0",
        r"base of .* min\(1, "),
    "networks of another family": ("for all", put("st/networks/kind", "CPNetworks"),
        "a CPNetworks, must have", 'lacks its member "locations"'),
    "networks perhaps shared": ("for all", put("st/networks/sharing", "perhaps"), "got 'perhaps'",
        'not "perhaps"'),
    "another width": ("for all", put("st/claim/bound/1/2", ["r", 1]), r"bound: min\(M, r_1\)",
        r"bound: min\(M, r\[1\]\)"),
    "another block": ("for all", put("st/claim/block", ["sym", "q"]),
        r"q is not shown equal to q\^0", r"q is not shown equal to q\^0"),
    "another claim": ("for all", put("st/claim/kind", "RankAtMost"), "a RankAtMost, must have",
        'lacks its member "sides"'),
    "no such formula": ("for all", put("st/claim/bound", ["frobnicate", 1, 2]),
        "no operation 'frobnicate'", 'no operation "frobnicate"'),
    "a power whose base may be 0": ("for all",
        put("st/claim/bound", ["^", ["sym", "m"], ["sym", "M"]]), r"base of m\^M may be zero",
        "symbol in its exponent may be zero"),
    "a formula of 32 levels": ("for all", put("st/claim/bound", deep(["sym", "M"], 1, 31)),
        "formula is nested more than 30", "formula is nested more than 30"),
    "a number below 0 in a formula": ("for all",
        put("st/claim/bound", ["+", ["sym", "M"], -1]), "number that is not natural: -1",
        "a natural number or a list, not -1"),
    "a fraction in a formula": ("for all", put("st/claim/bound", ["*", ["sym", "M"], "1/2"]),
        "not natural: Fraction", 'a natural number or a list, not "1/2"'),
    "a formula of 403 parts": ("for all",
        put("st/claim/bound", ["+", ["+", *[1] * 200], ["+", *[1] * 200]]), "more than 400 parts",
        "more than 400 parts"),
    "a power of nothing": ("for all",
        put("st/claim/bound", ["^", ["-", ["sym", "M"], ["sym", "M"]], ["sym", "M"]]),
        r"base of \(M - M\)\^M may be", "symbol in its exponent may be zero"),
    "an index that may be negative": ("for all",
        put("st/symbols", WITH_22, "st/claim/bound", ["r", ["-", ["^", 2, ["sym", "e"]], 5000000]]),
        r"2\^e - 5000000\) is not defined", r"2\^e - 5000000, may be less than 0"),
    "an index that may be -1": ("for all",
        put("st/claim/bound", ["r", ["min", ["-", ["sym", "m"], 1], 3]]),
        r"min\(m - 1, 3\) is not defined", "must have a least value may be negative"),
    "an index that is negative in a sum": ("for all",
        put("st/symbols", {**WITH_22, "e": 4}, "st/claim/bound",
            ["sum", "i", 5, ["sym", "e"], ["r", ["-", ["min", ["sym", "i"], ["sym", "M"]], 5]]]),
        r"min\(i, M\) - 5\) is not defined", r"min\(i, M\) - 5, may be less"),
    "a power of a binomial that may be 0": ("for all",
        put("st/claim/bound", ["^", ["binom", ["sym", "M"], 2], ["sym", "M"]]),
        r"base of C\(M, 2\)\^M may be zero", "symbol in its exponent may be zero"),
    "a dimension with a power of what may be 0": ("for all",
        put("st/networks/dim", ["+", 1, ["^", ["sym", "m"], 2]]), r"width is 1 \+ m\^2, which is",
        "the dim has a power out of range"),
    "a tower of powers": ("for all", put("st/claim/bound", ["^", 10, ["^", 10, ["^", 10, 10]]]),
        "more than 65,536 bits", "exponent in a formula is out of range"),
    "a symbol that is none": ("for all", put("st/claim/bound", ["sym", "x"]),
        "symbol x is not declared", 'unknown symbol, "x"'),
    "a bound beyond the closed form": ("for all", put("st/claim/bound", LARGE),
        r"bound: M\^1000 is not", r"bound: M\^1000 is not"),
    "a closed form beyond the base": ("for all", put("proof/closed", LARGE),
        r"base of .*: M\^1000 is not", r"equal to M\^1000"),
    "outputs that may be too few": ("for all",
        put("st/networks/outputs", ["+", 2, ["-", 4, ["sym", "M"]]]),
        r"is 2 \+ 4 - M, .* at least 1", "outputs must be written with"),
    "outputs that may be none": ("for all", put("st/networks/outputs", ["sym", "m"]),
        "is m, .* at least 1; write", "outputs, m, is not certainly"),
    "a least value of -3": ("for all", put("st/symbols/M", -3), "symbol M needs a least value",
        '"M" of "symbols" .* is -3;'),
    "a sum that may end before it begins": ("for all",
        put("st/claim/bound", ["sum", "i", 1, ["-", 1, ["sym", "M"]], 1]), "1 - M is not defined",
        "has a negative term"),
    "a sum from a symbol on": ("for all",
        put("st/claim/bound", ["sum", "i", ["sym", "M"], ["sym", "m"], 1]), "begin at a number$",
        "begin at a number.$"),
    "a sum inside a sum": ("for all",
        put("st/claim/bound", ["sum", "i", 1, DEPTH, ["sum", "j", 1, DEPTH, 1]]),
        "sum inside a sum is not handled;", "sum inside a sum is not handled.$"),
    "a sum that may lack its first term": ("for all",
        put("st/claim/bound", ["sum", "i", 3, ["+", ["sym", "m"], 2], ["sym", "i"]]),
        r"last index m \+ 2 may lie before", "may lie before the first one"),
    "a sum that is not over naturals": ("for all",
        put("st/claim/bound", ["sum", "i", 4, ["+", ["sym", "m"], 2], ["sym", "i"]]),
        r"m \+ 2 is not defined", r"m \+ 2, may be less than 3"),
    "a sum of many more terms": ("for all",
        put("st/claim/bound", ["sum", "i", 1, ["+", ["sym", "m"], 9], ["sym", "i"]]),
        r"last index m \+ 9 may lie", "last index of a sum is out of range"),
    "a sum over a symbol that is free": ("for all",
        put("st/claim/bound", ["sum", "M", 1, ["sym", "m"], 1]), "bound symbol M is also a free",
        'bound symbol "M" of a sum is not a new'),
    "a dimension that may be 0^2": ("for all", put("st/networks/dim", ["^", ["sym", "m"], 2]),
        r"width is m\^2, which is not", "the dim has a power out of range"),
    "21 symbols": ("for all",
        put("st/symbols", {**{f"s{i}": 1 for i in range(18)}, "q": 2, "m": 0, "M": 1}),
        "at most 20 symbols", "at most 20 symbols"),
    "a symbol with a line": ("for all", renamed("M_1"), "letters and digits: 'M_1'",
        'the name "M_1"; it must be letters'),
    "a symbol of 21 letters": ("for all", renamed("M" * 21), "letters and digits: 'MMM",
        'the name "M{21}"; it must be letters'),
    "an induction about CP models": ("for all, last level", by_copies_of_nothing,
        "induction is about the levels", "induction is about the levels"),
    "copies in windows of q": ("for all, windows of q^5", put("st/networks/window", ["sym", "q"]),
        r"step of .*\)\^q$", r"step of .*\)\^q\.$"),
    "copies in windows of q^6": ("for all, windows of q^5",
        put("st/networks/window", ["^", ["sym", "q"], 6]), r"step of .*\)\^\(q\^6\)$",
        r"step of .*\)\^\(q\^6\)\.$"),
    "digits of either": ("for all, digits", put("st/networks/sharing", "either"),
        "digits bound ranks of unshared", "digits are about unshared"),
    "digits with rest": ("for all, digits", put("st/networks/rest", 1),
        "every pooling has windows of q", "rest: 1 is not shown"),
    "halves of odd windows": ("for all, halves",
        put("st/networks/window", ["+", ["*", 2, ["sym", "k"]], 1]), r"\)\^\(2\*k \+ 1\)$",
        r"2\*k \+ 1 is not shown"),
    "halves of blocks": ("for all, halves", put("st/claim/block", 2),
        "halves bound ranks from above", "blocks: 2 is not shown"),
    "the last level from below": ("for all, last level of HT", from_below,
        "the last level alone bounds", "last level bounds ranks from above"),
    "the last level, alternating": ("for all, last level of HT",
        put("st/claim/sides", "alternating"), "the last level alone bounds",
        "last level bounds ranks from above"),
    "the last level with another width": ("for all, last level of HT",
        put("st/claim/bound", ["r", 0]), "bound: r_0 is not shown", r"bound: r\[0\] is not"),
    "the last level with q^m": ("for all, last level of HT",
        put("st/claim/bound", ["^", ["sym", "q"], ["sym", "m"]]), r"bound: q\^m is not shown",
        r"bound: q\^m is not"),
    "the last level across single locations": ("for all, last level of HT",
        put("st/claim/block", 1), r"1\*q is not shown", r"blocks: 1\*q is not shown"),
    "digits of shared networks": ("for all, digits", put("st/networks/sharing", "shared"),
        "digits bound ranks of unshared", "digits are about unshared"),
    "truncated networks one step further": ("for all, truncated", moved,
        r"r_s\)\^\(q\^\(0 \+ 1\)\) is not", r"\(q\^\(d \+ 1\)\)\)\^"),
    "digits one step further": ("for all, digits", moved, r"4\^\(0 \+ 1\)\) is not shown",
        r"M\^2\)\^\(4\^\(m \+ 1\)\)"),
    "halves one step further": ("for all, halves", moved, r"\(2\*k\)\^\(0 \+ 1\)\) is not shown",
        r"\(2\*k\)\^\(m \+ 1\)\)"),
    "halves of unshared networks": ("for all, halves", put("st/networks/sharing", "either"),
        r"equal to min\(r_0, M\^k\)", r"equal to min\(r\[0\], M\^k\)"),
    "halves across unions": ("for all, halves", put("st/claim/sides", "unions"),
        "halves bound ranks from above", "halves are about alternating"),
    "a count one step further": ("for all, count", moved, r"not shown equal to M\*r_0",
        r"level = 1..m \+ 1\]"),
    "a count for more outputs": ("for all, count", put("st/networks/outputs", 3),
        r"the count: .* 3\*r_m", r"3\*r\[m\]"),
    "a count of unshared networks": ("for all, count", put("st/networks/sharing", "unshared"),
        "the step of the induction", r"q\^\(0 \+ 1\)\*\(M"),
    "a count of either": ("for all, count", put("st/networks/sharing", "either"),
        "for shared or for unshared", "of shared or of unshared"),
    "containment one step further": ("for all, contains", moved, "base of .* equal to q",
        "the number of locations"),
    "containment of wider networks": ("for all, contains",
        put("st/claim/channels", ["+", ["sym", "Z"], 1]), r"equal to Z \+ 1", r"equal to Z \+ 1"),
    "a bound below the channels": ("for all, last level", put("st/claim/bound", 1),
        "bound: 1 is not shown equal to Z", "bound: 1 is not shown equal to Z"),
    "the last level across blocks": ("for all, last level", put("st/claim/block", 2),
        "the last level alone bounds", "2 is not shown equal to 1"),
}
# fmt: on

SAME = {}

OTHER = {
    "windows from 3 on": ("for all", put("st/symbols/q", 3)),
    "a number behind what it multiplies": (
        "for all, count",
        lambda data: get(data, "st/claim/count/2").append(get(data, "st/claim/count/2").pop(1)),
    ),
    "factors exchanged": (
        "for all",
        lambda data: get(data, "st/claim/bound/1").append(get(data, "st/claim/bound/1").pop(1)),
    ),
}
