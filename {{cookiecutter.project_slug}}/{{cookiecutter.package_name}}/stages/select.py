"""Choose a trial by a written rule, refit it, and hold it against the baseline."""

from typing import Any

from ..core import datasets, environment, models, params, paths, seeding, targets
from ..core.artifacts import Outputs, read_json, read_table
from ..core.errors import UserError

RULE = (
    "Of all trials whose mean score is within one standard error of the best mean, "
    "take the candidate that stands first in params.yaml, and of its trials the one "
    "with the highest mean (the earliest, if equal)."
)


def select(trials: list[dict[str, Any]]) -> dict[str, Any]:
    """Choose a trial by `RULE` (the one-standard-error rule).

    The rule is that of Breiman et al., Classification and Regression Trees, 1984,
    section 3.4.3.

    Raises
    ------
    UserError
        If no trial succeeded.
    """
    done = [trial for trial in trials if trial["failure"] is None]
    if not done:
        raise UserError("no trial succeeded; see data/trials.json")
    best = max(done, key=lambda trial: trial["mean"])
    bound = best["mean"] - best["standard_error"]
    near = [trial for trial in done if trial["mean"] >= bound]
    simplest = [trial for trial in near if trial["candidate"] == near[0]["candidate"]]
    return max(simplest, key=lambda trial: trial["mean"])


def compare(
    winner: dict[str, Any], trials: list[dict[str, Any]], settings: params.Select
) -> dict[str, float]:
    """Check that the winner beats the baseline by the declared margin.

    Raises
    ------
    UserError
        If it doesn't, or the baseline has no successful trial.
    """
    means = [
        trial["mean"]
        for trial in trials
        if trial["candidate"] == settings.baseline and trial["failure"] is None
    ]
    if not means:
        raise UserError(f"the baseline '{settings.baseline}' has no successful trial")
    gain = winner["mean"] - max(means)
    if gain < settings.margin:
        raise UserError(
            f"the winner '{winner['candidate']}' scores {winner['mean']:.4f}, the "
            f"baseline {max(means):.4f}: a gain of {gain:.4f}, less than select.margin "
            f"({settings.margin})"
        )
    return {"baseline": max(means), "gain": gain, "margin": settings.margin}


def main(arguments: list[str]) -> None:
    """Write ``models/model.skops`` and ``models/selection.json``."""
    settings = params.load()
    datasets.check_passed("train", paths.GATE_SPLITS)
    seeding.seed_frameworks(settings.seed)
    record = read_json(paths.TRIALS)
    trials = record["trials"]
    winner = select(trials)
    comparison = compare(winner, trials, settings.select)
    best = max(trial["mean"] for trial in trials if trial["failure"] is None)
    train = read_table(paths.TRAIN)
    model = models.build(winner, settings)
    model.fit(train[settings.columns.features], targets.labels(train, settings))
    selection = {
        "rule": RULE,
        "why": f"mean {record['score']} {winner['mean']:.4f}; the best is {best:.4f}",
        "score": record["score"],
        "seed": settings.seed,
        "winner": winner,
        "comparison": comparison,
        "lock_differences": environment.differences(paths.RUNTIME_LOCK),
    }
    with Outputs() as outputs:
        outputs.model(paths.MODEL, model)
        outputs.json(paths.SELECTION, selection)
