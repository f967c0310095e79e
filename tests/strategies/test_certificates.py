"""Certificates drawn by `circuitalg.strategies`: genuine ones, and altered ones."""

import json

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from soundness.readers import CONFIRMED, REFUSED, UNDECIDED, ask_checker, examined

from circuitalg import checker, strategies
from circuitalg.errors import OptionError
from circuitalg.kernel.rules import RULES


def test_there_are_certificates_of_every_kind():
    """A new kind of statement needs a tactic here."""
    assert set(strategies.STATEMENTS) == set(RULES)


@pytest.mark.parametrize("kind", strategies.STATEMENTS)
@settings(max_examples=6)
@given(data=st.data())
def test_certificates_are_genuine(kind, data):
    """Both readers accept each, and brute force does not find it false."""
    certificate = json.loads(json.dumps(data.draw(strategies.certificates(kind))))
    assert certificate["theorems"][-1]["statement"]["kind"] == kind
    assert examined(certificate).word in (CONFIRMED, UNDECIDED)


@settings(max_examples=80)
@given(strategies.altered_certificates())
def test_altered_certificates_are_refused_or_true(certificate):
    """By both readers; whoever alters one cannot make a false statement pass."""
    assert examined(json.loads(json.dumps(certificate))).word in (REFUSED, CONFIRMED, UNDECIDED)


def test_an_altered_certificate_shrinks():
    """The smallest that is refused is about a small network, and altered at one place."""
    found = find(
        strategies.altered_certificates("Multilinear"),
        lambda certificate: ask_checker(certificate).digest is None,
    )
    genuine = find(strategies.certificates("Multilinear"), lambda _: True)
    checker.verify(genuine)
    assert len(json.dumps(found)) < len(json.dumps(genuine)) + 100


@pytest.mark.parametrize("make", [strategies.certificates, strategies.altered_certificates])
def test_a_kind_that_does_not_exist_is_refused(make):
    """When the strategy is made."""
    with pytest.raises(OptionError, match="GenericRank"):
        make("Genericrank")
