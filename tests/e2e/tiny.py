"""A bake with a pipeline of three stages that take no time, and fail when they're told.

What its tasks do after a failure is the same for any pipeline; nine real stages would
only take longer.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .project import Project

PIPELINE = """\
stages:
  make:
    cmd: python step.py make data/raw.txt data/parts/
    deps: [step.py]
    params: [make]
    outs: [data/raw.txt, data/parts]
  train:
    cmd: python step.py train models/model.txt notes/train.txt
    deps: [step.py, data/raw.txt, data/parts]
    params: [train]
    outs:
      - models/model.txt
      - notes/train.txt: {cache: false}
  show:
    cmd: python step.py show reports/metrics.json reports/pages/
    deps: [step.py, models/model.txt]
    params: [show]
    metrics:
      - reports/metrics.json: {cache: false}
    outs:
      - reports/pages: {cache: false}
"""
STEP = '''\
"""Write a parameter into some files, and stop half-way if a file says so."""

import json
import pathlib
import sys
import time

stage, *names = sys.argv[1:]
text = pathlib.Path("params.yaml").read_text()
value = dict(line.split(": ") for line in text.splitlines())[stage]
record = {"candidate": stage, "rows": 1, "value": value, "metrics": {}}
for number, name in enumerate(names):
    path = pathlib.Path(name)
    if name.endswith("/"):
        path.mkdir(parents=True)
        path /= "page.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    if number and pathlib.Path(f"stop-{stage}").exists():
        print(f"half of {stage} is written", flush=True)
        if pathlib.Path(f"stop-{stage}").read_text() == "fail":
            sys.exit(1)
        time.sleep(600)
    path.write_text(json.dumps(record))
'''
FOLDERS = ("data", "models", "notes", "reports")


def make_tiny(project: Project) -> Project:
    """Put the small pipeline in the place of the real one."""
    root = project.root
    (root / "dvc.lock").unlink()
    for path in sorted((root / "reports").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (root / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (root / "step.py").write_text(STEP, encoding="utf-8")
    set_values(project, make=1, train=1, show=1)
    return project


def set_values(project: Project, **values: int) -> None:
    """Write the parameter of each stage."""
    text = "".join(f"{name}: {value}\n" for name, value in values.items())
    (project.root / "params.yaml").write_text(text, encoding="utf-8")


def stop(project: Project, stage: str, how: str = "wait") -> None:
    """Let a stage stop when half is written: it waits, or fails."""
    (project.root / f"stop-{stage}").write_text(how, encoding="utf-8")


def go_on(project: Project) -> None:
    """Let no stage stop any more."""
    for path in project.root.glob("stop-*"):
        path.unlink()


def contents(project: Project) -> dict[str, str]:
    """Return the text of every output, and of the lock."""
    paths = [path for name in FOLDERS for path in (project.root / name).rglob("*")]
    theirs = ("README.md", "reference.json")  # which come with the project
    return {
        path.relative_to(project.root).as_posix(): path.read_text(encoding="utf-8")
        for path in [*paths, project.root / "dvc.lock"]
        if path.is_file() and path.name not in theirs and "source" not in path.parts
    }


def start(project: Project, log: Path, *options: str) -> "subprocess.Popen[str]":
    """Start `invoke repro` in a session of its own, with all that it says in a log."""
    with log.open("w", encoding="utf-8") as stream:
        return subprocess.Popen(
            [str(project.interpreter), "-m", "invoke", "repro", *options],
            cwd=project.root,
            env=project.environ(),
            stdout=stream,
            stderr=stream,
            text=True,
            start_new_session=True,
        )


@contextmanager
def stopped(project: Project, stage: str) -> Iterator["subprocess.Popen[str]"]:
    """Run until a stage has written half, in a session of its own."""
    stop(project, stage)
    log = project.scratch / f"log-{time.monotonic_ns()}"
    with start(project, log) as process:
        try:
            wait_for(log, f"half of {stage} is written", process)
            yield process
        finally:
            for number in processes(project.root).values():
                os.kill(number, signal.Signals["SIGKILL"])  # Windows has none
    go_on(project)


def wait_for(log: Path, words: str, process: "subprocess.Popen[str]") -> None:
    """Wait until the log of a process holds some words."""
    deadline = time.monotonic() + 120
    while words not in log.read_text(encoding="utf-8"):
        said = log.read_text(encoding="utf-8")
        assert process.poll() is None and time.monotonic() < deadline, said
        time.sleep(0.05)


def processes(root: Path) -> dict[str, int]:
    """Return the processes of a run: of invoke, DVC and the stage, by these names."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve() != root.resolve():
                continue
            words = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        for name, word in (
            ("invoke", "invoke"),
            ("dvc", "dvc_verify.guard.runner"),
            ("stage", "step.py"),
        ):
            if word in words:
                found[name] = int(entry.name)
    return found


def wait_until_none(root: Path) -> dict[str, int]:
    """Return the processes of a run that are left after a moment to end."""
    for _ in range(100):
        if not (found := processes(root)):
            return {}
        time.sleep(0.1)
    return found
