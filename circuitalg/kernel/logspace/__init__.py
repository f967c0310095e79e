"""Statements about computation in log-space."""
