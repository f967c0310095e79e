"""Tactics for theorems for all sizes."""
