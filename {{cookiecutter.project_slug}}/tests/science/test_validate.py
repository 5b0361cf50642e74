"""A critical failure stops, a warning is shown, and the verdict holds digests only."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.records.validation import ValidationResult
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
