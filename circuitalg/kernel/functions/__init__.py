"""Statements about representation functions."""
