"""Name the cause of the first difference, or of a failure, in words for the user."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..compare.outcome import NOT_GIVEN, Comparison, Result
from ..observe.declared import Finding, inside
from ..runs import factors
from ..runs.pair import Runs, Say
from ..runs.run import signature
from ..runs.tried import grade_factors
from .search import FAILED, REMEDIES, Runner, Search, Signature

LATER = "not looked for"  # the cause of a difference after the first


@dataclass(frozen=True)
class Causes:
    """A finding, with its cause, for each output that differs by itself."""

    findings: tuple[Finding, ...] = ()


def find_causes(runner: Runner, runs: Runs, comparison: Comparison, say: Say) -> Causes:
    """Look for the cause of the first difference, or of a failure.

    Parameters
    ----------
    runner
        Makes more runs.
    runs, comparison
        The two runs, and what they showed.
    say
        Shows progress.
    """
    inquiry = Inquiry(runner, runs, comparison, say)
    if runs.failure:
        return Causes((inquiry.explain_failure(runs.failure),))
    return Causes(tuple(inquiry.explain_differences()))


def _roots(results: tuple[Result, ...]) -> list[Result]:
    """Return the outputs that differ by themselves.

    If all that differ inherit it, they follow bytes of an output whose content is the
    same: then it is that output.
    """
    wrong = [each for each in results if each.grade == "different"]
    roots = [each for each in wrong if not each.inherited]
    if wrong and not roots:
        own = [each for each in results if not each.inherited]
        roots = [each for each in own if each.grade != "identical"]
    return roots


@dataclass(frozen=True)
class Inquiry:
    """What is known, and who makes more runs."""

    runner: Runner
    runs: Runs
    comparison: Comparison
    say: Say

    def explain_differences(self) -> Iterator[Finding]:
        """Yield a finding for each output that differs by itself."""
        causes: dict[str, str] = {}
        for result in _roots(self.comparison.results):
            if self._changed_later(result):
                continue
            if result.stage not in causes:
                causes[result.stage] = self._cause(result, first=not causes)
            yield _explain(result, causes[result.stage])

    def explain_failure(self, failure: Finding) -> Finding:
        """Return a failure with its cause."""
        cause = failure.kind
        if failure.kind == "failed":
            # What failed in the control gave nothing to compare with: the search runs
            # it plainly.
            good = FAILED
            if self.runs.observed[1:]:
                stage = self.runs.stage(failure.stage)
                good = signature(self.runs.control.run.root, stage)
            cause = self._search(failure.stage).find_cause(good, FAILED, {})
        remedy = REMEDIES.get(cause)
        text = failure.message
        if remedy:
            text = f"{text}. Cause: {cause}; {remedy}"
        return replace(failure, cause=cause, message=text)

    def _changed_later(self, result: Result) -> bool:
        """Say whether another stage is known to have changed an output as its input."""
        return any(
            each.kind == "input changed" and inside(each.path, [result.path])
            for each in (*self.runs.findings, *self.comparison.findings)
        )

    def _cause(self, result: Result, first: bool) -> str:
        """Return the cause of a difference; only that of the first is looked for."""
        if result.runs.grade != "different" and result.stale:
            return NOT_GIVEN
        if not first:
            return LATER
        stage = self.runs.stage(result.stage)
        control, experiment = (
            signature(seen.run.root, stage) for seen in self.runs.observed
        )
        found = signature(self.comparison.committed, stage)
        kept: Signature = {path: each for path, each in found.items() if each}
        return self._search(result.stage).find_cause(control, experiment, kept)

    def _search(self, name: str) -> Search:
        self.say(f"looking for the cause in {name}")
        runs = self.runs
        graded = grade_factors(runs)
        skipped = {each["name"] for each in graded if each["grade"] != "tried"}
        if len(runs.observed) < 2:
            skipped = set(factors.not_tried(runs.tools))
        inputs, stage = runs.control.run, runs.stage(name)
        limit = runs.limit(name)
        return Search(self.runner, stage, inputs, frozenset(skipped), limit)


def _explain(result: Result, cause: str) -> Finding:
    between = result.runs.grade == result.grade
    sides = "control against experiment"
    if not between:
        sides = "control against what is committed"
    detail = result.runs.detail if between else result.committed.detail
    if result.grade != "different":
        detail = f"{result.grade}, but other bytes, which a later output follows"
    remedies = [REMEDIES[name] for name in cause.split(" with ") if name in REMEDIES]
    if cause == LATER:
        remedies = ["fix the first difference, then verify again"]
    text = f"{result.path} differs, {sides}: {detail}. Cause: {cause}"
    text += f"; {'; '.join(remedies)}" if remedies else ""
    return Finding("difference", result.stage, result.path, cause, text)
