"""Choose a trial by a written rule, refit it, and hold it against the baseline."""

from ..records.selection import Comparison, Selection
from ..records.trials import Trial, Trials
from ..runtime import environment, params, paths, seeding
from ..runtime.errors import UserError
from ..runtime.outputs import Outputs, read_record
from ..tables import datasets, parquet
from ..training import model_files, models
from ..training.problem_types import PROBLEM_TYPES

RULE = (
    "Of all trials whose mean score is within one standard error of the best mean, "
    "take the candidate that stands first in params.yaml, and of its trials the one "
    "with the highest mean (the earliest, if equal)."
)


def find_best(trials: list[Trial]) -> Trial:
    """Return the trial with the highest mean score, the earliest if equal.

    Raises
    ------
    UserError
        If no trial succeeded.
    """
    best = max(trials, key=lambda trial: trial.rank)
    if best.failure is not None:
        raise UserError(f"no trial succeeded; see {paths.TRIALS}")
    return best


def select(trials: list[Trial]) -> Trial:
    """Choose a trial by `RULE` (the one-standard-error rule).

    The rule is that of Breiman et al., Classification and Regression Trees, 1984,
    section 3.4.3.

    Raises
    ------
    UserError
        If no trial succeeded.
    """
    best = find_best(trials)
    bound = best.rank - (best.standard_error or 0.0)
    near = [trial for trial in trials if trial.rank >= bound]
    simplest = [trial for trial in near if trial.candidate == near[0].candidate]
    return max(simplest, key=lambda trial: trial.rank)


def compare(
    winner: Trial, trials: list[Trial], parameters: params.Select
) -> Comparison:
    """Check that the winner beats the baseline by the declared margin.

    Parameters
    ----------
    winner
        The trial that was chosen.
    trials
        All trials, those of the baseline among them.
    parameters
        Which candidate is the baseline, and the margin.

    Raises
    ------
    UserError
        If it doesn't, or the baseline has no successful trial.
    """
    means = [
        trial.rank
        for trial in trials
        if trial.candidate == parameters.baseline and trial.failure is None
    ]
    if not means:
        raise UserError(f"the baseline '{parameters.baseline}' has no successful trial")
    gain = winner.rank - max(means)
    if gain < parameters.margin:
        raise UserError(
            f"the winner '{winner.candidate}' scores {winner.rank:.4f}, the "
            f"baseline {max(means):.4f}: a gain of {gain:.4f}, less than select.margin "
            f"({parameters.margin})"
        )
    return Comparison(max(means), gain, parameters.margin)


def main(arguments: list[str]) -> None:
    """Write ``models/model.skops`` and ``models/selection.json``."""
    parameters = params.load()
    datasets.check_passed("train", paths.GATE_SPLITS)
    seeding.seed_frameworks(parameters.seed)
    tuning = read_record(paths.TRIALS, Trials)
    winner, best = select(tuning.trials), find_best(tuning.trials)
    comparison = compare(winner, tuning.trials, parameters.select)
    train = parquet.read(paths.TRAIN)
    model = models.build(winner, parameters)
    labels = PROBLEM_TYPES[parameters.problem_type].labels(train, parameters.columns)
    model.fit(train[parameters.columns.features], labels)
    selection = Selection(
        rule=RULE,
        why=f"mean {tuning.score} {winner.rank:.4f}; the best is {best.rank:.4f}",
        score=tuning.score,
        seed=parameters.seed,
        winner=winner,
        comparison=comparison,
        lock_differences=environment.differences(paths.RUNTIME_LOCK),
    )
    with Outputs() as outputs:
        outputs.binary(paths.MODEL, model_files.dumps(model))
        outputs.json(paths.SELECTION, selection)
