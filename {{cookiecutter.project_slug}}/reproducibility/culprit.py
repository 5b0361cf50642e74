"""Name what makes a stage give something else: one factor, or a few together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import factors
from .factors import PLAIN, A, B
from .repository import Stage
from .runs import Run, Session, check_failure, signature
from .workspace import copy

MOST = 10  # stage runs
UNSEEDED = "unseeded or concurrent"
OTHER = "not what the stage gives"
REMEDIES = {
    **factors.REMEDIES,
    UNSEEDED: "give every draw a seed, and let no result depend on what ends first",
    OTHER: "run `dvc repro --force` and commit what it gives",
}
Signature = Mapping[str, str]
FAILED: Signature = {"": "failed"}


class Spent(Exception):
    """All stage runs are used up."""


def reduce_factors(
    candidates: list[str], always: list[str], differs: Callable[[list[str]], bool]
) -> list[str]:
    """Return the fewest factors that make a difference together with some others.

    Halves the candidates; where no half alone makes the difference, each half is
    reduced with the other one set.

    Parameters
    ----------
    candidates
        Factors that make a difference together, with those of `always`.
    always
        Factors that are set in every try.
    differs
        Sets some factors, runs, and says whether the result is another one.
    """
    if len(candidates) == 1:
        return candidates
    middle = len(candidates) // 2
    halves = candidates[:middle], candidates[middle:]
    for half in halves:
        if differs([*always, *half]):
            return reduce_factors(half, always, differs)
    first = reduce_factors(halves[0], [*always, *halves[1]], differs)
    return first + reduce_factors(halves[1], [*always, *first], differs)


@dataclass
class Search:
    """Re-run one stage until the cause of its difference has a name.

    Parameters
    ----------
    session
        Makes the runs.
    stage
        The first stage that gave something else.
    inputs
        A run whose earlier outputs it starts from.
    skipped
        Factors that can't be the cause: not tried, or fixed by the launcher.
    limit
        Seconds that the stage may take.
    """

    session: Session
    stage: Stage
    inputs: Run
    skipped: frozenset[str]
    limit: float
    count: int = 0
    unstable: bool = False  # a repetition gave something else

    def attempt(self, choice: factors.Choice, clock: str = "") -> Signature:
        """Run the stage once and return the digests of its outputs.

        A failure is a digest of its own. `clock` stops the clock at a time.
        """
        if self.count >= MOST:
            raise Spent
        self.count += 1
        self.session.drop()
        run = self.session.prepare(choice)
        if clock:
            given = {**run.configuration["clock"], "FAKETIME": clock}
            self.session.change(run, {"clock": given})
        self.session.change(run, {"limit": self.limit})
        for out in self.session.before(self.stage):
            copy(self.inputs.root / out.path, run.root / out.path)
        if self.session.run_stage(run, self.stage):
            check_failure(run)
            return FAILED
        return signature(run.root, self.stage)

    def name(self, first: Signature, second: Signature, kept: Signature) -> str:
        """Return the cause of a difference.

        Parameters
        ----------
        first, second
            What both runs gave.
        kept
            What is committed, as far as it is at hand.
        """
        try:
            if first != second:
                return self._between_runs(first)
            return self._from_committed(first, kept)
        except Spent:
            return UNSEEDED if self.unstable else "not found in ten runs"

    def _between_runs(self, first: Signature) -> str:
        if self.attempt(factors.everywhere(A)) != first:
            self.unstable = True
            return self._frozen()
        return self._halve(factors.everywhere(A), factors.everywhere(B), first)

    def _frozen(self) -> str:
        """Tell a result that holds the time from one that nothing fixes."""
        if "clock" in self.skipped:
            return UNSEEDED
        choice = {**factors.everywhere(A), "clock": B}
        still = [self.attempt(choice, "2026-01-01 00:00:00") for _ in range(2)]
        return "clock" if still[0] == still[1] != FAILED else UNSEEDED

    def _from_committed(self, first: Signature, kept: Signature) -> str:
        plain = self.attempt(factors.everywhere(PLAIN))
        if plain == FAILED:
            return "failed"
        if plain == first or any(plain[path] != each for path, each in kept.items()):
            return OTHER
        return self._halve(factors.everywhere(PLAIN), factors.everywhere(A), plain)

    def _halve(
        self, base: factors.Choice, target: factors.Choice, expected: Signature
    ) -> str:
        def differs(names: list[str]) -> bool:
            choice = {**base, **{name: target[name] for name in names}}
            return self.attempt(choice) != expected

        names = factors.differing(base, target)
        names = [name for name in names if name not in self.skipped]
        if not names or not differs(names):
            return UNSEEDED
        return " with ".join(reduce_factors(names, [], differs))
