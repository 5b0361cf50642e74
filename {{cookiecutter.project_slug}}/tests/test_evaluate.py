"""The metrics are scikit-learn's, and the intervals resample whole groups."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from {{ cookiecutter.package_name }}.core import errors, params, seeding
from {{ cookiecutter.package_name }}.stages.evaluate import describe, measure

SETTINGS = params.Evaluate(
    threshold=0.5, resamples=300, confidence=0.9, calibration_bins=4, permutations=1
)


@pytest.fixture(name="data")
def fixture_data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, probabilities and groups of 20 groups of 10 like rows."""
    generator = np.random.default_rng(0)
    truth = np.tile([0, 1], 100)
    skill = np.repeat(generator.normal(0.6, 0.8, 20), 10)
    probability = 1 / (1 + np.exp(-(2 * truth - 1) * skill * 2))
    return truth, probability, np.repeat(np.arange(20), 10)


def test_values_are_those_of_scikit_learn(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    result = measure(*data, SETTINGS, seeding.generator(1, "bootstrap"))
    truth, probability, _ = data
    assert result["roc_auc"]["value"] == roc_auc_score(truth, probability)
    assert result["accuracy"]["value"] == accuracy_score(truth, probability >= 0.5)
    for metric in result.values():
        assert metric["low"] <= metric["value"] <= metric["high"]


def test_groups_make_the_interval_wider_than_rows(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    truth, probability, groups = data
    widths = []
    for units in (groups, np.arange(200)):
        generator = seeding.generator(1, "bootstrap")
        metric = measure(truth, probability, units, SETTINGS, generator)["accuracy"]
        widths.append(metric["high"] - metric["low"])
    assert widths[0] > 1.5 * widths[1]


def test_too_few_groups_are_refused() -> None:
    truth = np.array([0, 0, 1])
    generator = np.random.default_rng(0)
    one_draw = SETTINGS.model_copy(update={"resamples": 1})
    # With these groups almost every second draw holds one class: some draw must.
    with pytest.raises(errors.UserError, match="hold one class only"):
        for _ in range(50):
            measure(truth, truth / 2, np.arange(3), one_draw, generator)


def test_curves_describe_the_same_predictions(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    truth, probability, _ = data
    curves = describe(truth, probability, SETTINGS)
    confusion = np.array(curves["confusion_matrix"])
    assert confusion.sum() == len(truth)
    expected = accuracy_score(truth, probability >= 0.5)
    assert np.trace(confusion) / len(truth) == pytest.approx(expected)
    assert curves["roc"]["false_positive_rate"][-1] == 1.0
