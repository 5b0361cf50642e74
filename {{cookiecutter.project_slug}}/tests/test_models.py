"""The pipeline of a trial, on columns that hold little or nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.core import models, params, targets

Make = Callable[..., params.Params]


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_column_may_be_missing_in_all_rows_that_are_learned_from(
    make_settings: Make, task: str
) -> None:
    table = pd.DataFrame({"x": np.nan, "c": [None] * 6, "label": list("ababab")})
    if task == "regression":
        table["label"] = range(6)
    settings = make_settings(task)
    estimator = settings.tune.candidates["linear"].estimator
    trial = {"candidate": "linear", "estimator": estimator, "settings": {}}
    model = models.build(trial, settings)
    model.fit(table[settings.columns.features], targets.labels(table, settings))
    seen = pd.DataFrame({"x": [1.0, 2.0], "c": ["u", None]})
    first, second = model.predict(seen)
    assert first == second  # what was never seen tells nothing
