"""Theorems for all sizes."""
