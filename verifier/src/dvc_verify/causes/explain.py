"""Name the cause of the first difference, or of a failure, in words for the user."""

from dataclasses import replace

from ..runs import factors
from ..causes.search import FAILED, OTHER, REMEDIES, Search, Signature
from ..observe.declared import Finding, inside
from ..compare.outcome import Result
from ..runs.session import signature
from ..certificate.scope import grade_factors
from ..runs.pair import Verification

LATER = "not looked for"  # the cause of a difference after the first


def name_causes(done: Verification) -> None:
    """Add a finding, with its cause, for each output that differs by itself."""
    if done.failure:
        _name_failure(done, done.failure)
    causes: dict[str, str] = {}
    for result in _roots(done.results):
        if _changed_later(done, result):
            continue
        if result.stage not in causes:
            causes[result.stage] = _cause(done, result, first=not causes)
        done.add(_explain(result, causes[result.stage]))


def _roots(results: list[Result]) -> list[Result]:
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


def _changed_later(done: Verification, result: Result) -> bool:
    """Say whether another stage is known to have changed an output as its input."""
    return any(
        each.kind == "input changed" and inside(each.path, [result.path])
        for each in done.findings
    )


def _name_failure(done: Verification, failure: Finding) -> None:
    cause = failure.kind
    if failure.kind == "failed":
        # What failed in run A gave nothing to compare with: the search runs it plainly.
        first = done.runs[0].run.root
        good = signature(first, done.stage(failure.stage)) if done.runs[1:] else FAILED
        cause = _search(done, failure.stage).name(good, FAILED, {})
    remedy = REMEDIES.get(cause)
    text = f"{failure.message}. Cause: {cause}; {remedy}" if remedy else failure.message
    done.add(replace(failure, cause=cause, message=text))


def _cause(done: Verification, result: Result, first: bool) -> str:
    """Return the cause of a difference; only that of the first is looked for."""
    if result.runs.grade != "different" and result.stale:
        return OTHER
    if not first:
        return LATER
    stage = done.stage(result.stage)
    one, other = (signature(seen.run.root, stage) for seen in done.runs)
    found = signature(done.scratch, stage)
    kept: Signature = {path: each for path, each in found.items() if each}
    return _search(done, result.stage).name(one, other, kept)


def _search(done: Verification, name: str) -> Search:
    done.say(f"looking for the cause in {name}")
    skipped = {each["name"] for each in grade_factors(done) if each["grade"] != "tried"}
    if len(done.runs) < 2:
        skipped = set(factors.not_tried(done.session.settings.tools))
    inputs = done.runs[0].run
    return Search(
        done.session, done.stage(name), inputs, frozenset(skipped), done.limit(name)
    )


def _explain(result: Result, cause: str) -> Finding:
    between = result.runs.grade == result.grade
    sides = "run A against run B" if between else "run A against what is committed"
    detail = result.runs.detail if between else result.committed.detail
    if result.grade != "different":
        detail = f"{result.grade}, but other bytes, which a later output follows"
    remedies = [REMEDIES[name] for name in cause.split(" with ") if name in REMEDIES]
    if cause == LATER:
        remedies = ["fix the first difference, then verify again"]
    text = f"{result.path} differs, {sides}: {detail}. Cause: {cause}"
    text += f"; {'; '.join(remedies)}" if remedies else ""
    return Finding("difference", result.stage, result.path, cause, text)
