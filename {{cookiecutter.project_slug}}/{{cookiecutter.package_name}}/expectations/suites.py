"""Suites of expectations: read them, and validate a table against one.

Suites are plain JSON that people edit. The results are our own: those of Great
Expectations hold times and random ids.
"""

from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions.exceptions import ExpectationNotFoundError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.registry import get_expectation_impl

from ..records.validation import ExpectationResult
from ..runtime.errors import UserError
from ..runtime.outputs import read_json
from .results import SEVERITIES

KEYS = {"type", "kwargs", "severity", "notes"}
EXAMPLES = 5


def read(path: Path) -> ExpectationSuite:
    """Read a suite, and check that all of it was understood.

    Raises
    ------
    UserError
        If the file is missing or no suite, or an entry has an unknown type, key,
        severity or argument.
    """
    return parse(path, read_json(path))


def parse(path: Path, content: Any) -> ExpectationSuite:
    """Make a suite of the content of its file; see `read`.

    Parameters
    ----------
    path
        Where the suite is from, for messages.
    content
        Its JSON.
    """
    entries = content.get("expectations") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{path} is not a suite: it has no list of 'expectations'")
    expectations = [
        _read_entry(f"{path}: expectation {number}", number, entry)
        for number, entry in enumerate(entries, start=1)
    ]
    suite = ExpectationSuite(name=path.stem, expectations=expectations)
    if len(suite.expectations) != len(entries):
        raise UserError(
            f"{path} has {len(entries)} expectations, but Great Expectations took "
            f"{len(suite.expectations)}: is one there twice?"
        )
    return suite


def _read_entry(place: str, number: int, entry: Any) -> Expectation:
    """Build one expectation; its number goes along, since results are not in order."""
    if not isinstance(entry, dict) or not {"type", "kwargs"} <= entry.keys():
        raise UserError(f"{place} needs a 'type' and 'kwargs'")
    if unknown := entry.keys() - KEYS:
        raise UserError(f"{place} has an unknown key '{sorted(unknown)[0]}'")
    severity = entry.get("severity", "critical")
    if severity not in SEVERITIES:
        raise UserError(f"{place} has severity '{severity}'; use critical or warning")
    kind = entry["type"]
    try:
        build = get_expectation_impl(kind)
        return build(**entry["kwargs"], severity=severity, meta={"number": number})
    except ExpectationNotFoundError:
        # Great Expectations itself would drop it, with a line in a log.
        raise UserError(f"{place} has the unknown type '{kind}'") from None
    except (TypeError, ValueError) as error:  # pydantic's errors are ValueErrors
        lines = [line.strip() for line in str(error).splitlines()]
        reason = ": ".join(lines[1:3] or lines)
        raise UserError(f"{place} ({kind}): {reason}") from None


def validate(table: pd.DataFrame, suite: ExpectationSuite) -> list[ExpectationResult]:
    """Validate a table against a suite.

    Parameters
    ----------
    table
        The dataset.
    suite
        What `read` or `parse` gave.

    Returns
    -------
    list of ExpectationResult
        In the order of the suite.
    """
    definition = define(quiet_context(), "table")
    batch = definition.get_batch(batch_parameters={"dataframe": table})
    found = batch.validate(suite, result_format="SUMMARY").results
    found.sort(key=_number)
    if len(found) != len(suite.expectations):
        raise UserError(f"{suite.name}: {len(found)} results are not all of the suite")
    return [_describe(one) for one in found]


def quiet_context() -> Any:
    """Return a context of Great Expectations that keeps nothing and says nothing."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def define(context: Any, name: str) -> Any:
    """Return what a table that is given later is checked through.

    Parameters
    ----------
    context
        The context that knows the table.
    name
        The name of the suite.
    """
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    return asset.add_batch_definition_whole_dataframe(name)


def _number(found: Any) -> int:
    return int(found.expectation_config.meta["number"])


def _describe(found: Any) -> ExpectationResult:
    config, result = found.expectation_config, found.result
    examples = result.get("partial_unexpected_list") or []
    mostly = config.kwargs.get("mostly")
    return ExpectationResult(
        type=config.type,
        columns=_columns(config.kwargs),
        severity=config.severity.value,
        mostly=None if mostly in (None, 1) else float(mostly),
        success=bool(found.success),
        observed=plain(result.get("observed_value")),
        unexpected_count=plain(result.get("unexpected_count")),
        examples=[plain(value) for value in examples[:EXAMPLES]],
        error=_error(found.exception_info),
    )


def _columns(kwargs: dict[str, Any]) -> list[str]:
    named = [kwargs.get(key) for key in ("column", "column_A", "column_B")]
    several = kwargs.get("column_list") or kwargs.get("column_set") or []
    return [name for name in named if name] + list(several)


def _error(info: dict[str, Any]) -> str | None:
    """Find the message of an exception: one dict, or a dict of dicts by metric."""
    if "raised_exception" in info:
        infos = [info]
    else:
        infos = [info[key] for key in sorted(info)]
    for one in infos:
        if one.get("raised_exception"):
            return str(one["exception_message"]).partition("\n")[0]
    return None


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if value is pd.NA:
        return None
    return str(value)
