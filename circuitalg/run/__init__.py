"""Proof scripts, landscapes, parallel work, and running the checker."""
