"""Run the pipeline."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from . import copies, dvc_locks, restoring, runs
from .cache import check_digests
from .commands import ROOT, package, python, runtime
from .digests import printable
from .files import (
    check_config,
    read_lock,
    read_metrics,
    read_yaml_file,
    stage_names,
)
from .hooks import STATE
from .reference import report
from .repository import config_problem, is_in_git

FIRST = ROOT / STATE
BEGUN = "begun"
INTERRUPTED = 130
RUN_CACHE = ROOT / ".dvc" / "cache" / "runs"  # what DVC remembers of stages that ended
METRICS = ROOT / "reports" / "metrics.json"
CORE = "[core]\n"
NO_GIT = f"{CORE}    no_scm = true\n"
REPORT = ROOT / "reports" / "report.html"


@task(
    help={
        "force": "run all stages, changed or not",
        "stage": "run this stage and what it needs, no more",
    }
)
def repro(_: Context, force: bool = False, stage: str = "") -> None:
    """Run what is out of date in the pipeline."""
    with alone():
        note_processor()
        check_plan()
        run(force, stage)
        if not stage:
            end_first_run()
            summarize()
            report()


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of a run, once what an earlier one left is made good.

    Raises
    ------
    Exit
        If another run or pull, or DVC itself, is at work here, or a file can't be
        used.
    """
    with runs.exclusive():
        recover()
        check_files()
        allow_no_git()
        yield


def recover() -> None:
    """Make good what a killed run left.

    Raises
    ------
    Exit
        If DVC is at work here beside that run, or this is interrupted.
    """
    last = runs.last()
    ended = runs.end_processes(last) if last else []
    if ended:
        numbers = ", ".join(map(str, ended))
        print(f"Processes that the last run left at work were ended: {numbers}.")
    dvc_locks.release(dvc_locks.HOLDERS)  # a living DVC may write what is brought back
    if copies.HOME.exists():
        print(f"The last run was killed; {restore('that run')}.")
    runs.RUNNING.unlink(missing_ok=True)


def check_files() -> None:
    """Refuse files that can't be used or lead out of the project, before DVC runs.

    Raises
    ------
    Exit
        If there is one.
    """
    check_config()
    if problem := config_problem(ROOT):
        raise Exit(problem)
    for name in ("dvc.yaml", "params.yaml"):
        read_yaml_file(ROOT / name)
    if (ROOT / "dvc.lock").exists():
        read_lock(ROOT / "dvc.lock")
    check_digests()


def check_plan() -> None:
    """Refuse an estimator or a score that isn't there, before any stage runs.

    What the last run tuned with was there, and to look takes seconds.

    Raises
    ------
    Exit
        If one isn't there; the package has said which.
    """
    if "tune" not in stage_names(read_yaml_file(ROOT / "dvc.yaml")):
        return
    lock = read_lock(ROOT / "dvc.lock") if (ROOT / "dvc.lock").exists() else {}
    tuned = lock.get("tune", {}).get("params", {}).get("params.yaml")
    now = read_yaml_file(ROOT / "params.yaml")
    if tuned and all(now.get(key) == value for key, value in tuned.items()):
        return
    if code := python("-m", f"{package()}.training.plan", check=False):
        raise Exit(code=code)


def run(force: bool, stage: str) -> None:
    """Run DVC, and bring back what it removed if it fails.

    Raises
    ------
    Exit
        If DVC fails, refuses to begin, or is interrupted.
    """
    options = [
        *(["--first"] if is_first_run() else []),
        *(["--force"] if force else []),
        *([stage] if stage else []),
    ]
    this = runs.begin()
    mark = {runs.MARK: this.mark}
    try:
        code = python("-m", "tasks.runner", *options, check=False, extra=mark)
    except KeyboardInterrupt:
        code = INTERRUPTED
    runs.end_processes(this)  # a stage may outlive its DVC
    if code and copies.HOME.exists():
        said = restore("this run")
        runs.RUNNING.unlink(missing_ok=True)
        raise Exit(f"{reason(code)}; {said}", code if code == INTERRUPTED else 1)
    if not code:
        for said in restoring.keep().others():
            print(f"{said[0].upper()}{said[1:]}.")
    runs.RUNNING.unlink(missing_ok=True)
    if code == INTERRUPTED or code < 0:
        raise Exit(f"{reason(code)}; nothing had run", max(code, 1))
    if code:
        raise Exit(code=code)  # what refused has said why


def reason(code: int) -> str:
    """Say why a run failed, by the exit code of DVC."""
    if code == INTERRUPTED:
        return "interrupted"
    if code < 0:
        return f"DVC was ended by signal {-code}"
    return "the pipeline failed, see above"


def restore(run: str) -> str:
    """Bring the outputs back, and say what there is now.

    Parameters
    ----------
    run
        What to call the run that failed or was killed.

    Raises
    ------
    Exit
        If it is interrupted.
    """
    try:
        outcome = restoring.restore()
    except KeyboardInterrupt:
        raise Exit(
            "interrupted while outputs were brought back; the next `invoke repro` "
            "goes on with that",
            INTERRUPTED,
        ) from None
    back = outcome.back()
    said = results(outcome, run) + (f": {back}" if back else "")
    return "; ".join([said, *outcome.others()])


def results(outcome: restoring.Outcome, run: str) -> str:
    """Say in a few words which results are in reports/."""
    if outcome.unlisted:
        return f"reports/ is as {run} left it"
    if not METRICS.exists():
        return "there are no results yet" + (", but back" if outcome.back() else "")
    if METRICS.relative_to(ROOT).as_posix() in outcome.new:
        return f"the results are those of {run}"
    if is_first_run():
        changed = any(
            path.startswith("reports/") for path in (*outcome.new, *outcome.gone)
        )
        kept = "" if changed else ", and reports/ is as it was before"
        return f"no run has ended here yet{kept}"
    if outcome.gone:
        return "not all of the last results are back"
    return f"the last results are {'back' if outcome.back() else 'still there'}"


def note_processor() -> None:
    """Say once, for all stages, if bytes may differ from another processor's."""
    process = runtime("process")
    if line := process.note(os.environ, runtime("processor").find_processor()):
        print(line, file=sys.stderr)
        os.environ[process.NOTED] = "1"


def is_first_run() -> bool:
    """Say whether no full run has ended here yet.

    The results in reports/ come with git, and DVC would take the stage that writes them
    for done, though nothing has been made here.
    """
    if FIRST.exists():
        return FIRST.read_text(encoding="utf-8") == BEGUN
    # A file of `dvc add` is in the cache as well, but no run is.
    return not any(RUN_CACHE.glob("*/*/*"))


def end_first_run() -> None:
    """Remember that a full run has ended here, or that its results were pulled."""
    FIRST.parent.mkdir(parents=True, exist_ok=True)
    FIRST.write_text("ended", encoding="utf-8")


def allow_no_git() -> None:
    """Let DVC work without git: an unpacked archive or an image has none.

    Where there is a repository by now, that is taken back.
    """
    config = ROOT / ".dvc" / "config.local"
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    if not is_in_git(ROOT):
        if "no_scm" not in text:
            text = text.replace(CORE, NO_GIT, 1) if CORE in text else NO_GIT + text
            config.write_text(text, encoding="utf-8")
    elif NO_GIT in text:
        config.write_text(text.replace(NO_GIT, CORE, 1), encoding="utf-8")
        print("There is a git repository now, so DVC works with it.")


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
