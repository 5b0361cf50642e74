"""The pipeline of a trial, on columns that hold little or nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.records.trials import Trial
from {{ cookiecutter.package_name }}.runtime import params
from {{ cookiecutter.package_name }}.training import models
from {{ cookiecutter.package_name }}.training.problem_types import PROBLEM_TYPES

Make = Callable[..., params.Params]


@pytest.mark.parametrize("problem_type", ["binary", "regression"])
def test_a_column_may_be_missing_in_all_rows_that_are_learned_from(
    make_settings: Make, problem_type: str
) -> None:
    table = pd.DataFrame({"x": np.nan, "c": [None] * 6, "label": list("ababab")})
    if problem_type == "regression":
        table["label"] = range(6)
    settings = make_settings(problem_type)
    estimator = settings.tune.candidates["linear"].estimator
    trial = Trial(1, "linear", estimator, {}, [], None, None, None)
    labels = PROBLEM_TYPES[problem_type].labels(table, settings.columns)
    model = models.build(trial, settings)
    model.fit(table[settings.columns.features], labels)
    seen = pd.DataFrame({"x": [1.0, 2.0], "c": ["u", None]})
    first, second = model.predict(seen)
    assert first == second  # what was never seen tells nothing
