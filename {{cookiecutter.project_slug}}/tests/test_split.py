"""The split is made by group, and by nothing else."""

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import errors, params
from {{ cookiecutter.package_name }}.stages.split import check_balance, split

SETTINGS = params.Split(key="k", test_share=0.25, max_class_gap=0.05)


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
    train, test = split(table, "group", SETTINGS)
    assert not set(train["group"]) & set(test["group"])
    assert sorted([*train["row"], *test["row"]]) == list(range(800))
    assert 0.2 < len(test) / len(table) < 0.3


def test_the_order_of_the_rows_does_not_matter(table: pd.DataFrame) -> None:
    _, test = split(table, "group", SETTINGS)
    shuffled = table.iloc[np.random.default_rng(0).permutation(len(table))]
    _, again = split(shuffled, "group", SETTINGS)
    assert set(again["row"]) == set(test["row"])


def test_added_rows_move_no_other_row(table: pd.DataFrame) -> None:
    _, test = split(table.iloc[:600], "group", SETTINGS)
    _, more = split(table, "group", SETTINGS)
    assert set(test["row"]) == {row for row in more["row"] if row < 600}


def test_another_key_is_another_split(table: pd.DataFrame) -> None:
    _, test = split(table, "group", SETTINGS)
    _, other = split(table, "group", SETTINGS.model_copy(update={"key": "other"}))
    assert set(test["row"]) != set(other["row"])


def test_a_row_without_a_group_is_named(table: pd.DataFrame) -> None:
    table.loc[3, "group"] = None
    with pytest.raises(errors.UserError, match="row 3 .* has no group"):
        split(table, "group", SETTINGS)


def test_an_empty_side_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(errors.UserError, match="side is empty"):
        split(table.iloc[:2], "group", SETTINGS)


def test_shares_too_far_apart_are_refused() -> None:
    even, uneven = pd.Series(["a", "b"] * 50), pd.Series(["a", "b", "b"] * 50)
    check_balance(even, even, "b", 0.05)
    with pytest.raises(errors.UserError, match="0.167 apart"):
        check_balance(even, uneven, "b", 0.05)
    with pytest.raises(errors.UserError, match="one class only"):
        check_balance(even, pd.Series(["a"] * 9), "b", 0.05)
