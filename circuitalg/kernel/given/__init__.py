"""Statements about given tensors."""
