"""Logarithms of arrays of every kind of number, one entry at a time where these are exact."""

import decimal
import math
from fractions import Fraction

import numpy as np
import pytest

from circuitalg.errors import WeightError
from circuitalg.logspace.logarithms import logarithms, signed_logarithms

BIG = 10**400


def test_every_kind_of_number_has_its_logarithm():
    """Integers, all floats, booleans, and objects of several kinds; 0 gives −∞, NaN stays NaN."""
    numbers = [1, 2, 0]
    for dtype in (np.int8, np.uint64, np.float16, np.float32, np.float64, np.longdouble, object):
        found = logarithms(np.array(numbers, dtype=dtype), "it")
        assert found.dtype == np.float64
        assert found.tolist() == [0, math.log(2), -math.inf]
    assert logarithms(np.array([True, False]), "it").tolist() == [0, -math.inf]
    mixed = np.array([np.float32(2), np.int64(2), 2.0, Fraction(2), BIG, Fraction(1, BIG)], object)
    assert logarithms(mixed, "it").tolist() == [math.log(2)] * 4 + [
        pytest.approx(400 * math.log(10), rel=1e-15),
        pytest.approx(-400 * math.log(10), rel=1e-15),
    ]
    for dtype in (float, object):
        assert np.isnan(logarithms(np.array([math.nan], dtype=dtype), "it")).all()
        assert logarithms(np.zeros((0, 3), dtype=dtype), "it").shape == (0, 3)
        signs, logs = signed_logarithms(np.array([[-2.0, -0.0]], dtype=dtype), "it")
        assert signs.tolist() == [[-1, 0]]
        assert logs.tolist() == [[math.log(2), -math.inf]]


def test_what_has_no_logarithm():
    """Negative numbers, complex ones, dates, texts, decimals, None; the sentence names them."""
    for given, reason in [
        (np.array([-1.0]), "it has a negative number"),
        (np.array([-BIG], dtype=object), "it has a negative number"),
        (np.array([1j]), "it must hold real numbers, and its type is complex128"),
        (np.array(["1"]), "real numbers"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "real numbers"),
        (np.array(["1"], dtype=object), "it holds '1'"),
        (np.array([1j], dtype=object), "it holds 1j"),
        (np.array([None]), "it holds None"),
        (np.array([decimal.Decimal(1)]), "it holds Decimal"),
    ]:
        with pytest.raises(WeightError, match=reason):
            logarithms(given, "it")
