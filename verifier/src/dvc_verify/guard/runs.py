"""One run at a time, and none that was killed goes on beside the next."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Refusal

if TYPE_CHECKING:
    import psutil

FOLDER = Path(".dvc/tmp")
LOCK = FOLDER / "run.lock"
RUNNING = FOLDER / "run.json"  # which run is at work, or was killed
MARK = "DVC_VERIFY_RUN"  # a variable that every process of a run inherits
PATIENCE = 10  # seconds for a process to end, before it is made to


@dataclass(frozen=True)
class Run:
    """A run: the process that began it, and the mark of all that it started.

    The number of a process is used again some day, its number and start are not.
    """

    pid: int
    started: float
    mark: str

    def is_at_work(self) -> bool:
        """Say whether the process that began the run still runs."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            same = bool(abs(process.create_time() - self.started) < 1)
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def processes(self) -> "list[psutil.Process]":
        """Return the processes that the run started and that haven't ended."""
        import psutil

        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark:
                    if process.status() != psutil.STATUS_ZOMBIE:
                        found.append(process)
            except (psutil.Error, OSError):
                continue  # it has just ended, or belongs to somebody else
        return found


@contextmanager
def exclusive() -> Iterator[None]:
    """Let no other run or pull begin here; the system frees the lock of a killed one.

    Raises
    ------
    Refusal
        If a run is at work here, or nothing can be written here.
    """
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with held(LOCK) as mine:
            if not mine:
                raise Refusal(f"{_holder()} is at work here; wait for it, or end it")
            yield
    except OSError as error:
        raise Refusal(
            f"this has to write in {Path.cwd()}: {reason(error)}; make room, or copy "
            "the project to where you may write, and try again"
        ) from None


def reason(error: OSError) -> str:
    """Say why a file couldn't be used; a copy of a folder has a list of reasons."""
    if isinstance(error, shutil.Error):
        source, _, said = error.args[0][0]
        return f"{said} ({source})"
    said = error.strerror or str(error)
    return f"{said} ({error.filename})" if error.filename else said


def _holder() -> str:
    """Name what holds the lock; a run may just have begun."""
    for _ in range(20):
        run = last()
        if run and run.is_at_work():
            return f"a run (process {run.pid})"
        time.sleep(0.1)
    return "another `repro` or `pull`"


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Lock a file for a while, and give whether that was possible."""
    with path.open("a+b") as stream:
        stream.seek(0)
        yield _take(stream.fileno())


def _take(number: int) -> bool:
    """Lock an open file, unless another process has; its end unlocks it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def last() -> Run | None:
    """Return the run that is at work, or the last one if it was killed."""
    try:
        return Run(**json.loads(RUNNING.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def begin() -> Run:
    """Write down that a run is at work."""
    import psutil

    started = psutil.Process().create_time()
    run = Run(os.getpid(), started, mark=f"{os.getpid()}-{started}")
    partial = RUNNING.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(run)), encoding="utf-8")
    partial.replace(RUNNING)
    return run


def end_processes(run: Run) -> list[int]:
    """End what a run left at work, and return the numbers of the processes.

    A stage that outlives DVC would write its outputs over what is brought back.

    Raises
    ------
    Refusal
        If one of them doesn't end.
    """
    import psutil

    ended: set[int] = set()
    for _ in range(3):  # one may have started another in between
        found = run.processes()
        if not found:
            return sorted(ended)
        ended |= {process.pid for process in found}
        for stop in ("terminate", "kill"):
            for process in found:
                try:
                    getattr(process, stop)()
                except psutil.NoSuchProcess:
                    continue
            _, found = psutil.wait_procs(found, timeout=PATIENCE)
    if left := run.processes():
        raise Refusal(
            f"process {left[0].pid} of the last run doesn't end; end it and try again"
        )
    return sorted(ended)
