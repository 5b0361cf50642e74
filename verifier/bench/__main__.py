"""The fault bench: what `dvc status`, a re-run, the verifier and the rules catch.

Each case is a small DVC repository: with a seeded defect, or suspicious and right.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .cases import read_cases
from .detectors import DETECTORS, Examined, examine
from .tables import by_case, by_detector, missed_bars

ALONE = "two cpus"  # what needs them gets them undisturbed
WORKERS = 2


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="cases to run")
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--detector", action="append", choices=list(DETECTORS))
    return parser.parse_args()


def main() -> int:
    """Run the cases, print the tables, and return 1 if a bar is missed."""
    if os.name != "posix":
        print("\nFault bench: the verifier needs Linux or macOS")
        return 0
    given = parse()
    cases = read_cases()
    if given.only:
        cases = [case for case in cases if case.name in given.only]
    names = tuple(given.detector or DETECTORS)
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch).resolve()
        begun = time.perf_counter()
        done: dict[str, Examined] = {}
        together = [case for case in cases if ALONE not in case.needs]
        alone = [case for case in cases if ALONE in case.needs]
        for group, workers in ((together, WORKERS), (alone, 1)):
            with ProcessPoolExecutor(workers) as pool:
                started = [
                    pool.submit(examine, case, base / case.name, given.python, names)
                    for case in group
                ]
                for case, future in zip(group, started, strict=True):
                    done[case.name] = future.result()
                    print(".", end="", file=sys.stderr, flush=True)
        minutes = (time.perf_counter() - begun) / 60
    times = os.times()
    spent = (times.children_user + times.children_system) / 60
    print(file=sys.stderr)
    ordered = [done[case.name] for case in cases]
    print(f"\nFault bench: {len(cases)} cases in {minutes:.1f} minutes", end="")
    print(f" ({spent:.1f} of CPU)\n")
    for line in (*by_case(ordered), "", *by_detector(ordered)):
        print(line)
    missed = list(missed_bars(ordered, minutes))
    for line in missed:
        print(f"BAR MISSED: {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
