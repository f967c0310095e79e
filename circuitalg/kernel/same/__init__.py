"""Equality of functions, and symmetries."""
