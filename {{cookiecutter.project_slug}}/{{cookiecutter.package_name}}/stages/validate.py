"""Check datasets against their expectations, before anything is made of them."""

from pathlib import Path

import pandas as pd

from ..core import datasets, environment, expectations, params, paths
from ..core.artifacts import Outputs, digest
from ..core.errors import UserError
from ..core.expectations import Result


def validate(tables: dict[str, pd.DataFrame], suites: Path) -> dict[str, list[Result]]:
    """Check each dataset against the suite of its name.

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
    results = {
        name: expectations.check(
            table, expectations.read_suite(suites / f"{name}.json")
        )
        for name, table in tables.items()
    }
    failed = 0
    for name, found in results.items():
        for severity in expectations.SEVERITIES:
            if some := expectations.failures(found, severity):
                print(expectations.tabulate(name, some))
                failed += len(some) if severity == "critical" else 0
    if failed:
        raise UserError(
            f"{failed} critical expectation(s) failed, see above; correct the data, or "
            f"edit {suites.as_posix()}/ if the expectation is wrong"
        )
    return results


def main(arguments: list[str]) -> None:
    """Write a verdict that names the datasets by digest, and the observed values."""
    unknown = [name for name in arguments if name not in datasets.TABLES]
    if unknown or not arguments:
        raise UserError(f"validate: name datasets out of {', '.join(datasets.TABLES)}")
    tables = datasets.read(arguments, params.load())
    results = validate(tables, paths.SUITES)
    gate = paths.GATE_RAW if arguments == ["raw"] else paths.GATE_SPLITS
    with Outputs() as outputs:
        digests = {name: digest(datasets.TABLES[name]) for name in arguments}
        outputs.json(gate, {"datasets": digests})
        for name, found in results.items():
            check = {
                "dataset": name,
                "rows": len(tables[name]),
                "results": found,
                "lock_differences": environment.differences(paths.RUNTIME_LOCK),
            }
            outputs.json(paths.CHECKS / f"{name}.json", check)
