"""How much a verification covers, in numbers, and what a full one would add."""

from collections.abc import Mapping
from typing import Any

from ..runs.pair import Runs
from ..runs.tried import FIXED


def scope_of(runs: Runs, graded: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what was covered, and name what a full verification lacks.

    Parameters
    ----------
    runs
        The two runs.
    graded
        Each factor with its grade, of `grade_factors`.
    """
    missing = [
        each["name"]
        for each in graded
        if each["name"] in ("network", "clock") and each["grade"] != "tried"
    ]
    traces: Mapping[str, str] = runs.traces
    traced = [traces.get(each.name, "") not in ("", "failed") for each in runs.running]
    return {
        "stages": len(traced),
        "traced": sum(traced),
        "tried": sum(each["grade"] == "tried" for each in graded),
        "fixed": sum(each["grade"] == FIXED for each in graded),
        "missing": missing + ([] if all(traced) else ["trace"]),
    }
