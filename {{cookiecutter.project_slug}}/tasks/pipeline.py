"""Run the pipeline."""

import json
import re
import subprocess
import sys

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, call, environ, python
from .hooks import STATE, nothing_ran
from .reference import report
from .repository import is_in_git

MARKER = ROOT / ".dvc" / "tmp" / "repro-is-running"
FIRST = ROOT / STATE
BEGUN = "begun"
LOCKS = ROOT / ".dvc" / "tmp" / "rwlock"
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
    allow_no_git()
    release_locks()
    if MARKER.exists():
        print(f"The last run was killed; {restore()}.")
    MARKER.parent.mkdir(parents=True, exist_ok=True)
    MARKER.touch()
    if is_first_run():
        FIRST.write_text(BEGUN, encoding="utf-8")
        if not (force or stage):
            print("No full run has ended here yet, so all stages run.")
            force = True
    options = [*(["--force"] if force else []), *([stage] if stage else [])]
    try:
        code = python("-m", "dvc", "repro", *options, check=False)
    except KeyboardInterrupt:
        raise Exit(f"interrupted; {restore()}", 130) from None
    if code:
        raise Exit(f"the pipeline failed, see above; {restore()}", 1)
    MARKER.unlink()
    if not stage:
        end_first_run()
        summarize()
        report()


def is_first_run() -> bool:
    """Say whether no full run has ended here yet.

    The results in reports/ come with git, and DVC would take the stage that writes them
    for done, though nothing has been made here.
    """
    begun = FIRST.exists() and FIRST.read_text(encoding="utf-8") == BEGUN
    return begun or nothing_ran(ROOT)


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


def release_locks() -> None:
    """Remove the locks of a DVC that was killed: it takes a zombie for a process.

    Raises
    ------
    Exit
        If a DVC that holds one still runs.
    """
    import psutil

    if not LOCKS.exists():
        return
    text = LOCKS.read_text(encoding="utf-8")
    for number in sorted({int(pid) for pid in re.findall(r'"pid": *(\d+)', text)}):
        try:
            running = psutil.Process(number).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            running = False
        if running:
            raise Exit(f"DVC is at work here (process {number}); wait for it", 1)
    LOCKS.unlink()


def restore() -> str:
    """Bring back what DVC removed before it ran a stage that did not end.

    Cached outputs come from DVC's cache, those in reports/ from git. Returns what
    there is now.
    """
    for partial in ROOT.glob("*/**/.*.partial"):
        partial.unlink()
    if (ROOT / "dvc.lock").exists():
        # It fails for a stage that never ended, and still restores the others.
        subprocess.run(
            [sys.executable, "-m", "dvc", "checkout", "--quiet", "--force"],
            cwd=ROOT,
            env=environ(),
            capture_output=True,
            check=False,
        )
    if (ROOT / ".git").exists():
        gone = subprocess.run(
            ["git", "ls-files", "--deleted", "-z", "--", "reports"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split("\0")[:-1]
        if gone:
            call("git", "checkout", "--quiet", "--", *gone, check=False)
    MARKER.unlink(missing_ok=True)
    if not METRICS.exists():
        return "there are no results yet"
    if is_first_run():
        return "no run has ended here yet, and reports/ is as it was before"
    return "the last results are back"


def summarize() -> None:
    """Print where the report is, and the metrics with their intervals."""
    record = json.loads(METRICS.read_text(encoding="utf-8"))
    print(f"Report: {REPORT}")
    print(f"Model '{record['candidate']}' on {record['rows']} test rows:")
    for name, metric in record["metrics"].items():
        print(
            f"  {name}: {metric['value']:.3f} "
            f"({metric['low']:.3f} to {metric['high']:.3f})"
        )
