"""Alter a certificate at one place, and give it to both readers."""

import copy
import json

import pytest

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError


def both_accept(theorem, folder):
    """Save, verify with the stand-alone checker, read back with the kernel."""
    file = theorem.save(folder / "genuine.json")
    verified = checker.verify_file(file)
    again = ca.load_theorem(file)
    assert verified.kind == type(theorem.statement).__name__ == type(again.statement).__name__
    assert again.certificate() == theorem.certificate()
    return verified


def both_refuse(theorem, change, folder):
    """Apply ``change`` to a copy of the certificate's statement and proof; nobody accepts it."""
    data = copy.deepcopy(theorem.certificate())
    before = json.dumps(data, sort_keys=True)
    change(data["theorem"]["statement"], data["theorem"]["proof"])
    if json.dumps(data, sort_keys=True) == before:
        pytest.fail("the alteration changes nothing")
    file = folder / "altered.json"
    file.write_text(json.dumps(data))
    with pytest.raises((checker.Refusal, checker.Unreadable)) as refusal:
        checker.verify_file(file)
    with pytest.raises(CircuitalgError):
        ca.load_theorem(file)
    return str(refusal.value)


def put(part, *path):
    """Alter one place of the statement (0) or the proof (1): put(0, "ranks", 1, value)."""
    *names, value = path

    def change(statement, proof):
        place = (statement, proof)[part]
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = value

    return change
