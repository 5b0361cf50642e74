"""Name what makes a stage give something else: one factor, or a few together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..compare.outcome import NOT_GIVEN, REMEDY
from ..repository.clone import copy
from ..repository.stages import Output, Stage
from ..runs import factors
from ..runs.factors import CONTROL, EXPERIMENT, PLAIN
from ..runs.run import Run, check_failure, signature

MOST = 10  # stage runs
UNSEEDED = "unseeded or concurrent"
REMEDIES = {
    **factors.REMEDIES,
    UNSEEDED: "give every draw a seed, write no measured times, and let no result "
    "depend on what ends first",
    NOT_GIVEN: REMEDY,
}
Signature = Mapping[str, str]
FAILED: Signature = {"": "failed"}


class Spent(Exception):
    """All stage runs are used up."""


def find_factors(names: list[str], differs: Callable[[list[str]], bool]) -> list[str]:
    """Return the factor that makes a difference, or two that make it only together.

    Parameters
    ----------
    names
        Factors among which it is.
    differs
        Sets some factors, runs, and says whether the result is another one.

    Returns
    -------
    One name or two; none if not even all factors together make the difference.
    """
    while len(names) > 1:
        first, second = halve(names)
        if differs(first):
            names = first
        elif differs(second):
            names = second
        elif differs(names):
            return find_pair(first, second, differs)
        else:
            return []
    return names


def find_pair(
    first: list[str], second: list[str], differs: Callable[[list[str]], bool]
) -> list[str]:
    """Return one factor of each half, which make a difference only together.

    Parameters
    ----------
    first, second
        Two halves, of which neither makes the difference alone.
    differs
        As for `find_factors`.
    """
    one = narrow(first, lambda some: differs([*some, *second]))
    return [one, narrow(second, lambda some: differs([one, *some]))]


def halve(names: list[str]) -> tuple[list[str], list[str]]:
    """Return both halves of a list."""
    middle = len(names) // 2
    return names[:middle], names[middle:]


def narrow(names: list[str], differs: Callable[[list[str]], bool]) -> str:
    """Return the one factor that is needed, with one run for each halving.

    Parameters
    ----------
    names
        Factors among which it is.
    differs
        As for `find_factors`.
    """
    while len(names) > 1:
        first, second = halve(names)
        names = first if differs(first) else second
    return names[0]


class Runner(Protocol):
    """Who makes runs of one stage, as `runs.session.Session` does."""

    def drop(self) -> None:
        """Remove the last run."""

    def prepare(self, choice: factors.Choice) -> Run:
        """Make a clone for a choice of sides."""
        ...

    def change(self, run: Run, values: Mapping[str, Any]) -> None:
        """Change the configuration of the launcher for the stages to come."""

    def before(self, stage: Stage) -> list[Output]:
        """Return the outputs of all stages that come before one."""
        ...

    def run_stage(self, run: Run, stage: Stage) -> int:
        """Run one stage without DVC, and return its exit code."""
        ...


@dataclass
class Search:
    """Re-run one stage until the cause of its difference has a name.

    Parameters
    ----------
    runner
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

    runner: Runner
    stage: Stage
    inputs: Run
    skipped: frozenset[str]
    limit: float
    count: int = 0
    unstable: bool = False  # a repetition gave something else

    def attempt(self, choice: factors.Choice, clock: str = "") -> Signature:
        """Run the stage once and return the digests of its outputs.

        A failure is a digest of its own. `clock` stops the clock at a time.

        Parameters
        ----------
        choice
            The side of each factor.
        clock
            A time at which the clock stands, "" if it runs.
        """
        if self.count >= MOST:
            raise Spent
        self.count += 1
        self.runner.drop()
        run = self.runner.prepare(choice)
        if clock:
            given = {**run.configuration["clock"], "FAKETIME": clock}
            self.runner.change(run, {"clock": given})
        self.runner.change(run, {"limit": self.limit})
        for out in self.runner.before(self.stage):
            copy(self.inputs.root / out.path, run.root / out.path)
        if self.runner.run_stage(run, self.stage):
            check_failure(run)
            return FAILED
        return signature(run.root, self.stage)

    def find_cause(
        self, control: Signature, experiment: Signature, kept: Signature
    ) -> str:
        """Run the stage again and again until the cause of a difference is known.

        Parameters
        ----------
        control, experiment
            What both runs gave.
        kept
            What is committed, as far as it is at hand.
        """
        try:
            if control != experiment:
                return self._between_runs(control)
            return self._from_committed(control, kept)
        except Spent:
            return UNSEEDED if self.unstable else "not found in ten runs"

    def _between_runs(self, control: Signature) -> str:
        if self.attempt(factors.everywhere(CONTROL)) != control:
            return self._frozen()
        found = self._halve(
            factors.everywhere(CONTROL), factors.everywhere(EXPERIMENT), control
        )
        # A clock that shows seconds or minutes can stand still in the first repetition.
        if self.count < MOST and self.attempt(factors.everywhere(CONTROL)) != control:
            return self._frozen()
        return found

    def _frozen(self) -> str:
        """Tell a result that holds the time from one that nothing fixes."""
        self.unstable = True
        if "clock" in self.skipped:
            return UNSEEDED
        choice = {**factors.everywhere(CONTROL), "clock": EXPERIMENT}
        still, again = (self.attempt(choice, "2026-01-01 00:00:00") for _ in range(2))
        if still != again or still == FAILED:
            return UNSEEDED
        # A race can end the same twice: what holds the time is another one at another.
        later = self.attempt(choice, "2027-08-09 10:11:12")
        return "clock" if later != still else UNSEEDED

    def _from_committed(self, control: Signature, kept: Signature) -> str:
        plain = self.attempt(factors.everywhere(PLAIN))
        if plain == FAILED:
            return "failed"
        if plain == control or any(plain[path] != each for path, each in kept.items()):
            return NOT_GIVEN
        return self._halve(
            factors.everywhere(PLAIN), factors.everywhere(CONTROL), plain
        )

    def _halve(
        self, base: factors.Choice, target: factors.Choice, expected: Signature
    ) -> str:
        def differs(names: list[str]) -> bool:
            choice = {**base, **{name: target[name] for name in names}}
            return self.attempt(choice) != expected

        names = factors.differing(base, target)
        names = [name for name in names if name not in self.skipped]
        if len(names) == 1 and not differs(names):
            return UNSEEDED
        return " with ".join(find_factors(names, differs)) or UNSEEDED
