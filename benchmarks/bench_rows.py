"""The pipeline on many rows, against a plain script of pandas and scikit-learn.

Both have the same rows on the test side and the same candidates, kinds of folds,
resamples and permutations, one thread, and the versions of the locks. What
`plain_rows.py` does without: processes, expectations, records, figures, a report. The
first table has as many rows as the penguins: what it takes is fixed, and taken off.

    python benchmarks/bench_rows.py --rows 100000 1000000 --full
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml
from measure import ROOT, Cost, time_process, with_tools

from tests.e2e.environment import baked_project, build_interpreter
from tests.e2e.project import Project

FEW = 344
NUMERIC = [f"n{number}" for number in range(6)]
CATEGORICAL = ["c0", "c1"]
MAKE = """
import sys
import numpy as np
import pandas as pd
rows, path = int(sys.argv[1]), sys.argv[2]
generator = np.random.default_rng(0)
table = pd.DataFrame({f"n{k}": generator.normal(size=rows) for k in range(6)})
table["c0"] = np.char.add("a", generator.integers(5, size=rows).astype(str))
table["c1"] = np.char.add("b", generator.integers(20, size=rows).astype(str))
signal = table["n0"] - table["n1"] ** 2 + (table["c0"] == "a0") + 0.5 * table["n2"]
noise = generator.logistic(size=rows)
table["target"] = np.where(signal + noise > -0.7, "yes", "no")
table["group"] = np.char.add("g", (generator.permutation(rows) // 2).astype(str))
table["n5"] = table["n5"].mask(generator.random(rows) < 0.05)
table["id"] = range(rows)
table.to_csv(path, index=False, float_format="%.6g")
"""
PREPARE = '''def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows whose target is known."""
    return raw.dropna(subset="target").reset_index(drop=True)
'''
# So that every processor gives the same bytes; np.sort takes ten times as long.
SLOW = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
}
# What `--full` leaves as it is in params.yaml.
REDUCED: dict[str, Any] = {"resamples": 100, "permutations": 2}


def adapt(project: Project, rows: int, grouped: bool, full: bool) -> dict[str, Any]:
    """Give a bake a table and suites of its own; return what both sides do."""
    source = project.root / "data/source/table.csv"
    project.python("-c", MAKE, str(rows), str(source))
    path = project.root / "params.yaml"
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    tree["data"] = {"source": "data/source/table.csv", "sha256": digest}
    tree["columns"] = {
        "target": "target",
        "positive": "yes",
        "group": "group" if grouped else None,
        "numeric": NUMERIC,
        "categorical": CATEGORICAL,
    }
    tree["split"] = {"key": "k", "test_share": 0.25}
    if not full:
        tree["evaluate"].update(REDUCED)
        for candidate in tree["tune"]["candidates"].values():
            candidate["grid"] = {
                name: values[-1:] for name, values in candidate["grid"].items()
            }
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    stage = project.root / project.package / "stages/prepare.py"
    text = stage.read_text(encoding="utf-8")
    first, last = text.index("MEASUREMENTS = "), text.index("\n\n\ndef main(")
    stage.write_text(
        text[:first] + "\n" + PREPARE.rstrip() + text[last:], encoding="utf-8"
    )
    for name in ("raw", "prepared", "train", "test"):
        (project.root / f"gx/expectations/{name}.json").unlink()
    project.invoke("repro", "--stage", "ingest")
    project.invoke("expectations", "--draft", "data/raw.csv")
    project.invoke("repro", "--stage", "split")
    for name in ("prepared", "train", "test"):
        project.invoke("expectations", "--draft", f"data/{name}.parquet")
    return {
        **{
            name: tree["tune"][name]
            for name in ("candidates", "folds", "max_categories", "score")
        },
        **{name: tree["evaluate"][name] for name in ("resamples", "permutations")},
        "numeric": NUMERIC,
        "categorical": CATEGORICAL,
        "group": grouped,
    }


def run(project: Project, plan: dict[str, Any], slow: bool) -> tuple[Cost, Cost]:
    """Run both sides once, ours first, and return what they cost."""
    env = with_tools(project.interpreter)
    command = [str(project.interpreter), "-m", "dvc", "repro", "--force"]
    ours = time_process(command, project.root, {**env, **SLOW} if slow else env)
    path = project.scratch / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    words = ["data/source/table.csv", "data/test.parquet", str(path)]
    script = str(ROOT / "benchmarks/plain_rows.py")
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(project.interpreter), script, *words]
    return ours, time_process(command, project.root, {**env, **threads})


def show(title: str, ours: Cost, plain: Cost, aims: str) -> None:
    """Print both sides and their ratios."""
    print(f"\n{title}{aims}")
    for unit, name in (("wall", "wall s"), ("cpu", "CPU s"), ("peak", "peak MB")):
        left, right = getattr(ours, unit), getattr(plain, unit)
        print(f"  {name:8} {left:8.1f} against {right:8.1f}, ratio {left / right:.2f}")


def less(cost: Cost, fixed: Cost) -> Cost:
    """Take off what a small table costs; memory is not taken off."""
    return Cost(cost.wall - fixed.wall, cost.cpu - fixed.cpu, cost.peak)


def compare(interpreter: Path, grouped: bool, words: argparse.Namespace) -> None:
    """Run all sizes, the small one first."""
    fixed: tuple[Cost, Cost] | None = None
    for rows in (FEW, *words.rows):
        scratch = Path(tempfile.mkdtemp())
        project = baked_project(scratch / "project", interpreter)
        plan = adapt(project, rows, grouped, words.full)
        ours, plain = run(project, plan, words.slow)
        shutil.rmtree(scratch)
        kind = f"{rows:,} rows, {'in groups of two' if grouped else 'no groups'}"
        show(kind, ours, plain, " (from 1,000,000: aim 1.5, memory 2)")
        if fixed is None:
            fixed = ours, plain
        else:
            more = less(ours, fixed[0]), less(plain, fixed[1])
            show(f"{kind}: more than {FEW} rows", *more, " (aim 1.5)")


def main() -> None:
    """Compare on tables with groups and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--groups", choices=["with", "without", "both"], default="both")
    parser.add_argument("--full", action="store_true", help="all that params.yaml asks")
    parser.add_argument("--slow", action="store_true", help="ours without numpy's AVX2")
    words = parser.parse_args()
    interpreter = build_interpreter(Path(tempfile.mkdtemp()))
    for grouped in (True, False):
        if words.groups in ("both", "with" if grouped else "without"):
            compare(interpreter, grouped, words)


if __name__ == "__main__":
    main()
