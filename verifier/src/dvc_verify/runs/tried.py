"""Which factors were really varied: what the probes saw, and what launchers fixed."""

from typing import Any

from ..observe.traces import Trace
from . import factors
from .pair import Runs

FIXED = "tried and fixed by the launcher"


def grade_factors(runs: Runs) -> list[dict[str, Any]]:
    """Say of each factor whether it was tried, with what its probe saw in both runs."""
    reasons = factors.not_tried(runs.tools)
    probes = [(seen.run.probes() or [{}])[0] for seen in runs.observed]
    probes = [{name: _plain(each[name], runs) for name in each} for each in probes]
    graded = []
    for factor in factors.FACTORS:
        seen = [probe.get(factor.name) for probe in probes]
        if len(runs.observed) < 2:
            grade = "not tried: there was no second run"
        elif factor.name in reasons:
            grade = f"not tried: {reasons[factor.name]}"
        elif seen[0] == seen[1] and not (factor.name == "network" and "none" in seen):
            grade = "not tried: its probe saw no change"
        else:
            grade = FIXED if _is_fixed(runs, factor.variables) else "tried"
        control, experiment = [*seen, None][:2]
        graded.append(
            {
                "name": factor.name,
                "grade": grade,
                "control": control,
                "experiment": experiment,
            }
        )
    return graded


def _plain(value: Any, runs: Runs) -> Any:
    """Take the folders of this verification out of a path."""
    for folder in runs.folders:
        if isinstance(value, str):
            value = value.replace(str(folder), "...")
    return value


def _is_fixed(runs: Runs, variables: tuple[str, ...]) -> bool:
    """Say whether every stage set some variables anew, to the same in both runs."""
    if not variables:
        return False
    for stage in runs.running:
        values = []
        for seen in runs.observed:
            trace = seen.traces.get(stage.name, Trace())
            found = {tuple(map(each.get, variables)) for each in trace.started}
            values.append({each for each in found if None not in each})
        if not values[0] & values[1]:
            return False
    return True
