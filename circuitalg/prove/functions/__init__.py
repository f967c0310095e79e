"""Tactics for representation functions."""
