"""Tests of the verifier; see `made` for what they are made of."""
