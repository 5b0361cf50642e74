"""What `validate` hands on."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation of a suite, and whether a dataset meets it.

    Attributes
    ----------
    type, columns, severity
        What is expected of which columns, and whether a failure stops the pipeline.
    mostly
        The share of rows that is enough, where one is given.
    success, observed
        Whether it is met, and what was seen.
    unexpected_count, examples
        How many values are not as expected, and the first of them.
    error
        Why it could not be checked, if so.
    """

    type: str
    columns: list[str]
    severity: str
    mostly: float | None
    success: bool
    observed: Any
    unexpected_count: int | None
    examples: list[Any]
    error: str | None


@dataclass(frozen=True)
class ValidationResult:
    """A dataset against its suite, in the order of the suite."""

    dataset: str
    rows: int
    results: list[ExpectationResult]
    lock_differences: list[str]
