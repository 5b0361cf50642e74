"""One run at a time: whose a lock is, and which processes a run has left."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from invoke.exceptions import Exit

from tasks import copies, dvc_locks, pipeline, runs


@contextmanager
def waiting(*words: str, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process that waits, with these words in its command."""
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **variables},
    ) as process:
        assert process.stdout and process.stdout.readline()
        yield process
        process.kill()


@pytest.fixture(name="here")
def fixture_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which runs have their lock."""
    monkeypatch.setattr(runs, "FOLDER", tmp_path)
    monkeypatch.setattr(runs, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(runs, "RUNNING", tmp_path / "run.json")
    return tmp_path


def write_holders(path: Path, number: int, command: str) -> None:
    """Write what DVC writes of a process that reads a path."""
    entry = {"pid": number, "cmd": command}
    path.write_text(json.dumps({"read": {"/data": [entry]}, "write": {}}))


def test_the_lock_of_a_dvc_that_runs_stays_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rwlock"
    with waiting("-m", "dvc", "repro") as process:
        write_holders(path, process.pid, "/bin/dvc repro")
        with pytest.raises(Exit, match=f"^DVC is at work here .process {process.pid}"):
            dvc_locks.release(path)
        assert path.exists()
    dvc_locks.release(path)
    assert not path.exists()


def test_a_number_that_is_used_again_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "rwlock"
    with waiting("something", "else") as process:
        write_holders(path, process.pid, "/bin/dvc repro")
        dvc_locks.release(path)  # it isn't that command
        assert not path.exists()
    with waiting("-m", "dvc", "repro") as process:
        write_holders(path, process.pid, "/bin/dvc repro")
        os.utime(path, (0, time.time() - 60))
        dvc_locks.release(path)  # it began after the lock was written
        assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"write": 3}', "\0"])
def test_a_broken_lock_of_dvc_goes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rwlock"
    path.write_text(text)
    dvc_locks.release(path)
    assert not path.exists()


def test_a_lock_is_held_once_and_freed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with runs.held(path) as mine, runs.held(path) as other:
        assert mine and not other
    with runs.held(path) as mine:
        assert mine


def test_nothing_is_brought_back_beside_a_dvc_that_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "HOME", here / "before-run")
    monkeypatch.setattr(dvc_locks, "HOLDERS", here / "rwlock")
    copies.HOME.mkdir()
    with waiting("-m", "dvc", "repro") as process:
        write_holders(here / "rwlock", process.pid, "/bin/dvc repro")
        with (
            pytest.raises(Exit, match=f"^DVC is at work here .process {process.pid}"),
            pipeline.alone(),
        ):
            raise AssertionError("both run")
    assert copies.HOME.exists()


@pytest.mark.usefixtures("here")
def test_a_second_run_is_refused_in_one_line_that_names_the_first() -> None:
    with runs.exclusive():
        run = runs.begin()
        assert run == runs.last() and run.is_at_work()
        with (
            pytest.raises(
                Exit, match=f"^a run .process {os.getpid()}. is at work here"
            ),
            runs.exclusive(),
        ):
            raise AssertionError("both run")


def test_what_is_no_run_is_named_by_what_it_may_be(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with (
        runs.held(here / "lock"),
        pytest.raises(Exit, match="^another `repro` or `pull` is at work here;"),
        runs.exclusive(),
    ):
        raise AssertionError("both run")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left", "x"), "No space left (x)"),
        (OSError(28, "No space left"), "No space left"),
        (OSError("no such disk"), "no such disk"),
        (shutil.Error([("x", "y", "No space left")]), "No space left (x)"),
    ],
)
def test_why_nothing_can_be_written_is_said(error: OSError, words: str) -> None:
    with pytest.raises(Exit) as refused, runs.exclusive():
        raise error
    assert f": {words}; make room, or copy" in str(refused.value)


def test_a_run_whose_number_is_used_again_is_not_at_work() -> None:
    started = psutil.Process().create_time()
    assert runs.Run(os.getpid(), started, "").is_at_work()
    assert not runs.Run(os.getpid(), started - 60, "").is_at_work()


def test_what_a_run_left_is_found_by_its_mark_and_ended() -> None:
    run = runs.Run(0, 0, "this")
    with (
        waiting(**{runs.MARK: "this"}) as left,
        waiting(**{runs.MARK: "that"}) as other,
    ):
        assert runs.end_processes(run) == [left.pid]
        assert left.poll() is not None and other.poll() is None
    assert runs.end_processes(run) == []


REBORN = """\
import os, signal, subprocess, sys
def begin_again(*_):
    command = [sys.executable, *sys.orig_argv[1:]]
    subprocess.Popen(command, stdout=subprocess.PIPE).stdout.readline()
    os._exit(0)  # the next one is ready by now
signal.signal(signal.SIGTERM, begin_again)
print(flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process can refuse to end")
def test_what_always_begins_again_is_named() -> None:
    run = runs.Run(0, 0, f"reborn-{os.getpid()}")
    with subprocess.Popen(
        [sys.executable, "-c", REBORN],
        stdout=subprocess.PIPE,
        env={**os.environ, runs.MARK: run.mark},
    ) as process:
        assert process.stdout and process.stdout.readline()
        try:
            with pytest.raises(Exit, match="^process .* of the last run doesn't end"):
                runs.end_processes(run)
        finally:
            for left in run.processes():
                left.kill()
