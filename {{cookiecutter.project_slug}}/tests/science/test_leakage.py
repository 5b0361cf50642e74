"""Features that give the target away, and those that only seem to."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import params
from {{ cookiecutter.package_name }}.tables import leakage

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
