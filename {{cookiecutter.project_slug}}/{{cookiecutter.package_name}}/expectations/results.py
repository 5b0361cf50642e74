"""Validation results as people read them."""

from ..records.validation import ExpectationResult
from ..runtime.errors import printable

SEVERITIES = ("critical", "warning")


def failures(
    results: list[ExpectationResult], severity: str
) -> list[ExpectationResult]:
    """Return the results of a severity that were not met.

    Parameters
    ----------
    results
        Of one dataset.
    severity
        One of `SEVERITIES`.
    """
    return [
        result
        for result in results
        if not result.success and result.severity == severity
    ]


def tabulate(dataset: str, failed: list[ExpectationResult]) -> str:
    """Return a table for people: what failed, where, with examples.

    Parameters
    ----------
    dataset
        Its name, the title of the table.
    failed
        The expectations that failed.
    """
    head = ("severity", "dataset", "expectation", "columns", "found")
    rows = [
        (
            result.severity,
            dataset,
            result.type.removeprefix("expect_"),
            _cell(", ".join(result.columns)),
            _cell(_found(result)),
        )
        for result in failed
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(5)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


def _cell(text: str) -> str:
    return printable(" ".join(text.split()))


def _found(result: ExpectationResult) -> str:
    if result.error:
        return str(result.error)
    if result.unexpected_count is None:
        return f"observed {result.observed}"
    examples = ", ".join(str(value) for value in result.examples)
    return f"{result.unexpected_count} unexpected, such as {examples}"
