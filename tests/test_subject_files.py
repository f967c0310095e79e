"""Hostile certificates of the subjects beside the rank rules: a refusal in words, never a crash."""

import copy
import functools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject_theorems import PROVED

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError

JUNK = [
    None, 0, 1, -1, 2**70, 10**400, 1.5, True, "", "m", "1/2", "1/0", [], {}, [[]], [0], [[1, 2]],
    {"rule": "x"}, {"kind": "x"}, ["sym", "m"], ["+", 1], ["^", 2, 10**9], ["sum", "i", 1, 2, 3],
    {"parameter": "a0.0"}, {"matrix": [[1]]}, {"product": [{"matrix": [[1]]}]},
]  # fmt: skip


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
