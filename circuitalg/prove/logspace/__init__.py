"""Tactics for log-space."""
