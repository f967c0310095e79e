"""Tactics: untrusted search for proof terms, which the kernel's rules then decide."""
