"""Validate datasets against their suites, before anything is made of them."""

from pathlib import Path

import pandas as pd

from ..expectations import results, suites
from ..records.validation import ExpectationResult, ValidationResult
from ..runtime import environment, params, paths
from ..runtime.errors import UserError
from ..runtime.outputs import Outputs
from ..tables import datasets

# What can be validated: the datasets, and the gate that they open.
STEPS = {
    "raw": (["raw"], paths.GATE_RAW),
    "splits": (["prepared", "train", "test"], paths.GATE_SPLITS),
}


def validate(
    tables: dict[str, pd.DataFrame], folder: Path
) -> dict[str, list[ExpectationResult]]:
    """Validate each dataset against the suite of its name.

    Parameters
    ----------
    tables
        The datasets by name.
    folder
        Where the suites are.

    Returns
    -------
    dict
        The results by dataset, in the order of the suites. A failing `warning` is
        printed.

    Raises
    ------
    UserError
        If a critical expectation of any dataset fails; a table of them is printed.
    """
    found = {
        name: suites.validate(table, suites.read(folder / f"{name}.json"))
        for name, table in tables.items()
    }
    failed = 0
    for name, validated in found.items():
        for severity in results.SEVERITIES:
            if some := results.failures(validated, severity):
                print(results.tabulate(name, some))
                failed += len(some) if severity == "critical" else 0
    if failed:
        raise UserError(
            f"{failed} critical expectation(s) failed, see above; correct the data, or "
            f"edit {folder.as_posix()}/ if the expectation is wrong"
        )
    return found


def main(arguments: list[str]) -> None:
    """Write a verdict that names the datasets by digest, and the observed values."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        given = f"not '{' '.join(arguments)}'" if arguments else "one of them"
        raise UserError(f"validate takes {' or '.join(STEPS)}, {given}")
    names, gate = STEPS[arguments[0]]
    tables = datasets.read(names, params.load())
    found = validate(tables, paths.SUITES)
    differences = environment.differences(paths.RUNTIME_LOCK)
    with Outputs() as outputs:
        outputs.json(gate, datasets.verdict(names))
        for name, validated in found.items():
            result = ValidationResult(name, len(tables[name]), validated, differences)
            outputs.json(paths.VALIDATIONS / f"{name}.json", result)
