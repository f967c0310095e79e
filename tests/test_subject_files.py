"""Hostile certificates of the subjects beside the rank rules: a refusal in words, never a crash."""

import copy
import functools
import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.formula import least, symbols, width
from circuitalg.kernel.levels import ONE, HTNetworks, RankAtLeast
from circuitalg.kernel.matrices import fixed
from circuitalg.representation import Gaussians, Neurons

JUNK = [
    None, 0, 1, -1, 2**70, 10**400, 1.5, True, "", "m", "1/2", "1/0", [], {}, [[]], [0], [[1, 2]],
    {"rule": "x"}, {"kind": "x"}, ["sym", "m"], ["+", 1], ["^", 2, 10**9], ["sum", "i", 1, 2, 3],
    {"parameter": "a0.0"}, {"matrix": [[1]]}, {"product": [{"matrix": [[1]]}]},
]  # fmt: skip


def for_all():
    """Theorem 1 for all sizes."""
    q, m, M = symbols("q m M")
    claim = RankAtLeast(ONE, least(M, width(0)) ** (q**m))
    return ca.prove_for_all({"q": 2, "m": 0, "M": 1}, HTNetworks(q, m + 1, M), claim)


def same():
    """A shallow network inside a deep one."""
    unit = fixed([[1, 0], [0, 1]])
    cp, ht = ca.cp_model(4, 2, 2), ca.ht_model(4, 2, [2, 2])
    return ca.prove_same(cp, ht, {"a1.0": unit, "a1.1": unit})


def distance():
    """A network of three Gaussians."""
    circuit = ca.ht_model(2, 3, [3])
    family = Gaussians([[0], [2], [4]], [[1], [1], [1]])
    weights = circuit.random_weights(seed=2)
    return ca.prove_not_approximable(circuit, weights, 1, representation=family)


def mixed(fixed):
    """Two branches over shared sums, one through a fixed matrix."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    first = b.product(*h)
    exact = [[Fraction(entry) for entry in row] for row in fixed]
    second = b.product(b.sum(h[0], width=2, matrix=exact), b.sum(h[1], width=2, parameter="b"))
    return b.build(b.sum(first, second, width=2))


LINEAR = mixed([[1, 2], [0, "1/3"]])


def score():
    """A network with signs, 20 digits."""
    circuit = ca.ht_model(2, 2, [2])
    return ca.prove_log_score(circuit, circuit.random_weights(seed=1), [[1, 2], [3, -1]], bits=20)


PROVED = {
    "ForAll": for_all,
    "SameFunction": same,
    "Symmetric": lambda: ca.prove_symmetric(ca.ht_model(4, 2, [2, 2], shared=True)),
    "Represents": lambda: ca.prove_represents(ca.cp_model, [[1, 2], [3, 4]]),
    "Universal": lambda: ca.prove_universal(ca.cp_model(2, 2, 4)),
    "LinearlyIndependent": lambda: ca.prove_linearly_independent(Neurons([[1], [2]], [0, 1])),
    "NotApproximable": distance,
    "MinimalHT": lambda: ca.prove_minimal_ht([[[1, 0], [0, 2]], [[0, 0], [3, 0]]]),
    "LogSpaceEquivalent": lambda: ca.prove_log_space(
        mixed([[1, 2], [0, "1/3"]]), mean=True, beta=2
    ),
    "SignedSplit": lambda: ca.prove_signed_split(mixed([[1, -2], [0, "1/3"]])),
    "SimplexForm": lambda: ca.prove_simplex_form(ca.ht_model(4, 2, [2, 2], shared=True)),
    "Multilinear": lambda: ca.prove_multilinear(LINEAR),
    "LogScore": score,
    "LogSpaceError": lambda: ca.prove_log_space_error(ca.ht_model(4, 2, [2, 2]), (-2, 0), (-3, 1)),
    "CPRank": lambda: ca.prove_cp_rank([[[1, 0], [0, 2]], [[0, 0], [3, 0]]]),
}


@functools.cache
def genuine(kind):
    """The certificate's text."""
    return json.dumps(PROVED[kind]().certificate())


def places(value, path=()):
    """Paths to every part of JSON data."""
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def altered(kind, draw):
    """Put junk, or another part of the certificate, in some places; or lose one."""
    data = json.loads(genuine(kind))
    for _ in range(draw.choice((1, 1, 2))):
        every = [p for p in places(data["theorem"]) if p]
        path = draw.choice(every)
        place = data["theorem"]
        for key in path[:-1]:
            place = place[key]
        action = draw.random()
        if action < 0.2:
            del place[path[-1]]
        elif action < 0.4:
            other = data["theorem"]
            for key in draw.choice(every):
                other = other[key]
            place[path[-1]] = copy.deepcopy(other)
        else:
            place[path[-1]] = copy.deepcopy(draw.choice(JUNK))
    return data


@pytest.mark.soundness
@pytest.mark.parametrize("kind", PROVED)
def test_every_statement_of_a_subject_is_tried_here(kind):
    """The table is that of the kernel and of the checker."""
    from circuitalg.kernel.certificate import _SUBJECTS

    assert set(PROVED) == set(_SUBJECTS) == set(checker.SUBJECTS)
    assert json.loads(genuine(kind))["theorem"]["statement"]["kind"] == kind


@pytest.mark.soundness
@pytest.mark.parametrize("kind", PROVED)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_altered_files_are_refused_in_words(kind, seed, tmp_path_factory):
    """Readers refuse or accept, and nothing else; what the kernel accepts, the checker does.

    (The checker takes some proofs that the kernel wants in one form only.)
    """
    draw = random.Random(seed)
    file = tmp_path_factory.getbasetemp() / f"altered-{kind}.json"
    for _ in range(8):
        data = altered(kind, draw)
        file.write_text(json.dumps(data))
        accepted = []
        for read in (checker.verify_file, ca.load_theorem):
            try:
                read(file)
                accepted.append(True)
            except (checker.Refusal, checker.Unreadable, CircuitalgError):
                accepted.append(False)
        assert accepted[0] >= accepted[1], data["theorem"]
