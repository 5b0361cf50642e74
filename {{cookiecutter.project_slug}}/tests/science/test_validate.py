"""Suites are understood whole; a critical failure stops, and a warning is shown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.expectations import results, suites
from {{ cookiecutter.package_name }}.records.validation import (
    ExpectationResult,
    ValidationResult,
)
from {{ cookiecutter.package_name }}.runtime import paths
from {{ cookiecutter.package_name }}.runtime.errors import UserError
from {{ cookiecutter.package_name }}.runtime.outputs import (
    Outputs,
    digest,
    read_json,
    read_record,
)
from {{ cookiecutter.package_name }}.runtime.params import Params
from {{ cookiecutter.package_name }}.stages import validate
from {{ cookiecutter.package_name }}.tables import datasets, parquet


def suite(folder: Path, severity: str) -> Path:
    """Write a suite that wants `x` to be at most 2."""
    kwargs = {"column": "x", "max_value": 2}
    kind = "expect_column_values_to_be_between"
    one = {"type": kind, "kwargs": kwargs, "severity": severity}
    (folder / "raw.json").write_text(json.dumps({"expectations": [one]}))
    return folder


def test_a_critical_failure_stops_with_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = suite(tmp_path, "critical")
    with pytest.raises(UserError, match="1 critical expectation"):
        validate.validate({"raw": pd.DataFrame({"x": [1, 3]})}, folder)
    assert "1 unexpected, such as 3" in capsys.readouterr().out


def test_a_warning_is_shown_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = suite(tmp_path, "warning")
    results = validate.validate({"raw": pd.DataFrame({"x": [1, 3]})}, folder)
    assert not results["raw"][0].success
    assert "warning" in capsys.readouterr().out


def test_groups_on_both_sides_stand_twice() -> None:
    joined = datasets.join_groups(pd.Series(["a", "a", "b"]), pd.Series(["b", "c"]))
    assert list(joined["group"]) == ["a", "b", "b", "c"]


@pytest.mark.parametrize(("train", "twice"), [(2, False), (3, True)])
def test_without_a_group_a_row_on_both_sides_stands_twice(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_settings: Callable[..., Params],
    train: int,
    twice: bool,
) -> None:
    # The last two rows are equal: each may be on its side.
    table = pd.DataFrame(
        {"label": ["a", "b", "b"], "x": [0.1, None, None], "c": [None, "u", "u"]}
    )
    sides = {"prepared": table, "train": table.head(train), "test": table.tail(1)}
    for name, side in sides.items():
        monkeypatch.setitem(datasets.TABLES, name, tmp_path / f"{name}.parquet")
        with Outputs() as outputs:
            parquet.write(outputs, datasets.TABLES[name], side)
    settings = make_settings(changes={"columns.group": None})
    joined = datasets.read(list(sides), settings)["groups"]
    assert joined["group"].duplicated().any() == twice


def test_the_verdict_holds_digests_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / paths.GATE_RAW
    monkeypatch.setitem(validate.STEPS, "raw", (["raw"], gate))
    monkeypatch.setattr(paths, "VALIDATIONS", tmp_path / paths.VALIDATIONS)
    source = tmp_path / "raw.csv"
    source.write_text("x\n1\n2\n")
    monkeypatch.setattr(paths, "SUITES", suite(tmp_path, "critical"))
    monkeypatch.setitem(datasets.TABLES, "raw", source)
    validate.main(["raw"])
    verdict = read_json(gate)
    assert verdict == {"datasets": {"raw": digest(source)}}
    result = read_record(paths.VALIDATIONS / "raw.json", ValidationResult)
    assert result.dataset == "raw" and result.rows == 2
    assert all(one.success for one in result.results)


def test_a_table_that_changed_after_its_validation_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, gate = tmp_path / "train.parquet", tmp_path / "splits.json"
    monkeypatch.setitem(datasets.TABLES, "train", source)
    with pytest.raises(UserError, match="splits.json is missing; `invoke repro`"):
        datasets.check_passed("train", gate)
    source.write_bytes(b"a table")
    with Outputs() as outputs:
        outputs.json(gate, {"datasets": {"train": digest(source)}})
    datasets.check_passed("train", gate)
    source.write_bytes(b"A table")
    refused = r"train\.parquet is not the table that .*splits\.json passed; run `invoke"
    with pytest.raises(UserError, match=refused):
        datasets.check_passed("train", gate)
    source.unlink()
    with pytest.raises(UserError, match="train.parquet is missing"):
        datasets.check_passed("train", gate)
    for broken in ("[]", '{"datasets": null}', "{}"):
        gate.write_text(broken)
        source.write_bytes(b"a table")
        with pytest.raises(UserError, match=refused):
            datasets.check_passed("train", gate)


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ([], "one of them"),
        (["rwa"], "not 'rwa'"),
        (["prepared", "train"], "not 'prepared train'"),
        (["raw", "splits"], "not 'raw splits'"),
    ],
)
def test_it_takes_raw_or_splits(arguments: list[str], given: str) -> None:
    with pytest.raises(UserError, match=f"^validate takes raw or splits, {given}$"):
        validate.main(arguments)


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
    with pytest.raises(UserError) as caught:
        suites.read(path)
    assert words in str(caught.value)
    assert "expectation 2" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"expectations": []}', '{"name": "x"}'])
def test_a_file_that_is_no_suite_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"suite\.json"):
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
    assert str(UserError("a\x1b[2Jb")) == r"a\x1b[2Jb"
