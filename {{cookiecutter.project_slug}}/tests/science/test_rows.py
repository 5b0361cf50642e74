"""Without a column for the group, rows are named one by one and split one by one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder

from {{ cookiecutter.package_name }}.records.trials import Trial
from {{ cookiecutter.package_name }}.runtime import params
from {{ cookiecutter.package_name }}.stages.split import split
from {{ cookiecutter.package_name }}.tables import groups
from {{ cookiecutter.package_name }}.tables.targets import positives
from {{ cookiecutter.package_name }}.training.models import build

Make = Callable[..., params.Params]
NO_GROUP: dict[str, Any] = {"columns.group": None, "split.stratify": False}


@pytest.fixture(name="patterns")
def fixture_patterns() -> pd.DataFrame:
    """Return 2,000 rows of 12 patterns, which tell the label but not surely."""
    generator = np.random.default_rng(0)
    c, d = generator.integers(4, size=2000), generator.integers(3, size=2000)
    share = (c * 3 + d + 0.5) / 12
    label = np.where(generator.random(2000) < 0.2 + 0.6 * share, "b", "a")
    columns = {"c": [f"c{n}" for n in c], "d": [f"d{n}" for n in d], "label": label}
    return pd.DataFrame(columns)


def named(table: pd.DataFrame, make_settings: Make) -> pd.Series:
    """Return the names of rows whose columns are label, x and c."""
    return groups.names(table, make_settings(changes=NO_GROUP).columns)


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("key", ["k1", "k2", "k3", "k4", "k5"])
def test_few_patterns_are_measured_as_they_are(
    patterns: pd.DataFrame, make_settings: Make, key: str, stratify: bool
) -> None:
    changes = {
        "columns.group": None,
        "columns.numeric": [],
        "columns.categorical": ["c", "d"],
        "split.key": key,
        "split.stratify": stratify,
    }
    settings = make_settings(changes=changes)
    is_test = split(patterns, settings)
    train, test = patterns[~is_test], patterns[is_test]
    trial = Trial(1, "a", "logistic_regression", {}, [], None, None, None)
    learned, truth = (positives(side, settings.columns) for side in (train, test))
    model = build(trial, settings).fit(train[["c", "d"]], learned)
    scores = model.predict_proba(test[["c", "d"]])[:, 1]
    assert 0.64 < roc_auc_score(truth, scores) < 0.76
    # Each pattern with each label is on both sides.
    assert len(train.drop_duplicates()) == len(test.drop_duplicates()) == 24


def test_names_are_unique_and_the_same_in_any_order(
    patterns: pd.DataFrame, make_settings: Make
) -> None:
    table = patterns.assign(x=np.nan)
    names = named(table, make_settings)
    assert names.is_unique
    order = np.random.default_rng(1).permutation(len(table))
    again = named(table.iloc[order], make_settings)
    assert set(again) == set(names)
    digests = names.str.partition("-")[0], again.str.partition("-")[0]
    assert (digests[1].sort_index() == digests[0]).all()


def test_added_rows_leave_the_names_of_the_others(
    patterns: pd.DataFrame, make_settings: Make
) -> None:
    table = patterns.assign(x=1)
    added = patterns.head(50).assign(x=[np.nan] * 25 + [0.5] * 25)
    more = pd.concat([table, added], ignore_index=True)
    assert more["x"].dtype != table["x"].dtype
    names = named(table, make_settings)
    assert list(named(more, make_settings)[:2000]) == list(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [1.0, 2.0]),
        ([0.0, 1.5], [-0.0, 1.5]),
        ([1.0, np.nan], pd.array([1, None], dtype="Int64")),
        ([True, False], [1, 0]),
        ([True, None], [1.0, None]),
    ],
)
def test_equal_values_of_two_types_are_named_alike(
    make_settings: Make, one: Any, other: Any
) -> None:
    table = pd.DataFrame({"label": "a", "c": ["u", None], "x": one})
    names = named(table, make_settings)
    assert list(named(table.assign(x=other), make_settings)) == list(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([2**53], [2**53 + 1]),
        ([0.1 + 0.2], [0.3]),
        ([np.nan], [0.0]),
        (["nan"], [None]),
        (["1"], [1]),
    ],
)
def test_other_values_are_named_otherwise(
    make_settings: Make, one: Any, other: Any
) -> None:
    table = pd.DataFrame({"label": "a", "c": ["u"], "x": one})
    names = named(table, make_settings)
    assert list(named(table.assign(x=other), make_settings)) != list(names)


def test_values_do_not_run_into_one_another(make_settings: Make) -> None:
    table = pd.DataFrame({"x": 0, "c": ["ab", "a"], "label": ["c", "bc"]})
    names = named(table, make_settings)
    assert names.str.partition("-")[0].is_unique


def test_only_the_columns_that_play_a_part_count(
    patterns: pd.DataFrame, make_settings: Make
) -> None:
    table = patterns.assign(x=1)
    names = named(table, make_settings)
    assert list(named(table.assign(d="z"), make_settings)) == list(names)
    assert list(named(table[["x", "label", "c"]], make_settings)) == list(names)
    assert list(named(table.assign(label="a"), make_settings)) != list(names)


def test_a_row_on_both_sides_is_seen_and_equal_rows_are_not(
    make_settings: Make,
) -> None:
    columns = make_settings(changes=NO_GROUP).columns
    prepared = pd.DataFrame({"label": "a", "x": [1, 1, 2], "c": "u"})
    right = {"prepared": prepared, "train": prepared[:1], "test": prepared[1:]}
    train, test = groups.name_sides(right, columns)
    assert pd.concat([train, test]).is_unique
    wrong = {"prepared": prepared, "train": prepared, "test": prepared[2:]}
    train, test = groups.name_sides(wrong, columns)
    assert len(set(train) & set(test)) == 1


def test_groups_are_numbered_and_rows_without_one_as_they_come(
    make_settings: Make,
) -> None:
    table = pd.DataFrame({"group": ["b", "a", "b"], "label": "a", "x": 0, "c": "u"})
    assert groups.codes(table, make_settings().columns).tolist() == [1, 0, 1]
    columns = make_settings(changes=NO_GROUP).columns
    assert groups.codes(table, columns).tolist() == [0, 1, 2]


def test_a_column_of_names_is_pooled(make_settings: Make) -> None:
    frequent = [f"often{number}" for number in range(100)] * 2
    table = pd.DataFrame({"c": frequent + [f"once{n}" for n in range(5000)], "x": 0.0})
    settings = make_settings()
    trial = Trial(1, "a", "dummy", {}, [], None, None, None)
    features = build(trial, settings).named_steps["features"]
    made = features.fit_transform(table)
    assert made.shape == (5200, 1 + settings.tune.max_categories)
    assert isinstance(features.named_transformers_["categorical"], OneHotEncoder)
    unknown = features.transform(pd.DataFrame({"c": ["new"], "x": 0.0}))
    assert unknown.tolist() == made[-1:].tolist()
