"""A draft is met by its own table, refuses another, and replaces no file."""

import contextlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.drafting import draft
from {{ cookiecutter.package_name }}.expectations import suites
from {{ cookiecutter.package_name }}.runtime import errors, paths
from {{ cookiecutter.package_name }}.runtime.params import Data

ROWS = 60
AS_IS = Data(source="x", sha256="0" * 64)


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
    count = draft.write(source, target, AS_IS)
    suite = suites.read(target)
    assert count == len(suite.expectations) > 30
    found = suites.validate(pd.read_parquet(source), suite)
    assert [one for one in found if not one.success] == []


def test_each_column_has_what_its_kind_asks_for(source: Path, tmp_path: Path) -> None:
    draft.write(source, tmp_path / "suite.json", AS_IS)
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
        draft.write(source, folder / "suite.json", AS_IS)
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
    draft.write(source, tmp_path / "suite.json", AS_IS)
    suite = suites.read(tmp_path / "suite.json")
    assert {kind for kind, _ in read(tmp_path / "suite.json")} == CORRUPTIONS.keys()
    table = pd.read_parquet(source)
    for kind, corrupt in CORRUPTIONS.items():
        found = suites.validate(corrupt(table), suite)
        failed = {one.type for one in found if not one.success}
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
        draft.write(tmp_path / name, tmp_path / "suite.json", AS_IS)
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


NAMES = ["x", "", "a.b", "$x", "%s {x}", "é'\"", "column", "two\nlines", " x "]


def column(generator: np.random.Generator, rows: int) -> Any:
    """Return a column of a kind that is drawn, as CSV or Parquet may hold it."""
    scale = 10.0 ** generator.integers(-12, 13)
    numbers = generator.choice([0.1, 0.2, 9.8, 9.9, -3.0, 1e16, 0.0], rows) * scale
    whole = generator.integers(-(10 ** generator.integers(1, 19)), 10**6, rows)
    if generator.random() < 0.5:
        whole = generator.integers(0, 3, rows)
    words = generator.choice(["a", "b", "$c", "", "None", "<b>"], rows)
    days = pd.to_datetime(whole // 10**12, unit="s")
    kinds: list[Callable[[], Any]] = [
        lambda: numbers,
        lambda: generator.normal(size=rows) * scale,
        lambda: np.sort(generator.normal(size=rows)).astype("float32"),
        lambda: pd.array(numbers, dtype="Float64"),
        lambda: whole,
        lambda: pd.array(whole, dtype="Int64"),
        lambda: (whole % 200).astype("uint8"),
        lambda: np.full(rows, 2**53 + 1),
        lambda: generator.choice([2**63 - 1, -(2**63), 5], rows),
        lambda: generator.choice(np.array([2**64 - 1, 5], dtype="uint64"), rows),
        lambda: generator.choice([1e308, -1e308, 5e-324], rows),
        lambda: np.where(generator.random(rows) < 0.3, np.inf, numbers),
        lambda: whole > 0,
        lambda: pd.array(whole > 0, dtype="boolean"),
        lambda: words,
        lambda: pd.Categorical(words),
        lambda: pd.Categorical(whole % 5),
        lambda: days,
        lambda: days.tz_localize("Europe/Berlin"),
        lambda: [one.date() for one in days],
        lambda: [one - days[0] for one in days],
        lambda: [Decimal(int(one)) / 8 for one in whole],
        lambda: [[1, 2]] * rows,
        lambda: [b"bytes"] * rows,
        lambda: np.full(rows, np.nan),
        lambda: [None] * rows,
    ]
    return kinds[generator.integers(len(kinds))]()


def random_table(generator: np.random.Generator) -> pd.DataFrame:
    """Return a table of any size and kind, values missing here and there."""
    rows = int(generator.choice([1, 2, 3, 4, 5, 30]))
    names = generator.permutation(NAMES[:1] + NAMES[2:])[: generator.integers(1, 9)]
    table = pd.DataFrame({name: column(generator, rows) for name in names})
    for name in names:
        if generator.random() < 0.4 and table[name].dtype.kind not in "iub":
            table[name] = table[name].where(generator.random(rows) < 0.7)
    return table


@pytest.mark.parametrize("seed", range(8))
def test_any_table_meets_its_draft(seed: int, tmp_path: Path) -> None:
    table = random_table(np.random.default_rng(seed))
    path = tmp_path / "table.parquet"
    table.to_parquet(path)
    sources = [path]
    table.to_csv(tmp_path / "table.csv", index=False)
    with contextlib.suppress(errors.UserError):  # such as 1e16 among whole numbers
        draft.read(tmp_path / "table.csv", AS_IS)
        sources.append(tmp_path / "table.csv")
    for source in sources:
        target = tmp_path / f"{source.suffix}.json"
        count = draft.write(source, target, AS_IS)
        suite = suites.read(target)
        found = suites.validate(draft.read(source, AS_IS), suite)
        assert [one for one in found if not one.success] == []
        # Nothing was left out to get there.
        assert count == len(draft.draft(draft.read(source, AS_IS)))


@pytest.mark.parametrize(
    "values", [[0.1, 0.2, 9.8, 9.9], [1.0], [1.0, 2.0], [0, 0, 0, 1, 10**6]]
)
def test_quantiles_are_those_of_great_expectations(
    values: list[float], tmp_path: Path
) -> None:
    path = tmp_path / "short.parquet"
    pd.DataFrame({"x": values}).to_parquet(path)
    draft.write(path, tmp_path / "suite.json", AS_IS)
    assert ("column_quantile_values_to_be_between", "x") in read(
        tmp_path / "suite.json"
    )


def test_a_column_without_a_name_of_its_own_is_refused(tmp_path: Path) -> None:
    for names in ([1, 2], ["x", ""]):
        path = tmp_path / "table.parquet"
        pd.DataFrame([[1, 2]], columns=names).to_parquet(path)
        with pytest.raises(errors.UserError, match="needs a name of its own"):
            draft.write(path, tmp_path / "suite.json", AS_IS)
