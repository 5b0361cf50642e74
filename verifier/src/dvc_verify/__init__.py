"""Verify that a DVC repository gives the same results again, and certify it."""

__version__ = "0.2.0"
