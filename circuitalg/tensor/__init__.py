"""Circuits as arrays: evaluation, coefficient tensors, grids, matricizations."""
