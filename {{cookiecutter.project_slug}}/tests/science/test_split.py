"""The split is made by group, or by time, and by nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import errors, params, paths
from {{ cookiecutter.package_name }}.runtime.outputs import Outputs, read_json
from {{ cookiecutter.package_name }}.stages.split import main, position, split
from {{ cookiecutter.package_name }}.tables import parquet

Sides = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Make = Callable[..., params.Params]
PLAIN = {"columns.numeric": ["row"], "columns.categorical": [], "split.stratify": False}
NO_GROUP = {**PLAIN, "columns.group": None}
TIMED = {**PLAIN, "columns.time": "when"}


@pytest.fixture(name="table")
def fixture_table() -> pd.DataFrame:
    """Return 400 groups of two rows."""
    return pd.DataFrame(
        {
            "group": [f"g{number // 2}" for number in range(800)],
            "row": range(800),
            "label": ["a", "b"] * 400,
        }
    )


@pytest.fixture(name="sides", scope="session")
def fixture_sides(make_settings: Make) -> Sides:
    """Return a function that splits: a table, and changed parameters."""

    def sides(
        table: pd.DataFrame, changes: dict[str, Any], **more: Any
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        problem_type = more.pop("problem_type", "binary")
        named = {f"split.{name}": value for name, value in more.items()}
        is_test = split(table, make_settings(problem_type, {**changes, **named}))
        return table[~is_test], table[is_test]

    return sides


def test_groups_stay_together_and_no_row_is_lost(
    table: pd.DataFrame, sides: Sides
) -> None:
    train, test = sides(table, PLAIN)
    assert not set(train["group"]) & set(test["group"])
    assert sorted([*train["row"], *test["row"]]) == list(range(800))
    assert 0.2 < len(test) / len(table) < 0.3


def test_the_order_of_the_rows_does_not_matter(
    table: pd.DataFrame, sides: Sides
) -> None:
    _, test = sides(table, PLAIN)
    shuffled = table.iloc[np.random.default_rng(0).permutation(len(table))]
    _, again = sides(shuffled, PLAIN)
    assert set(again["row"]) == set(test["row"])


def test_added_rows_move_no_other_row(table: pd.DataFrame, sides: Sides) -> None:
    _, test = sides(table.iloc[:600], PLAIN)
    _, more = sides(table, PLAIN)
    assert set(test["row"]) == {row for row in more["row"] if row < 600}


def test_a_group_has_the_same_place_everywhere() -> None:
    # Computed once; a change here would move rows from side to side in every project.
    assert position("a", "key") == 0.8421279367415957
    assert position("é", "k") == 0.2715872697275916


def test_another_key_is_another_split(table: pd.DataFrame, sides: Sides) -> None:
    _, test = sides(table, PLAIN)
    _, other = sides(table, PLAIN, key="other")
    assert set(test["row"]) != set(other["row"])


def test_a_row_without_a_group_is_named(table: pd.DataFrame, sides: Sides) -> None:
    table.loc[3, "group"] = None
    with pytest.raises(errors.UserError, match="row 4 that prepare makes has no group"):
        sides(table, PLAIN)


def test_an_empty_side_is_refused(table: pd.DataFrame, sides: Sides) -> None:
    with pytest.raises(errors.UserError, match="side is empty"):
        sides(table.iloc[:2], PLAIN)


def test_with_a_time_the_test_side_is_what_ends_last(
    table: pd.DataFrame, sides: Sides
) -> None:
    table["when"] = table["row"].to_numpy()[::-1]
    train, test = sides(table, TIMED)
    assert train["when"].max() < test["when"].min()
    assert len(test) == 200
    _, other = sides(table, TIMED, key="other")
    assert list(other["row"]) == list(test["row"])


def test_a_group_that_spans_the_cut_is_on_one_side(sides: Sides) -> None:
    table = pd.DataFrame(
        {
            "group": ["early", "long", "middle", "late", "long"],
            "when": [
                "2020-01-01",
                "2020-01-02",
                "2020-02-01",
                "2020-03-01",
                "2020-04-01",
            ],
            "label": "a",
            "row": 0,
        }
    )
    train, test = sides(table, TIMED, test_share=0.5)
    assert list(train["group"]) == ["early", "middle"]
    assert list(test["group"]) == ["long", "late", "long"]


def test_times_that_are_equal_are_on_one_side(sides: Sides) -> None:
    table = pd.DataFrame({"label": "a", "row": range(10), "when": [1] * 5 + [2] * 5})
    train, test = sides(table, {**TIMED, "columns.group": None})
    assert set(train["when"]) == {1} and set(test["when"]) == {2}


def test_equal_rows_of_two_times_are_no_group(sides: Sides) -> None:
    table = pd.DataFrame({"label": "a", "row": 0, "when": range(20)})
    _, test = sides(table, {**TIMED, "columns.group": None})
    assert list(test["when"]) == [15, 16, 17, 18, 19]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (["2020-01-01", None], "row 2 that prepare makes has no when"),
        (["2020-01-01", "1/2/2020"], "row 2 .*not a calendar date in ISO 8601"),
    ],
)
def test_a_time_that_is_none_is_named(
    when: list[str | None], words: str, sides: Sides
) -> None:
    table = pd.DataFrame({"group": ["a", "b"], "label": "a", "row": 0, "when": when})
    with pytest.raises(errors.UserError, match=words) as caught:
        sides(table, TIMED)
    assert "\n" not in str(caught.value)


def test_times_are_compared_as_times(sides: Sides) -> None:
    times = ["2020-01-01T10:00:00+02:00", "2020-01-01T09:00:00+00:00"]
    table = pd.DataFrame({"group": ["a", "b"], "label": "a", "row": 0, "when": times})
    for kept in (table, table.assign(when=pd.to_datetime(table["when"], utc=True))):
        _, test = sides(kept, TIMED, test_share=0.5)
        assert list(test["group"]) == ["b"]


@pytest.mark.parametrize("problem_type", ["binary", "regression"])
def test_the_stage_writes_both_sides_and_warns(
    make_settings: Make,
    table: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problem_type: str,
) -> None:
    if problem_type == "regression":
        table["label"] = np.random.default_rng(0).normal(size=800)
    table["copy"] = table["label"]
    kind = "numeric" if problem_type == "regression" else "categorical"
    settings = make_settings(problem_type, {**PLAIN, f"columns.{kind}": ["copy"]})
    monkeypatch.chdir(tmp_path)
    with Outputs() as outputs:
        outputs.json(paths.PARAMS, settings.model_dump())  # JSON is YAML too
        parquet.write(outputs, paths.PREPARED, table)
    main([])
    sides = [parquet.read(path) for path in (paths.TRAIN, paths.TEST)]
    assert sorted(pd.concat(sides)["row"]) == list(range(800))
    record = read_json(paths.SPLIT)
    assert [record["train"], record["test"]] == [len(side) for side in sides]
    (warning,) = record["warnings"]
    assert "'copy'" in warning and "gives the target away" in warning
    assert capsys.readouterr().err == f"warning: {warning}\n"
