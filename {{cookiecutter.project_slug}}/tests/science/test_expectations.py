"""Suites are understood whole, and each expectation can fail."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.expectations import results, suites
from {{ cookiecutter.package_name }}.records.validation import ExpectationResult
from {{ cookiecutter.package_name }}.runtime import errors, paths

BETWEEN = "expect_column_values_to_be_between"
NOT_NULL = "expect_column_values_to_not_be_null"


def write(folder: Path, *entries: Any) -> Path:
    """Write a suite."""
    path = folder / "suite.json"
    path.write_text(json.dumps({"expectations": entries}), encoding="utf-8")
    return path


def entry(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    """Return an expectation as a suite holds it."""
    return {"type": kind, "kwargs": kwargs, "severity": severity}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (entry("expect_column_to_be_nice", column="x"), "unknown type 'expect_column"),
        (entry(BETWEEN, column="x", min_valu=1, max_value=2), "min_valu"),
        (entry(BETWEEN, column="x"), "cannot both be None"),
        (entry(NOT_NULL, "fatal", column="x"), "severity 'fatal'"),
        ({"type": NOT_NULL}, "needs a 'type' and 'kwargs'"),
        ({**entry(NOT_NULL, column="x"), "sevirity": "warning"}, "key 'sevirity'"),
    ],
)
def test_an_entry_that_is_not_understood_is_named(
    tmp_path: Path, bad: dict[str, Any], words: str
) -> None:
    path = write(tmp_path, entry(NOT_NULL, column="x"), bad)
    with pytest.raises(errors.UserError) as caught:
        suites.read(path)
    assert words in str(caught.value)
    assert "expectation 2" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"expectations": []}', '{"name": "x"}'])
def test_a_file_that_is_no_suite_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(errors.UserError, match=r"suite\.json"):
        suites.read(path)


def test_results_come_in_the_order_of_the_suite(tmp_path: Path) -> None:
    kinds = [
        entry("expect_table_row_count_to_be_between", min_value=1),
        entry(NOT_NULL, column="b"),
        entry(BETWEEN, column="a", min_value=0, max_value=9),
        entry(NOT_NULL, column="a"),
    ]
    for order in (kinds, kinds[::-1]):
        suite = suites.read(write(tmp_path, *order))
        found = suites.validate(pd.DataFrame({"a": [1], "b": [2]}), suite)
        assert [one.type for one in found] == [one["type"] for one in order]
        assert all(one.success for one in found)


def test_what_failed_is_described(tmp_path: Path) -> None:
    suite = suites.read(
        write(
            tmp_path,
            entry(BETWEEN, column="a", min_value=0, max_value=9),
            entry(NOT_NULL, "warning", column="gone"),
        )
    )
    found = suites.validate(pd.DataFrame({"a": [1, 50, 60]}), suite)
    assert found[0].unexpected_count == 2 and found[0].examples == [50, 60]
    assert "gone" in str(found[1].error)
    assert results.failures(found, "critical") == found[:1]
    assert results.failures(found, "warning") == found[1:]
    shown = results.tabulate("raw", found)
    assert "2 unexpected, such as 50, 60" in shown and '"gone"' in shown


@pytest.mark.parametrize(
    "info",
    [
        {"raised_exception": True, "exception_message": "no column\nmore"},
        {"metric": {"raised_exception": True, "exception_message": "no column"}},
    ],
)
def test_both_shapes_of_an_exception_are_read(info: dict[str, Any]) -> None:
    assert suites._error(info) == "no column"  # pylint: disable=protected-access


def test_a_group_on_both_sides_trips() -> None:
    suite = suites.read(paths.SUITES / "groups.json")
    apart = pd.DataFrame({"group": ["a", "b"], "side": ["train", "test"]})
    assert all(one.success for one in suites.validate(apart, suite))
    (failed,) = results.failures(
        suites.validate(apart.assign(group="a"), suite), "critical"
    )
    assert failed.type == "expect_column_values_to_be_unique"


def test_a_value_does_nothing_to_a_terminal() -> None:
    failed = ExpectationResult(
        type="expect_column_values_to_be_in_set",
        columns=["a\x1b]0;title\x07"],
        severity="critical",
        mostly=None,
        success=False,
        observed=None,
        unexpected_count=1,
        examples=["b\x1b[2J\r\nc\u202e"],
        error=None,
    )
    shown = results.tabulate("raw", [failed])
    assert shown.count("\n") == 1
    assert r"a\x1b]0;title\x07" in shown and r"b\x1b[2J c\u202e" in shown
    assert str(errors.UserError("a\x1b[2Jb")) == r"a\x1b[2Jb"
