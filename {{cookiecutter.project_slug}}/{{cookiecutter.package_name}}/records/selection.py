"""What `select` hands on."""

from dataclasses import dataclass

from .trials import Trial


@dataclass(frozen=True)
class Comparison:
    """The mean score of the baseline, the winner's lead, and what was asked for."""

    baseline: float
    gain: float
    margin: float


@dataclass(frozen=True)
class Selection:
    """Which trial was chosen, by which rule, and why."""

    rule: str
    why: str
    score: str
    seed: int
    winner: Trial
    comparison: Comparison
    lock_differences: list[str]
