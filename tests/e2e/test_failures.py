"""Broken on purpose: a stage that fails or is killed leaves things as they were."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .project import Project
from .tiny import start, wait_for

pytestmark = pytest.mark.e2e


def break_data(project: Project) -> None:
    """Make one body mass impossible, and say that this is what we want."""
    import hashlib

    source = project.root / "data/source/penguins-raw.csv"
    text = source.read_text(encoding="utf-8")
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    source.write_text(text.replace(",3750,", ",37500,", 1), encoding="utf-8")
    after = hashlib.sha256(source.read_bytes()).hexdigest()
    project.edit("params.yaml", before, after)


def test_corrupt_data_stops_the_pipeline_before_anything_is_written(
    fresh: Project,
) -> None:
    before = fresh.digests()
    break_data(fresh)
    finished = fresh.invoke("repro", code=1)
    shown = finished.stdout + finished.stderr
    assert "Body Mass (g)" in shown and "37500" in shown
    assert "Traceback" not in shown
    # The template's results are no results of a run.
    assert "no run has ended here yet, and reports/ is as it was before" in shown
    after = fresh.digests()
    after.pop("data/raw.csv", None)
    assert after == before and not [name for name in after if name[:7] != "reports"]


def test_a_failed_first_run_is_still_to_be_made(fresh: Project) -> None:
    """The results that come with a project must not count as those of a run."""
    fresh.edit("params.yaml", "margin: 0.1", "margin: 10.1")
    said = fresh.invoke("repro", code=1)
    assert "less than select.margin" in said.stderr
    fresh.run("git", "checkout", "-q", "--", "params.yaml")
    shown = fresh.invoke("repro").stdout
    assert "No full run has ended here yet, so all stages run." in shown
    assert shown.count("Running stage") == 9


def test_a_first_run_without_git_that_fails_says_so(fresh: Project) -> None:
    shutil.rmtree(fresh.root / ".git")
    shutil.rmtree(fresh.root / "reports")
    break_data(fresh)
    assert "there are no results yet" in fresh.invoke("repro", code=1).stderr


def test_corrupt_data_leaves_the_last_results(copy: Project) -> None:
    before = copy.digests()
    break_data(copy)
    finished = copy.invoke("repro", code=1)
    assert "the last results are back" in finished.stdout + finished.stderr
    after = copy.digests()
    after["data/raw.csv"] = before["data/raw.csv"]  # ingest did its part
    assert after == before


def test_a_wrong_hash_is_one_line(fresh: Project) -> None:
    source = fresh.root / "data/source/penguins-raw.csv"
    source.write_bytes(source.read_bytes() + b"\n")
    finished = fresh.python("-m", fresh.package, "ingest", code=1)
    assert finished.stderr.startswith("error: data/source/penguins-raw.csv has SHA-256")
    assert finished.stderr.count("\n") == 1
    assert not (fresh.root / "data/raw.csv").exists()


def test_another_environment_is_refused_in_one_line(fresh: Project) -> None:
    fresh.edit("requirements/runtime.txt", "numpy==2", "numpy==1")
    finished = fresh.python("-m", fresh.package, "ingest", code=1)
    assert "numpy" in finished.stderr and finished.stderr.count("\n") == 1


def test_results_of_another_environment_say_so(
    fresh: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fresh.root / "requirements/runtime.txt"
    right = lock.read_bytes()
    fresh.edit("requirements/runtime.txt", "numpy==2", "numpy==1")
    monkeypatch.setenv("ALLOW_OTHER_ENVIRONMENT", "1")
    fresh.invoke("repro", "--stage", "tune")
    record = json.loads((fresh.root / "data/trials.json").read_text())
    (line,) = record["lock_differences"]
    assert line.startswith("numpy is 2")
    fresh.invoke("repro")
    metrics = json.loads((fresh.root / "reports/metrics.json").read_text())
    assert metrics["lock_differences"] == 1
    page = (fresh.root / "reports/report.html").read_text(encoding="utf-8")
    assert f"<li>{line}</li>" in page
    # With the right lock all is made again, and nothing is said.
    lock.write_bytes(right)
    fresh.invoke("repro")
    page = (fresh.root / "reports/report.html").read_text(encoding="utf-8")
    assert "numpy is 2" not in page


def test_one_stage_of_a_first_run_ends_without_metrics(fresh: Project) -> None:
    shown = fresh.invoke("repro", "--stage", "ingest").stdout
    assert "Report:" not in shown
    made = [path.name for path in fresh.artifacts() if "reports" not in path.parts]
    assert made == ["raw.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_an_interrupted_install_is_recovered(fresh: Project) -> None:
    door = [sys.executable, "bootstrap.py", "--list"]
    with subprocess.Popen(
        door, cwd=fresh.root, env=fresh.environ(), stdout=subprocess.PIPE
    ) as process:
        packages = f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
        first = fresh.root / ".venv" / packages / "site-packages" / "pip"
        deadline = time.monotonic() + 300
        while not first.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert not (fresh.root / ".venv/built-from").exists()
    shown = fresh.run(*door).stdout
    assert "Building .venv" in shown and "\n  repro " in shown
    # No second time: what it built is right.
    assert "Building .venv" not in fresh.run(*door).stdout


def test_an_unknown_stage_is_one_line(fresh: Project) -> None:
    finished = fresh.python("-m", fresh.package, "inges", code=1)
    assert finished.stderr.startswith("error: no stage is called 'inges'")
    assert finished.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_a_killed_stage_is_made_good_by_the_next_repro(
    ran: Project, copy: Project
) -> None:
    """Other kills, of one process at a time, are tried on a small pipeline."""
    log = copy.scratch / "log"
    process = start(copy, log, "--force")
    wait_for(log, "Running stage 'report'", process)
    time.sleep(0.7)
    kill_session(process.pid, signal.Signals["SIGKILL"])  # Windows has none
    process.wait(timeout=60)
    assert not alive(copy.root), "a process of the run is left"
    copy.invoke("repro")
    assert copy.digests() == ran.digests()
    assert not list(copy.root.rglob("*.partial"))


def kill_session(leader: int, number: signal.Signals) -> None:
    """Send a signal to every process of a session, groups of its own included."""
    for entry in sorted(Path("/proc").glob("[0-9]*")):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            try:
                os.kill(int(entry.name), number)
            except ProcessLookupError:
                continue


def alive(root: Path) -> list[str]:
    """List the processes that work in a folder, after a moment to end."""
    for _ in range(50):
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cwd").resolve() == root.resolve():
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
        if not found:
            return []
        time.sleep(0.1)
    return found
