"""Whether the estimators and the score that ``params.yaml`` names are there.

``python -m <package>.training.plan`` says so before any stage runs.
"""

import sys
import warnings

import numpy as np
from sklearn.metrics import get_scorer, get_scorer_names

from ..runtime import params, paths
from ..runtime.errors import UserError
from .problem_types import PROBLEM_TYPES


def check(parameters: params.Params, labels: np.ndarray) -> None:
    """Check the names, and score a model that knows nothing: no trial is run in vain.

    Parameters
    ----------
    parameters
        The problem type, the candidates and the score.
    labels
        What a model would learn, shape (rows,).

    Raises
    ------
    UserError
        If an estimator or the score is unknown or does not suit the problem type.
    """
    problem = PROBLEM_TYPES[parameters.problem_type]
    for name, candidate in parameters.tune.candidates.items():
        if candidate.estimator not in problem.estimators:
            raise UserError(
                f"{paths.PARAMS}: tune.candidates.{name}.estimator is "
                f"'{candidate.estimator}': for {parameters.problem_type} use one of "
                f"{', '.join(problem.estimators)}"
            )
    score = parameters.tune.score
    known = score in get_scorer_names()
    reason = _try(score, problem.estimators["dummy"], labels) if known else ""
    if reason is not None:
        raise UserError(
            f"tune.score is '{score}', which is no scorer of scikit-learn for "
            f"{parameters.problem_type}{reason}; use one such as {problem.scores}"
        )


def _try(score: str, dummy: type, labels: np.ndarray) -> str | None:
    """Say why a score can't be computed of a model of some labels, if it can't."""
    nothing = np.zeros((len(labels), 1))
    model = dummy().fit(nothing, labels)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            get_scorer(score)(model, nothing, labels)
    # A scorer raises what it likes.
    except Exception as error:  # pylint: disable=broad-exception-caught
        return f" ({str(error).partition(chr(10))[0]})"
    return None


def main() -> int:
    """Check the parameters of this project; an error is one line."""
    try:
        parameters = params.load()
        check(parameters, np.array(PROBLEM_TYPES[parameters.problem_type].example))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
