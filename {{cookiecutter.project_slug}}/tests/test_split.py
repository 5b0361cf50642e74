"""The split is made by group, or by time, and by nothing else."""

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import errors, params
from {{ cookiecutter.package_name }}.stages.split import check_balance, split

SETTINGS = params.Split(key="k", test_share=0.25)
COLUMNS = params.Columns(target="label", group="group", numeric=["row"], categorical=[])
NO_GROUP = COLUMNS.model_copy(update={"group": None})
TIMED = COLUMNS.model_copy(update={"time": "when"})


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


def test_groups_stay_together_and_no_row_is_lost(table: pd.DataFrame) -> None:
    train, test = split(table, COLUMNS, SETTINGS)
    assert not set(train["group"]) & set(test["group"])
    assert sorted([*train["row"], *test["row"]]) == list(range(800))
    assert 0.2 < len(test) / len(table) < 0.3


def test_the_order_of_the_rows_does_not_matter(table: pd.DataFrame) -> None:
    _, test = split(table, COLUMNS, SETTINGS)
    shuffled = table.iloc[np.random.default_rng(0).permutation(len(table))]
    _, again = split(shuffled, COLUMNS, SETTINGS)
    assert set(again["row"]) == set(test["row"])


def test_added_rows_move_no_other_row(table: pd.DataFrame) -> None:
    _, test = split(table.iloc[:600], COLUMNS, SETTINGS)
    _, more = split(table, COLUMNS, SETTINGS)
    assert set(test["row"]) == {row for row in more["row"] if row < 600}


def test_another_key_is_another_split(table: pd.DataFrame) -> None:
    _, test = split(table, COLUMNS, SETTINGS)
    _, other = split(table, COLUMNS, SETTINGS.model_copy(update={"key": "other"}))
    assert set(test["row"]) != set(other["row"])


def test_a_row_without_a_group_is_named(table: pd.DataFrame) -> None:
    table.loc[3, "group"] = None
    with pytest.raises(errors.UserError, match="row 3 .* has no group"):
        split(table, COLUMNS, SETTINGS)


def test_an_empty_side_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(errors.UserError, match="side is empty"):
        split(table.iloc[:2], COLUMNS, SETTINGS)


def test_without_a_group_equal_rows_stay_together() -> None:
    once = pd.DataFrame({"row": range(400), "label": ["a", "b"] * 200})
    table = pd.concat([once, once, once], ignore_index=True)
    train, test = split(table, NO_GROUP, SETTINGS)
    assert not set(train["row"]) & set(test["row"])
    assert 0.18 < len(test) / len(table) < 0.32
    # A column that plays no part changes nothing, and neither do other rows.
    _, again = split(once.assign(note="x"), NO_GROUP, SETTINGS)
    assert set(again["row"]) == set(test["row"])


def test_with_a_time_the_test_side_is_what_ends_last(table: pd.DataFrame) -> None:
    table["when"] = table["row"].to_numpy()[::-1]
    train, test = split(table, TIMED, SETTINGS)
    assert train["when"].max() < test["when"].min()
    assert len(test) == 200
    _, other = split(table, TIMED, SETTINGS.model_copy(update={"key": "other"}))
    assert list(other["row"]) == list(test["row"])


def test_a_group_that_spans_the_cut_is_on_one_side() -> None:
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
    half = SETTINGS.model_copy(update={"test_share": 0.5})
    train, test = split(table, TIMED, half)
    assert list(train["group"]) == ["early", "middle"]
    assert list(test["group"]) == ["long", "late", "long"]


def test_times_that_are_equal_are_on_one_side() -> None:
    table = pd.DataFrame({"label": "a", "row": range(10), "when": [1] * 5 + [2] * 5})
    columns = TIMED.model_copy(update={"group": None})
    train, test = split(table, columns, SETTINGS)
    assert set(train["when"]) == {1} and set(test["when"]) == {2}


def test_equal_rows_of_two_times_are_no_group() -> None:
    table = pd.DataFrame({"label": "a", "row": 0, "when": range(20)})
    columns = TIMED.model_copy(update={"group": None})
    _, test = split(table, columns, SETTINGS)
    assert list(test["when"]) == [15, 16, 17, 18, 19]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (["2020-01-01", None], "row 1 .* has no when"),
        (["2020-01-01", "1/2/2020"], "no time in ISO 8601"),
    ],
)
def test_a_time_that_is_none_is_named(when: list[str | None], words: str) -> None:
    table = pd.DataFrame({"group": ["a", "b"], "label": "a", "row": 0, "when": when})
    with pytest.raises(errors.UserError, match=words) as caught:
        split(table, TIMED, SETTINGS)
    assert "\n" not in str(caught.value)


def test_times_are_compared_as_times() -> None:
    times = ["2020-01-01T10:00:00+02:00", "2020-01-01T09:00:00+00:00"]
    table = pd.DataFrame({"group": ["a", "b"], "label": "a", "row": 0, "when": times})
    half = SETTINGS.model_copy(update={"test_share": 0.5})
    for kept in (table, table.assign(when=pd.to_datetime(table["when"], utc=True))):
        _, test = split(kept, TIMED, half)
        assert list(test["group"]) == ["b"]


def test_shares_too_far_apart_are_refused() -> None:
    even, uneven = pd.Series(["a", "b"] * 50), pd.Series(["a", "b", "b"] * 50)
    check_balance(even, even, "b", 0.05)
    with pytest.raises(errors.UserError, match="0.167 apart"):
        check_balance(even, uneven, "b", 0.05)
    with pytest.raises(errors.UserError, match="test side has no row of class 'b'"):
        check_balance(even, pd.Series(["a"] * 9), "b", 0.05)


def test_the_class_that_is_furthest_apart_is_named() -> None:
    train = pd.Series(["a"] * 40 + ["b"] * 40 + ["c"] * 20)
    test = pd.Series(["a"] * 42 + ["b"] * 28 + ["c"] * 30)
    with pytest.raises(errors.UserError, match="the share of 'b' is 0.400"):
        check_balance(train, test, None, 0.05)


def test_classes_that_are_not_there_are_refused() -> None:
    same = pd.Series(["not 1", "not 1"])
    with pytest.raises(errors.UserError, match="'1', which the target never is"):
        check_balance(same, same, "1", 0.05)
    with pytest.raises(errors.UserError, match="one class only: 'not 1'"):
        check_balance(same, same, None, 0.05)
