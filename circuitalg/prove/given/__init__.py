"""Tactics for given tensors."""
