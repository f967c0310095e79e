"""Attempts to make kernel or checker accept something false, and the truth they are held to."""
