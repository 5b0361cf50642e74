"""Suites of expectations and validation results: the room of Great Expectations."""
