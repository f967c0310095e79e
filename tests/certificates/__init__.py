"""Certificates of every kind of statement: one table, which the tests of all kinds go through.

A new kind of statement costs one entry in ``PROVED``, a theorem, and its false neighbours in
``REFUSED``; where other data proves it too, or is true as well, an entry in ``SAME`` or ``OTHER``.
"""

import functools
import json

from certificates import forall, functions, given, logspace, rank, same

ROOMS = rank, same, forall, given, functions, logspace

PROVED = {name: prove for room in ROOMS for name, prove in room.PROVED.items()}
"""A cheap theorem; by name."""

REFUSED = {name: case for room in ROOMS for name, case in room.REFUSED.items()}
"""Alterations that nobody accepts: whose, which, and parts of what kernel and checker say."""

SAME = {name: case for room in ROOMS for name, case in room.SAME.items()}
"""Alterations after which a file proves the same statement, in another way or other writing."""

OTHER = {name: case for room in ROOMS for name, case in room.OTHER.items()}
"""Alterations after which a file proves another truth."""


@functools.cache
def theorem(name):
    """The theorem of this name, made once."""
    return PROVED[name]()


@functools.cache
def _text(name):
    return json.dumps(theorem(name).certificate())


def genuine(name):
    """A copy of its certificate's data."""
    return json.loads(_text(name))
