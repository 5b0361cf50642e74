"""Strata, and classes that are too rare or too unevenly split."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import errors, params
from {{ cookiecutter.package_name }}.stages.split import check_classes, split
from {{ cookiecutter.package_name }}.tables import balance, strata

Make = Callable[..., params.Params]


def made(labels: list[Any], group: int = 1) -> pd.DataFrame:
    """Return rows with labels, in groups of some rows that follow each other."""
    table = pd.DataFrame(
        {"label": labels, "x": 0.0, "c": "u", "when": range(len(labels))}
    )
    table["group"] = [f"g{number // group}" for number in range(len(labels))]
    return table


@pytest.mark.parametrize("share", [0.25, 0.29, 0.5])
def test_each_class_gives_its_share_of_groups(
    make_settings: Make, share: float
) -> None:
    table = made(["a"] * 200 + ["b"] * 60 + ["c"] * 7 + ["d"] * 2)
    changes = {"split.test_share": share}
    for key in "pqr":
        settings = make_settings("multiclass", {**changes, "split.key": key})
        found = table[split(table, settings)]["label"].value_counts()
        expected = {"a": 200, "b": 60, "c": 7}
        assert found.to_dict() == {
            **{name: round(share * size) for name, size in expected.items()},
            "d": 1,
        }


def test_the_strata_of_groups_do_not_depend_on_the_order(make_settings: Make) -> None:
    generator = np.random.default_rng(0)
    table = made(generator.choice(list("abc"), 600).tolist(), group=3)
    settings = make_settings("multiclass")
    is_test = pd.Series(split(table, settings))
    order = generator.permutation(600)
    assert (split(table.iloc[order], settings) == is_test[order]).all()
    assert table[is_test]["group"].nunique() == pytest.approx(50, abs=2)
    assert not set(table[is_test]["group"]) & set(table[~is_test]["group"])


def test_added_rows_move_few_of_the_old(make_settings: Make) -> None:
    table = made(np.random.default_rng(0).choice(list("ab"), 660).tolist())
    settings = make_settings(
        changes={"columns.group": None, "columns.numeric": ["when"]}
    )
    before, after = split(table[:600], settings), split(table, settings)[:600]
    assert 0 < (before != after).sum() < 20
    fixed = settings.model_copy(
        update={"split": settings.split.model_copy(update={"stratify": False})}
    )
    assert (split(table[:600], fixed) == split(table, fixed)[:600]).all()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("aab", "a"),  # the most frequent
        ("ab", "b"),  # as frequent, and rarer in the table
        ("bc", "b"),  # as rare, and first by name
        ("abbcc", "b"),
    ],
)
def test_the_stratum_of_a_group_is_its_class(rows: str, expected: str) -> None:
    # Both b and c come five times in the table, a far more often.
    rest = "a" * 20 + "b" * (5 - rows.count("b")) + "c" * (5 - rows.count("c"))
    codes = np.array([0] * len(rows) + list(range(1, len(rest) + 1)))
    found = strata.by_class(codes, pd.Series(list(rows + rest)))
    assert found.tolist() == [expected, *rest]


def test_a_regression_is_split_by_quantiles_on_request(make_settings: Make) -> None:
    target = np.random.default_rng(0).exponential(size=400)
    table = made(target.tolist())
    settings = make_settings("regression", {"split.stratify": True})
    tenth = pd.qcut(table["label"], 10, labels=False)
    found = tenth[split(table, settings)].value_counts()
    assert found.to_dict() == dict.fromkeys(range(10), 10)
    plain = tenth[split(table, make_settings("regression"))].value_counts()
    assert plain.to_dict() != found.to_dict()


def test_equal_medians_are_in_one_stratum() -> None:
    found = strata.by_quantile(np.arange(40), np.repeat([1.0, 2.0], 20), 0.25)
    assert len(set(found[:20])) == len(set(found[20:])) == 1 != len(set(found))
    few = strata.by_quantile(np.arange(3), np.arange(3.0), 0.25)
    assert few.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("problem_type", "changes", "expected"),
    [
        ("binary", {}, True),
        ("multiclass", {}, True),
        ("regression", {}, False),
        ("binary", {"columns.time": "when"}, False),
        ("binary", {"split.stratify": False}, False),
        ("regression", {"split.stratify": True}, True),
    ],
)
def test_classes_are_stratified_unless_it_is_said_otherwise(
    make_settings: Make, problem_type: str, changes: dict[str, Any], expected: bool
) -> None:
    assert make_settings(problem_type, changes).stratified is expected


BOTH = "ab" * 50
LONE = "a" * 100
RARE: dict[str, tuple[str, int, dict[str, Any], str]] = {
    "one group": (
        "a" * 104 + "b" * 13,
        13,
        {},
        r"the (test|train) side has no row of class 'b', which has 13 rows in 1 group: "
        r"name another columns.group than 'group', or get more rows of the class$",
    ),
    "one row": (
        LONE + "b",
        1,
        {"columns.group": None},
        r"no row of class 'b', which has 1 row: get more rows of the class$",
    ),
    "no strata": (
        LONE + "bb",
        1,
        {"split.stratify": False, "split.key": "unlucky"},
        r"no row of class 'b', which has 2 rows: set split.stratify to true",
    ),
    "never the most frequent": (
        "aab" * 2 + LONE,
        3,
        {"split.key": "unlucky"},
        r"the train side has no row of class 'b', which has 2 rows: "
        r"lower split.test_share \(0.25\), or choose another split.key$",
    ),
    "no strata, and they would not help": (
        "aabb" + "aaab" + LONE,
        4,
        {"split.stratify": False},
        r"the test side has no row of class 'b', which has 3 rows in 2 groups: "
        r"raise split.test_share \(0.25\), or choose another split.key$",
    ),
    "one row of three classes": (
        LONE + "c" * 9 + "b",
        1,
        {"columns.group": None},
        r"no row of class 'b', which has 1 row: leave the class out in prepare$",
    ),
    "few for the folds": (
        LONE + "bb",
        1,
        {},
        r"train has 1 row of class 'b', too few for tune.folds \(3\): lower "
        "split.test_share",
    ),
    "few for these folds": (
        LONE + "bbb",
        1,
        {},
        r"train has 2 rows of class 'b', too few for tune.folds \(3\): lower "
        "tune.folds to at most 2",
    ),
    "early": (
        "b" * 30 + LONE,
        1,
        {"columns.time": "when"},
        r"the test side has no row of class 'b', which has 30 rows: raise "
        r"split.test_share \(0.25\), or get more rows of the class$",
    ),
    "late": (
        LONE + "b" * 30,
        1,
        {"columns.time": "when"},
        r"the train side has no row of class 'b', which has 30 rows: lower "
        r"split.test_share \(0.25\), or get more rows of the class$",
    ),
    "forward": (
        "a" * 60 + BOTH,
        1,
        {"columns.time": "when"},
        r"train has 30 rows of class 'b', but fold 1 has none to learn from: lower "
        r"tune.folds \(3\)",
    ),
    "two rare classes": (
        LONE + "bbbbcccc",
        1,
        {},
        r"test has 1 row of class 'b': only \d\d% of the bootstrap's "
        r"resamples would hold every class; raise split.test_share \(0.25\)",
    ),
}


@pytest.mark.parametrize("name", RARE)
def test_a_class_that_is_too_rare_is_named_with_the_way_out(
    make_settings: Make, name: str
) -> None:
    labels, group, changes, words = RARE[name]
    table = made(list(labels), group)
    settings = make_settings("multiclass", changes)
    with pytest.raises(errors.UserError, match=words) as caught:
        check_classes(table, split(table, settings), settings)
    assert "\n" not in str(caught.value)


def test_shares_too_far_apart_are_named() -> None:
    train = pd.Series(["a"] * 40 + ["b"] * 40 + ["c"] * 20)
    test = pd.Series(["a"] * 42 + ["b"] * 28 + ["c"] * 30)
    found = balance.find_gap(train, test, 0.05)
    assert found is not None and "the share of 'b' is 0.400 in train" in found
    assert "0.120 apart, more than split.max_class_gap (0.05)" in found
    assert balance.find_gap(train, test, 0.125) is None


def test_a_gap_stops_a_plain_split_and_is_a_warning_of_a_stratified(
    make_settings: Make,
) -> None:
    # In groups of unequal size even strata leave a gap.
    table = made(list("b" * 200 + "a" * 40))
    table["group"] = np.r_[np.repeat(range(5), 40), range(5, 45)].astype(str)
    changes = {"split.max_class_gap": 0.01, "tune.folds": 2}
    settings = make_settings("multiclass", changes)
    (found,) = check_classes(table, split(table, settings), settings)
    assert "more than split.max_class_gap (0.01)" in found
    plain = make_settings("multiclass", {**changes, "split.stratify": False})
    with pytest.raises(errors.UserError, match="; choose another split.key, or make"):
        check_classes(table, split(table, settings), plain)


def test_a_gap_in_time_is_not_blamed_on_the_key(make_settings: Make) -> None:
    table = made(list("ab" * 60 + "aab" * 20))
    changes = {"split.max_class_gap": 0.01, "columns.time": "when"}
    settings = make_settings("multiclass", changes)
    with pytest.raises(errors.UserError, match=r"\(0.01\); raise it, or make it null"):
        check_classes(table, split(table, settings), settings)


def test_classes_that_are_not_there_are_refused() -> None:
    same = pd.Series(["not 1", "not 1"])
    with pytest.raises(errors.UserError, match="'1', which the target never is"):
        balance.check_classes(same, "1")
    with pytest.raises(errors.UserError, match="one class only: 'not 1'"):
        balance.check_classes(same, None)
