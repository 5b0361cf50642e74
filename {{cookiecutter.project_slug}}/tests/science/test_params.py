"""An unknown or bad key of params.yaml is an error that names it."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.runtime import errors, params

Edited = Callable[..., Path]
TEXT = """
title: A title
seed: 1
problem_type: binary
data:
  source: x.csv
  sha256: abc0000000000000000000000000000000000000000000000000000000000000
columns:
  target: label
  positive: b
  group: family
  time: null
  numeric: [x]
  categorical: [c]
split:
  key: k
  test_share: 0.25
  max_class_gap: 0.05
tune:
  folds: 5
  score: roc_auc
  candidates:
    first:
      estimator: dummy
      grid: {}
select:
  baseline: first
  margin: 0.1
evaluate:
  threshold: 0.5
  resamples: 10
  confidence: 0.9
  calibration_bins: 4
  permutations: 1
"""


@pytest.fixture(name="edited")
def fixture_edited(
    tmp_path: Path, added: Callable[[Iterable[str]], dict[str, Any]]
) -> Edited:
    """Return a function that writes parameters in which some texts are others."""
    known = re.findall(r"^(\w+):", TEXT, re.M)
    more = "".join(
        f"{key}: {json.dumps(value)}\n" for key, value in added(known).items()
    )

    def edited(*pairs: tuple[str, str]) -> Path:
        text = TEXT
        for old, new in pairs:
            assert text.count(old) >= 1
            text = text.replace(old, new, 1)
        path = tmp_path / "params.yaml"
        path.write_text(text + more, encoding="utf-8")
        return path

    return edited


def test_the_committed_parameters_are_valid() -> None:
    columns = params.load().columns
    assert not {columns.target, columns.group, columns.time} & set(columns.features)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed:", "sead:", "sead is unknown"),
        ("  key: k", "  key: ''", "split.key is '': give a text of 1 to 64 bytes"),
        ("  key: k", f"  key: {'é' * 33}", "give a text of 1 to 64 bytes"),
        ("  key: k", "  key: k\n  stratify: 1", "split.stratify is 1"),
        ("  folds: 5", "  folds: 5\n  max_categories: 1", "tune.max_categories is 1"),
        ("  folds: 5", "  folds: 1", "tune.folds is 1"),
        ("  folds: 5", "  folds: five", "tune.folds is 'five'"),
        ("  folds: 5", "  folds: 5\n  fold: 5", "tune.fold is unknown"),
        ("  test_share: 0.25", "  test_share: 1.5", "split.test_share is 1.5"),
        ("  baseline: first", "  baseline: base", "'base' is not a candidate"),
        ("  sha256: abc", "  sha256: xyz", "data.sha256"),
        ("  sha256: abc", "  text: zip\n  sha256: abc", "or the word all"),
        ("  target: label", "  target: c", "c plays two parts"),
        ("  time: null", "  time: family", "family plays two parts"),
        ("seed:", "seed: 1\nseed:", "duplicate key"),
        ("seed:", "seed: [", "line 4: expected"),
        ("problem_type: binary", "problem_type: ternary", "problem_type is 'ternary'"),
        ("  positive: b\n", "", "columns.positive is missing"),
        ("  positive: b", "  positive: [b]", "columns.positive is ['b']"),
        (
            "problem_type: binary",
            "problem_type: multiclass",
            "columns.positive is 'b', but problem_type",
        ),
        ("[x]\n  categorical: [c]", "[]\n  categorical: []", "both empty"),
    ],
)
def test_a_bad_value_is_named_in_one_line(
    edited: Edited, old: str, new: str, words: str
) -> None:
    with pytest.raises(errors.UserError) as caught:
        params.load(edited((old, new)))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_a_regression_is_named(edited: Edited) -> None:
    pairs = [
        ("problem_type: binary", "problem_type: regression"),
        ("  positive: b\n", ""),
    ]
    with pytest.raises(errors.UserError, match=r"split\.max_class_gap is set"):
        params.load(edited(*pairs))
    pairs.append(("  max_class_gap: 0.05\n", ""))
    assert params.load(edited(*pairs)).problem_type == "regression"


def test_strata_and_a_time_are_refused_together(edited: Edited) -> None:
    time = ("  time: null", "  time: when")
    assert not params.load(edited(time)).stratified
    asked = ("  key: k", "  key: k\n  stratify: true")
    with pytest.raises(errors.UserError, match="stratify is true, but columns.time"):
        params.load(edited(time, asked))


def test_a_positive_class_may_look_like_a_number(
    edited: Edited, make_settings: Callable[..., Any]
) -> None:
    settings = params.load(edited(("  positive: b", "  positive: 1")))
    assert settings.columns.positive == "1"
    assert make_settings("multiclass").columns.positive is None


def test_a_missing_key_is_named(edited: Edited) -> None:
    path = edited(("  margin:", "  # margin:"))
    with pytest.raises(errors.UserError, match=r"select\.margin is missing"):
        params.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.UserError, match="run from the root"):
        params.load(tmp_path / "params.yaml")


def test_a_file_that_is_nested_without_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("x: " + "[" * 2_000 + "]" * 2_000, encoding="utf-8")
    with pytest.raises(errors.UserError, match="is nested too deeply"):
        params.load(path)


@pytest.mark.parametrize("value", ["true", "1.50", "null", "[a]"])
def test_what_may_stand_otherwise_in_the_file_needs_quotes(
    edited: Edited, value: str
) -> None:
    words = r"data\.missing\.1 is .*: write it in quotes, as it stands in the file"
    path = edited(("  source", f"  missing: ['', {value}]\n  source"))
    with pytest.raises(errors.UserError, match=words):
        params.load(path)
