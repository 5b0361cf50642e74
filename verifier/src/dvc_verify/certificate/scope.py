"""How much a verification covers: which factors were really varied, what was traced."""

from typing import Any

from ..runs import factors
from ..observe.traces import Trace
from ..runs.pair import Verification

FIXED = "tried and fixed by the launcher"


def grade_factors(done: Verification) -> list[dict[str, Any]]:
    """Say of each factor whether it was tried, with what its probe saw in both runs."""
    reasons = factors.not_tried(done.session.settings.tools)
    probes = [(seen.run.probes() or [{}])[0] for seen in done.runs]
    probes = [{name: _plain(each[name], done) for name in each} for each in probes]
    graded = []
    for factor in factors.FACTORS:
        seen = [probe.get(factor.name) for probe in probes]
        if len(done.runs) < 2:
            grade = "not tried: there was no second run"
        elif factor.name in reasons:
            grade = f"not tried: {reasons[factor.name]}"
        elif seen[0] == seen[1] and not (factor.name == "network" and "none" in seen):
            grade = "not tried: its probe saw no change"
        else:
            grade = FIXED if _is_fixed(done, factor.variables) else "tried"
        values = [*seen, None][:2]
        graded.append(
            {"name": factor.name, "grade": grade, "a": values[0], "b": values[1]}
        )
    return graded


def _plain(value: Any, done: Verification) -> Any:
    """Take the folders of this verification out of a path."""
    for folder in done.session.folders:
        if isinstance(value, str):
            value = value.replace(str(folder), "...")
    return value


def _is_fixed(done: Verification, variables: tuple[str, ...]) -> bool:
    """Say whether every stage set some variables anew, to the same in both runs."""
    if not variables:
        return False
    for stage in done.stages:
        values = []
        for seen in done.runs:
            trace = seen.traces.get(stage.name, Trace())
            found = {tuple(map(each.get, variables)) for each in trace.started}
            values.append({each for each in found if None not in each})
        if not values[0] & values[1]:
            return False
    return True


def scope_of(done: Verification, graded: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what was covered, and name what a full verification lacks."""
    missing = [
        each["name"]
        for each in graded
        if each["name"] in ("network", "clock") and each["grade"] != "tried"
    ]
    traced = [
        done.traces.get(each.name, "") not in ("", "failed") for each in done.stages
    ]
    return {
        "stages": len(traced),
        "traced": sum(traced),
        "tried": sum(each["grade"] == "tried" for each in graded),
        "fixed": sum(each["grade"] == FIXED for each in graded),
        "missing": missing + ([] if all(traced) else ["trace"]),
    }
