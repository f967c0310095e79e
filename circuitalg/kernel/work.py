"""Budgets of rules: steps are counted before they are made."""

from __future__ import annotations

from circuitalg import deadline
from circuitalg.errors import RuleError


class Work:
    """Counts steps, and refuses beyond a limit.

    Parameters
    ----------
    limit : how many steps there may be.
    reason : the sentence of the refusal.
    """

    def __init__(self, limit: int, reason: str) -> None:
        self.left = limit
        self._reason = reason

    def spend(self, amount: int) -> None:
        """Count steps before they are made.

        Raises
        ------
        RuleError
            When they are too many.
        OutOfTimeError
            When a time limit is over (`circuitalg.deadline`).
        """
        deadline.look()
        self.left -= amount
        if self.left < 0:
            raise RuleError(self._reason)
