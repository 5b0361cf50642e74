"""An unknown or bad key of params.yaml is an error that names it."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.core import errors, params, paths


def edited(folder: Path, old: str, new: str) -> Path:
    """Return a copy of params.yaml in which one text is another."""
    text = paths.PARAMS.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    copy = folder / "params.yaml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_the_committed_parameters_are_valid() -> None:
    settings = params.load()
    assert settings.columns.target not in settings.columns.features
    assert settings.columns.group not in settings.columns.features


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed:", "sead:", "sead is unknown"),
        ("  folds: 5", "  folds: 1", "tune.folds is 1"),
        ("  folds: 5", "  folds: five", "tune.folds is 'five'"),
        ("  folds: 5", "  folds: 5\n  fold: 5", "tune.fold is unknown"),
        ("  test_share: 0.25", "  test_share: 1.5", "split.test_share is 1.5"),
        ("estimator: dummy", "estimator: dumy", "tune.candidates.baseline.estimator"),
        ("  baseline: baseline", "  baseline: base", "'base' is no candidate"),
        ("  sha256: ", "  sha256: abc", "data.sha256"),
        ("  target: ", "  target: island # ", "island plays two parts"),
        ("seed:", "seed: 1\nseed:", "duplicate key"),
        ("seed:", "seed: [", "line"),
    ],
)
def test_a_bad_value_is_named_in_one_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(errors.UserError) as caught:
        params.load(edited(tmp_path, old, new))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = edited(tmp_path, "  margin:", "  # margin:")
    with pytest.raises(errors.UserError, match=r"select\.margin is missing"):
        params.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.UserError, match="run from the root"):
        params.load(tmp_path / "params.yaml")
