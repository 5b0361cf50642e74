"""A draft is met by its own table, refuses another, and replaces no file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import draft, errors, expectations, paths

ROWS = 60


def make_table() -> pd.DataFrame:
    """Return a table of all kinds of columns."""
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "name": [f"n{number}" for number in range(ROWS)],
            "kind": generator.choice(["é", "v"], ROWS),
            "size": generator.normal(5, 1, ROWS),
            "tiny": generator.uniform(1e-9, 3e-9, ROWS),
            "huge": generator.integers(10**15, 10**16, ROWS),
            "count": generator.integers(0, 1000, ROWS),
            "level": generator.integers(1, 4, ROWS),
            "holes": np.where(np.arange(ROWS) % 3 == 0, np.nan, -1.5),
            "empty": np.full(ROWS, np.nan),
            "endless": np.where(np.arange(ROWS) == 3, np.inf, 1.0),
            "same": np.zeros(ROWS),
            "yes": generator.random(ROWS) < 0.5,
            "day": pd.date_range("2026-01-01", periods=ROWS, unit="us"),
        }
    )


@pytest.fixture(name="source")
def fixture_source(tmp_path: Path) -> Path:
    """Write the table."""
    path = tmp_path / "things.parquet"
    make_table().to_parquet(path)
    return path


def read(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the arguments of each expectation by its type and column."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        (one["type"].removeprefix("expect_"), one["kwargs"].get("column", "")): one[
            "kwargs"
        ]
        for one in content["expectations"]
    }


def test_the_table_meets_its_draft(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "suite.json"
    count = draft.write(source, target)
    suite = expectations.read_suite(target)
    assert count == len(suite.expectations) > 30
    found = expectations.check(pd.read_parquet(source), suite)
    assert [one for one in found if not one["success"]] == []


def test_each_column_has_what_its_kind_asks_for(source: Path, tmp_path: Path) -> None:
    draft.write(source, tmp_path / "suite.json")
    entries = read(tmp_path / "suite.json")
    kinds: dict[str, set[str]] = {}
    for kind, column in entries:
        kinds.setdefault(column, set()).add(kind.removeprefix("column_values_to_"))
    number = {"be_of_type", "be_between", "column_quantile_values_to_be_between"}
    always = "not_be_null"
    assert kinds["name"] == {"be_of_type", always, "be_unique"}
    assert kinds["kind"] == kinds["level"] == {"be_of_type", always, "be_in_set"}
    assert kinds["size"] == kinds["tiny"] == kinds["same"] == number | {always}
    assert kinds["huge"] == number | {always, "be_unique"}
    assert kinds["holes"] == number | {always}
    assert kinds["empty"] == {"be_of_type"}
    assert kinds["endless"] == kinds["yes"] == kinds["day"] == {"be_of_type", always}
    assert entries["column_values_to_not_be_null", "holes"]["mostly"] == 0.56
    assert entries["column_values_to_be_in_set", "kind"]["value_set"] == ["v", "é"]
    assert entries["column_values_to_be_between", "count"]["min_value"] == 0
    between = entries["column_values_to_be_between", "size"]
    seen = make_table()["size"]
    span = seen.max() - seen.min()
    assert 0 < seen.min() - between["min_value"] < 0.25 * span
    assert 0 < between["max_value"] - seen.max() < 0.25 * span


def test_the_same_table_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        folder = tmp_path / name
        draft.write(source, folder / "suite.json")
        contents.append((folder / "suite.json").read_bytes())
    assert contents[0] == contents[1]
    assert b"\r" not in contents[0] and "é".encode() in contents[0]


CORRUPTIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "table_columns_to_match_ordered_list": lambda t: t[t.columns[::-1]],
    "table_row_count_to_be_between": lambda t: t.head(5),
    "column_values_to_be_of_type": lambda t: t.assign(size=t["size"].astype(str)),
    "column_values_to_not_be_null": lambda t: t.assign(
        name=t["name"].where(t.index > 3)
    ),
    "column_values_to_be_unique": lambda t: t.assign(name="n1"),
    "column_values_to_be_in_set": lambda t: t.assign(kind="w"),
    "column_values_to_be_between": lambda t: t.assign(size=t["size"] * 10),
    "column_quantile_values_to_be_between": lambda t: t.assign(
        size=t["size"].min() + (t["size"] - t["size"].min()) / 100
    ),
}


def test_each_kind_of_expectation_trips(source: Path, tmp_path: Path) -> None:
    draft.write(source, tmp_path / "suite.json")
    suite = expectations.read_suite(tmp_path / "suite.json")
    assert {kind for kind, _ in read(tmp_path / "suite.json")} == CORRUPTIONS.keys()
    table = pd.read_parquet(source)
    for kind, corrupt in CORRUPTIONS.items():
        found = expectations.check(corrupt(table), suite)
        failed = {one["type"] for one in found if not one["success"]}
        assert f"expect_{kind}" in failed, kind


def test_a_file_that_is_there_stays(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "suite.json"
    target.write_text("mine")
    assert draft.main([str(source), str(target)]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: ") and "suite.json is there already" in shown
    assert shown.count("\n") == 1
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.csv", None, "is missing"),
        ("bad.parquet", "no parquet", "can't be read"),
        ("empty.csv", "a,b\n", "without rows"),
    ],
)
def test_a_table_that_tells_nothing_is_one_line(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(errors.UserError, match=words):
        draft.write(tmp_path / name, tmp_path / "suite.json")
    assert not (tmp_path / "suite.json").exists()


def test_a_csv_file_is_drafted_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "SUITES", tmp_path / "suites")
    make_table().to_csv(tmp_path / "things.csv", index=False)
    assert draft.main([str(tmp_path / "things.csv")]) == 0
    assert "things.json: " in capsys.readouterr().out
    entries = read(tmp_path / "suites/things.json")
    assert entries["column_values_to_be_of_type", "day"]["type_"] == "str"
