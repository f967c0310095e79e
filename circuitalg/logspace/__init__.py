"""Computation in log-space: MEX, and circuits over other semirings."""
