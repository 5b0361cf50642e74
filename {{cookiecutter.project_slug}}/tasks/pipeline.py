"""Run the pipeline; `dvc_verify.guard` sees to it that nothing is lost."""

import os
import sys

from dvc_verify.errors import printable
from dvc_verify.guard.pipeline import Pipeline
from dvc_verify.repository.files import declared, read_lock, read_yaml
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, environ, package, python, runtime
from .files import read_metrics
from .reference import report

METRICS = ROOT / "reports" / "metrics.json"
REPORT = ROOT / "reports" / "report.html"


def guarded() -> Pipeline:
    """Return the pipeline of this project, guarded against failures and kills."""
    results = METRICS.relative_to(ROOT).as_posix()
    return Pipeline(ROOT, "invoke repro", results, environ())


@task(
    help={
        "force": "run all stages, changed or not",
        "stage": "run this stage and what it needs, no more",
    }
)
def repro(_: Context, force: bool = False, stage: str = "") -> None:
    """Run what is out of date in the pipeline."""
    note_processor()
    pipeline = guarded()
    with pipeline.alone():
        check_plan()
        pipeline.run(force, stage)
        if not stage:
            summarize()
            report()


def check_plan() -> None:
    """Refuse an estimator or a score that isn't there, before any stage runs.

    What the last run tuned with was there, and to look takes seconds.

    Raises
    ------
    Exit
        If one isn't there; the package has said which.
    """
    if "tune" not in declared(read_yaml(ROOT / "dvc.yaml")):
        return
    lock = read_lock(ROOT / "dvc.lock") if (ROOT / "dvc.lock").exists() else {}
    tuned = lock.get("tune", {}).get("params", {}).get("params.yaml")
    now = read_yaml(ROOT / "params.yaml")
    if tuned and all(now.get(key) == value for key, value in tuned.items()):
        return
    if code := python("-m", f"{package()}.training.plan", check=False):
        raise Exit(code=code)


def note_processor() -> None:
    """Say once, for all stages, if bytes may differ from another processor's."""
    process = runtime("process")
    if line := process.note(os.environ, runtime("processor").find_processor()):
        print(line, file=sys.stderr)
        os.environ[process.NOTED] = "1"


def summarize() -> None:
    """Print where the report is, and the metrics with their intervals."""
    if REPORT.exists():
        print(f"Report: {REPORT}")
    if not METRICS.exists():
        return  # the pipeline is another one by now
    record = read_metrics(METRICS)
    model, rows = printable(str(record["candidate"])), record.get("rows", "the")
    print(f"Model '{model}' on {rows} test rows:")
    for name, metric in record["metrics"].items():
        print(
            f"  {printable(name)}: {metric['value']:.3f} "
            f"({metric['low']:.3f} to {metric['high']:.3f})"
        )
