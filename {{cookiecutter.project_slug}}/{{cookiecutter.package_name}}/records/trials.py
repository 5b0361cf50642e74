"""What `tune` hands on."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trial:
    """An estimator with its hyperparameters, and how it scored over the folds.

    Attributes
    ----------
    trial
        Its number, from 1.
    candidate, estimator
        The names in ``params.yaml``.
    hyperparameters
        One point of the candidate's grid.
    scores
        Of each fold; none if the trial failed.
    mean, standard_error
        Of the scores.
    failure
        Why it failed, if it did.
    """

    trial: int
    candidate: str
    estimator: str
    hyperparameters: dict[str, Any]
    scores: list[float]
    mean: float | None
    standard_error: float | None
    failure: str | None

    @property
    def rank(self) -> float:
        """The mean score; one that failed comes after all others."""
        return -math.inf if self.mean is None else self.mean


@dataclass(frozen=True)
class Trials:
    """All trials, in the order of ``params.yaml``."""

    score: str
    seed: int
    trials: list[Trial]
    warnings: list[str]
    lock_differences: list[str]
