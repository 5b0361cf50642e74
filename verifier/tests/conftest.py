"""Tests of the verifier; see `made` for what they are made of."""

from importlib.util import find_spec

# They run DVC itself; tests/e2e/test_guard.py runs them where it is installed.
collect_ignore = [] if find_spec("dvc") else ["guard"]
