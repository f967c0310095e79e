"""Tactics for equality of functions."""
