"""Trials, the rule that chooses, and the baseline it must beat."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.model_selection import GroupKFold

from {{ cookiecutter.package_name }}.records.trials import Trial
from {{ cookiecutter.package_name }}.runtime import errors, params, seeding
from {{ cookiecutter.package_name }}.stages.select import compare, select
from {{ cookiecutter.package_name }}.stages.tune import find_perfect, tune
from {{ cookiecutter.package_name }}.tables import targets
from {{ cookiecutter.package_name }}.training import models
from {{ cookiecutter.package_name }}.training.folds import Folds
from {{ cookiecutter.package_name }}.training.problem_types import PROBLEM_TYPES

Make = Callable[..., params.Params]
DUMMY = Trial(1, "a", "dummy", {}, [], None, None, None)


def make_folds(table: pd.DataFrame, settings: params.Params) -> Folds:
    """Make the folds of a table as `tune` does."""
    problem = PROBLEM_TYPES[settings.problem_type]
    return problem.folds(table, problem.labels(table, settings.columns), settings)


@pytest.fixture(name="table")
def fixture_table() -> pd.DataFrame:
    """Return 60 groups of two rows; x tells the label, with noise and holes."""
    generator = np.random.default_rng(0)
    label = np.array(["a", "b"] * 60)
    x = (label == "b") + generator.normal(0, 0.5, 120)
    x[::17] = np.nan
    return pd.DataFrame(
        {
            "x": x,
            "c": np.where(generator.random(120) < 0.5, "u", "v"),
            "label": label,
            "group": [f"g{number // 2}" for number in range(120)],
        }
    )


def test_folds_keep_groups_together(table: pd.DataFrame, make_settings: Make) -> None:
    for problem_type in ("binary", "multiclass", "regression"):
        numbers = table.assign(label=table["x"].fillna(0))
        kept = numbers if problem_type == "regression" else table
        made = make_folds(kept, make_settings(problem_type))
        assert len(made) == 3
        for train, test in made:
            groups = table["group"].to_numpy()
            assert not set(groups[train]) & set(groups[test])
            assert len(train) + len(test) == len(table)


def test_without_a_group_folds_are_of_rows(
    table: pd.DataFrame, make_settings: Make
) -> None:
    changes = {"columns.group": None}
    for problem_type in ("binary", "multiclass", "regression"):
        numbers = table.assign(label=table["x"].fillna(0))
        kept = numbers if problem_type == "regression" else table
        made = make_folds(kept, make_settings(problem_type, changes))
        assert sorted(np.concatenate([test for _, test in made])) == list(range(120))
        assert [len(test) for _, test in made] == [40, 40, 40]
        for _, test in made if problem_type != "regression" else []:
            assert (table["label"].iloc[test] == "a").sum() == 20


class Spy(GroupKFold):  # type: ignore[misc]
    """Folds of groups that keep what they were given."""

    given: list[np.ndarray]

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        self.given.append(groups)
        return super().split(X, y, groups)


def test_folds_are_made_of_numbers_and_not_of_text(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On text the cost of GroupKFold is the square of the groups.
    monkeypatch.setattr(model_selection, "GroupKFold", Spy)
    monkeypatch.setattr(Spy, "given", [], raising=False)
    names = [f"g{number}" for number in np.random.default_rng(0).permutation(400) // 2]
    table = pd.DataFrame({"label": range(400), "group": names})
    made = make_folds(table, make_settings("regression"))
    assert [codes.dtype.kind for codes in Spy.given] == ["i"]
    # The folds are those that the text would give.
    seed = seeding.integer_seed(1, "folds")
    plain = GroupKFold(3, shuffle=True, random_state=seed)
    for one, other in zip(made, plain.split(table, groups=names), strict=True):
        assert one[1].tolist() == other[1].tolist()


@pytest.mark.parametrize(
    ("label", "changes", "words"),
    [
        (
            "a" * 58 + "bb",
            {},
            r"train has 2 rows in 1 group of class 'b', too few for "
            r"tune.folds \(3\): lower split.test_share",
        ),
        (
            "ab" * 2 + "a" * 56,
            {},
            r"train has 2 rows of class 'b', .*lower tune.folds " "to at most 2",
        ),
        (
            "b" * 40 + "a" * 20,
            {"columns.time": "when"},
            r"train has 20 rows of class 'a', "
            r"but fold 1 has none to learn from: lower tune.folds \(3\)",
        ),
        (
            "b" * 40 + "a" * 20,
            {"columns.time": "when", "tune.folds": 2},
            r"but fold 1 has none to learn from: lower split.test_share, or get more",
        ),
    ],
)
def test_a_class_that_is_too_rare_for_the_folds_is_named_before_any_trial(
    make_settings: Make, label: str, changes: dict[str, Any], words: str
) -> None:
    table = pd.DataFrame({"label": list(label), "x": 0, "c": "u", "when": range(60)})
    table["group"] = [f"g{number // 2}" for number in range(60)]
    settings = make_settings("multiclass", changes)
    with pytest.raises(errors.UserError, match=words) as caught:
        make_folds(table, settings)
    assert "\n" not in str(caught.value)


def test_a_class_that_groups_keep_out_of_a_fold_is_named(make_settings: Make) -> None:
    # Four of six groups hold b, and still one of three folds gets none of it.
    label, group = (
        "aaaabaabababaabaaaabbaaaaaaababba",
        "534340245252144501244353400331220",
    )
    table = pd.DataFrame({"label": list(label), "group": list(group)})
    words = (
        r"train has 10 rows of class 'b', but fold 1 has none to be scored on: lower"
    )
    with pytest.raises(errors.UserError, match=words):
        make_folds(table, make_settings())


def test_a_perfect_trial_is_a_warning() -> None:
    trials = [trial(1, "a", 0.5, 0.0), trial(2, "b", 1.0, 0.0), trial(3, "c", None, 0)]
    (one,) = find_perfect(trials, "roc_auc")
    assert one.startswith("trial 2 has a perfect roc_auc in every fold")
    assert not find_perfect(trials[:1], "roc_auc")
    assert not find_perfect([trial(1, "a", 0.0, 0.0)], "roc_auc")
    assert not find_perfect(trials, "neg_log_loss")
    zeros = [trial(number, "a", 0.0, 0) for number in (1, 2)]
    (two,) = find_perfect(zeros, "neg_log_loss")
    assert two.startswith("trials 1, 2 have a perfect neg_log_loss")


def test_with_a_time_folds_are_forward(
    table: pd.DataFrame, make_settings: Make
) -> None:
    table["when"] = np.random.default_rng(1).permutation(120)
    settings = make_settings(changes={"columns.time": "when"})
    folds = make_folds(table, settings)
    ends = table.groupby("group")["when"].transform("max").to_numpy()
    assert len(folds) == 3
    tested: set[int] = set()
    for train, test in folds:
        assert table["when"].to_numpy()[train].max() < ends[test].min()
        assert len(test) == 30 and not tested & set(test)
        tested |= set(test)
    assert [len(train) for train, _ in folds] == [30, 60, 90]


def test_too_few_times_are_refused(table: pd.DataFrame, make_settings: Make) -> None:
    table["when"] = table.index // 40
    changes = {"columns.time": "when", "columns.group": None}
    with pytest.raises(errors.UserError, match="fill only 3 of the 4 blocks"):
        make_folds(table, make_settings(changes=changes))


def planned(make_settings: Make, **grid: list[Any]) -> params.Params:
    """Return parameters with a baseline and a logistic regression, scored by AUC."""
    changes = {"tune.candidates.linear.grid": grid, "tune.score": "roc_auc"}
    return make_settings(changes=changes)


def test_every_trial_is_kept_and_the_same_twice(
    table: pd.DataFrame, make_settings: Make
) -> None:
    settings = planned(make_settings, C=[0.1, 1.0, 10.0])
    trials = tune(table, settings)
    assert [trial.hyperparameters for trial in trials[1:]] == [
        {"C": 0.1},
        {"C": 1.0},
        {"C": 10.0},
    ]
    assert all(len(trial.scores) == 3 for trial in trials)
    assert trials[0].rank == 0.5 < 0.8 < trials[1].rank
    assert tune(table, settings) == trials
    assert tune(table, settings.model_copy(update={"seed": 2})) != trials


def test_a_trial_that_fails_is_kept_with_its_reason(
    table: pd.DataFrame, make_settings: Make
) -> None:
    trials = tune(table, planned(make_settings, C=[1.0, -1.0], max_iter=[100]))
    assert [bool(trial.failure) for trial in trials] == [False, False, True]
    assert "'C' parameter" in str(trials[2].failure)
    assert trials[2].mean is None


def test_a_fit_that_does_not_converge_is_a_failure(
    table: pd.DataFrame, make_settings: Make
) -> None:
    trials = tune(table, planned(make_settings, max_iter=[1]))
    assert str(trials[1].failure).startswith("ConvergenceWarning")


@pytest.mark.parametrize(
    ("problem_type", "changes", "words"),
    [
        ("binary", {"tune.score": "rok_auc"}, "'rok_auc'.* such as roc_auc,"),
        ("multiclass", {"tune.score": "rok_auc"}, "such as roc_auc_ovr,"),
        ("multiclass", {"tune.score": "f1"}, "'f1', which is no scorer .* for multic"),
        ("multiclass", {"tune.score": "roc_auc"}, "such as roc_auc_ovr,"),
        ("regression", {"tune.score": "roc_auc", "columns.target": "y"}, "such as r2"),
        (
            "binary",
            {
                f"tune.candidates.{name}.grid": {"no": [1]}
                for name in ("baseline", "linear")
            },
            "all 2 trials failed .*tune.score neg_log_loss",
        ),
        ("binary", {"tune.folds": 61}, "train has 60 groups only"),
        (
            "regression",
            {"tune.folds": 121, "columns.group": None, "columns.target": "y"},
            "train has 120 rows only",
        ),
        ("regression", {}, "columns.target names 'label', which holds str"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(
    table: pd.DataFrame,
    make_settings: Make,
    problem_type: str,
    changes: dict[str, Any],
    words: str,
) -> None:
    three = table["label"].where(table.index % 5 > 0, "c")
    kept = table.assign(label=three) if problem_type == "multiclass" else table
    kept["y"] = np.arange(len(kept)) / 7
    with pytest.raises(errors.UserError, match=words) as caught:
        tune(kept, make_settings(problem_type, changes))
    assert "\n" not in str(caught.value)


def test_the_seed_reaches_an_estimator_that_takes_one(make_settings: Make) -> None:
    seeded = models.build(DUMMY, make_settings("binary")).named_steps["estimator"]
    assert seeded.random_state == seeding.integer_seed(1, "model/a")
    models.build(DUMMY, make_settings("regression"))  # this one takes none


def test_imputation_and_scaling_learn_inside_the_pipeline(
    table: pd.DataFrame, make_settings: Make
) -> None:
    half, settings = table.iloc[:60], make_settings()
    model = models.build(DUMMY, settings)
    truth = targets.positives(half, settings.columns)
    model.fit(half[settings.columns.features], truth)
    numeric = model.named_steps["features"].named_transformers_["numeric"]
    median = numeric.named_steps["simpleimputer"].statistics_[0]
    assert median == pytest.approx(half["x"].median())
    assert median != pytest.approx(table["x"].median())


def trial(number: int, name: str, mean: float | None, error: float) -> Trial:
    """Return a trial as `tune` writes it."""
    failure = None if mean is not None else "ValueError: no"
    return Trial(number, name, "dummy", {}, [], mean, error, failure)


def test_the_simplest_within_one_standard_error_wins() -> None:
    trials = [
        trial(1, "baseline", 0.50, 0.0),
        trial(2, "simple", 0.88, 0.02),
        trial(3, "simple", 0.89, 0.02),
        trial(4, "complex", 0.90, 0.02),
        trial(5, "complex", None, 0.0),
    ]
    assert select(trials).trial == 3
    trials[3] = trial(4, "complex", 0.90, 0.001)
    assert select(trials).trial == 4


def test_a_winner_that_does_not_beat_the_baseline_is_refused() -> None:
    trials = [trial(1, "baseline", 0.80, 0.01), trial(2, "simple", 0.85, 0.01)]
    settings = params.Select(baseline="baseline", margin=0.1)
    with pytest.raises(errors.UserError, match="a gain of 0.0500"):
        compare(trials[1], trials, settings)
    modest = settings.model_copy(update={"margin": 0.04})
    assert compare(trials[1], trials, modest).baseline == 0.80


def test_a_baseline_that_failed_is_refused() -> None:
    trials = [trial(1, "baseline", None, 0.0), trial(2, "simple", 0.85, 0.01)]
    settings = params.Select(baseline="baseline", margin=0.0)
    with pytest.raises(errors.UserError, match="has no successful trial"):
        compare(trials[1], trials, settings)
    with pytest.raises(errors.UserError, match="no trial succeeded"):
        select(trials[:1])
