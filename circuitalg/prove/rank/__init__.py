"""Tactics for ranks."""
