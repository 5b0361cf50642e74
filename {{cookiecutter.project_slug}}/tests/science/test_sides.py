"""What the split says of its sides, of times, and of features that tell the target."""

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import errors, params
from {{ cookiecutter.package_name }}.stages.split import (
    check_classes,
    find_uneven,
    split,
)
from {{ cookiecutter.package_name }}.tables import balance, leakage, strata

Make = Callable[..., params.Params]


def made(labels: list[Any], groups: list[Any], when: Any = 0) -> pd.DataFrame:
    """Return rows with labels, groups and times."""
    return pd.DataFrame(
        {"label": labels, "group": groups, "when": when, "x": 0.0, "c": "u"}
    )


EMPTY: dict[str, tuple[str, pd.DataFrame, dict[str, Any], str]] = {
    "one group": (
        "binary",
        made(list("ab"), ["g", "g"]),
        {},
        "all rows are of one group; name another columns.group than 'group'$",
    ),
    "one group in time": (
        "regression",
        made([1, 2], ["g", "g"], [1, 2]),
        {"columns.time": "when"},
        "all rows are of one group; name another columns.group than 'group'$",
    ),
    "a class is a group": (
        "binary",
        made(list("aabb"), list("ggii")),
        {},
        "each of the 2 classes has 1 group, and it takes 2; name another columns.group",
    ),
    "a number as a class": (
        "multiclass",
        made([str(number) for number in range(9)], [0] * 9, range(9)),
        {"columns.group": None, "columns.numeric": ["when"]},
        "each of the 9 classes has 1 row, and it takes 2; is the problem a regression?",
    ),
    "one time": (
        "binary",
        made(list("abab"), list("ghij")),
        {"columns.time": "when"},
        "every group ends at the same 'when'; make columns.time null",
    ),
    "few groups in time": (
        "regression",
        made([1, 2], ["g", "h"], [1, 2]),
        {"columns.time": "when", "split.test_share": 0.9},
        r"train side is empty: change split.test_share \(0.9\)$",
    ),
    "few rows": (
        "regression",
        made([1, 2], ["g", "h"]),
        {"split.test_share": 0.001},
        r"test side is empty: change split.test_share \(0.001\) or split.key",
    ),
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_would_part_the_rows_is_named(make_settings: Make, name: str) -> None:
    problem_type, table, changes, words = EMPTY[name]
    with pytest.raises(errors.UserError, match=words):
        split(table, make_settings(problem_type, changes))


def test_of_two_classes_none_can_be_left_out(make_settings: Make) -> None:
    def said(table: pd.DataFrame, changes: dict[str, Any]) -> str:
        settings = make_settings("binary", changes)
        with pytest.raises(errors.UserError) as caught:
            check_classes(table, split(table, settings), settings)
        assert "leave" not in str(caught.value)
        return str(caught.value)

    late = made(list("a" * 60 + "b" * 9), list(range(69)), range(69))
    assert said(late, {"columns.time": "when"}).endswith(
        "lower split.test_share (0.25), or get more rows of the class"
    )
    lone = made(list("a" * 60 + "b" * 9), [*range(60), *"g" * 9])
    assert "than 'group', or get more rows of the class" in said(lone, {})
    pair = made(list("a" * 60 + "b" * 10), [*range(60), *"gh" * 5])
    assert "name another columns.group, or get more rows" in said(pair, {})
    few = made(list("aaaabbbb"), list(range(8)))
    assert "raise split.test_share (0.25), or get more rows" in said(few, {})


@pytest.mark.parametrize(
    ("target", "group", "share"),
    [([1], [0], "0%"), ([1, 2], [0, 1], "50%"), ([5] * 9, list(range(9)), "0%")],
)
def test_a_regression_that_can_not_be_measured_is_one_line(
    make_settings: Make, target: list[int], group: list[int], share: str
) -> None:
    words = rf"only {share} of .* two values .*; raise split.test_share \(0.25\)"
    settings = make_settings("regression")
    with pytest.raises(errors.UserError, match=words):
        balance.check_values(np.array(target), np.array(group), settings)
    balance.check_values(np.array([1, 2, 3]), np.array([4, 5, 6]), settings)
    balance.check_values(np.array([1, 2, 1, 2]), np.array([0, 0, 1, 1]), settings)


def test_values_that_count_as_one_class_are_named() -> None:
    target = pd.Series(["1", "0", " 1", "unknown"], name="label")
    found = balance.find_others(target, "1")
    assert found is not None and '3 values besides "1", " 1", "0", "unknown"' in found
    assert balance.find_others(target[:2], "1") is None
    assert balance.find_others(target, None) is None


def test_the_stage_says_that_values_count_as_one_class(make_settings: Make) -> None:
    table = made(list("abc" * 40), list(range(120)))
    settings = make_settings()
    (found,) = check_classes(table, split(table, settings), settings)
    assert '2 values besides "b", "a", "c"' in found


def test_groups_that_make_the_sides_uneven_are_a_warning(make_settings: Make) -> None:
    is_test = np.array([True] * 6 + [False] * 4)
    (found,) = find_uneven(is_test, make_settings())
    assert "has 60% of the rows, but split.test_share is 0.25: that" in found
    assert not find_uneven(is_test, make_settings(changes={"columns.group": None}))
    assert not find_uneven(is_test[4:], make_settings())


def test_many_equal_numbers_do_not_take_others_into_their_stratum() -> None:
    target = np.r_[np.zeros(110), np.arange(1.0, 11.0)]
    found = strata.by_quantile(np.arange(120), target, 0.25)
    assert len(set(found[:110])) == 1
    assert not set(found[:110]) & set(found[110:])


@pytest.mark.parametrize("word", ["now", "today", "nat", "NaN", "2020-02-30", "10:00"])
def test_a_word_is_no_time(make_settings: Make, word: str) -> None:
    times = ["2020-01-01", word, "2020-01-03", "2020-01-04"]
    table = made(list("abab"), list("ghij"), times)
    words = f'row 2 that prepare makes: when: "{word}" is not a calendar date'
    with pytest.raises(errors.UserError, match=words):
        split(table, make_settings(changes={"columns.time": "when"}))


def test_times_may_be_categories(make_settings: Make) -> None:
    times = pd.Series(["2020-01-03", "2020-01-01", "2020-01-04", "2020-01-02"])
    table = made(list("abab"), list("ghij"), times.astype("category"))
    found = split(table, make_settings(changes={"columns.time": "when"}))
    assert found.tolist() == [False, False, True, False]


def test_times_may_be_dates_without_a_time_of_day(make_settings: Make) -> None:
    times = [datetime.date(2020, 1, day) for day in (3, 1, 4, 2)]
    table = made(list("abab"), list("ghij"), times)
    found = split(table, make_settings(changes={"columns.time": "when"}))
    assert found.tolist() == [False, False, True, False]


COLUMNS = params.Columns(target="t", numeric=["x"], categorical=["c"])
GENERATOR = np.random.default_rng(0)
CLASSES = pd.Series(GENERATOR.choice(["a", "b", "b"], 200))
NUMBERS = GENERATOR.normal(size=200)
NOISE = pd.DataFrame(
    {"x": GENERATOR.normal(size=200), "c": GENERATOR.choice(["u", "v"], 200)}
)
HOLES = GENERATOR.random(200) < 0.1


def test_a_class_of_three_that_is_always_missing_is_named() -> None:
    classes = CLASSES.where(CLASSES.index % 3 > 0, "c")
    table = NOISE.assign(x=pd.Series(NUMBERS).mask(classes == "a"))
    (found,) = leakage.find_in_classes(table, classes, COLUMNS)
    assert found == "whether 'x' is missing gives the target away"


@pytest.mark.parametrize(
    ("feature", "values", "words"),
    [
        ("c", CLASSES, "each of the 2 values of 'c' goes with one class only: it"),
        ("c", CLASSES.map({"a": "yes", "b": "no"}), "the 2 values of 'c'"),
        ("x", CLASSES.map({"a": 0.0, "b": 1.0}), "the 2 values of 'x'"),
        ("c", CLASSES + GENERATOR.choice(["1", "2", "3"], 200), "the 6 values of 'c'"),
        ("c", CLASSES.mask(HOLES), "one class only, where it is not missing: it"),
        ("x", pd.Series(NUMBERS).mask(CLASSES == "a"), "whether 'x' is missing"),
        ("x", pd.Series(NUMBERS).mask(CLASSES != "b"), "whether 'x' is missing"),
    ],
)
def test_a_feature_that_tells_the_class_is_named(
    feature: str, values: pd.Series, words: str
) -> None:
    (found,) = leakage.find_in_classes(
        NOISE.assign(**{feature: values}), CLASSES, COLUMNS
    )
    assert words in found and "gives the target away" in found


@pytest.mark.parametrize(
    ("feature", "values"),
    [
        ("c", CLASSES.where(CLASSES.index > 0, "x").replace({"x": "b"})),
        ("c", pd.Series([f"id{number}" for number in range(200)])),
        ("x", pd.Series(range(200))),
        ("x", pd.Series(NUMBERS).mask(HOLES)),
        ("c", pd.Series(["same"] * 200)),
        ("c", pd.Series([None] * 200, dtype=str)),
    ],
)
def test_a_feature_that_tells_nothing_is_not(feature: str, values: pd.Series) -> None:
    classes = CLASSES.where(CLASSES.index > 0, "a")
    table = NOISE.assign(**{feature: values})
    assert not leakage.find_in_classes(table, classes, COLUMNS)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (NUMBERS, "'x' rises or falls exactly with the target: it gives"),
        (-2.54 * NUMBERS + 7, "'x' rises or falls"),
        (np.exp(NUMBERS), "'x' rises or falls"),
        (np.where(HOLES, np.nan, NUMBERS), "with the target, where it is not missing"),
    ],
)
def test_a_feature_on_the_scale_of_the_target_is_named(
    values: np.ndarray, words: str
) -> None:
    (found,) = leakage.find_in_numbers(NOISE.assign(x=values), NUMBERS, COLUMNS)
    assert words in found


@pytest.mark.parametrize(
    "values", [NOISE["x"], NUMBERS + 0.01 * NOISE["x"], 1.0, np.nan]
)
def test_a_feature_that_is_only_near_is_not(values: Any) -> None:
    assert not leakage.find_in_numbers(NOISE.assign(x=values), NUMBERS, COLUMNS)
