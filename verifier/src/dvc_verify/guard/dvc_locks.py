"""The locks of DVC: those of a living one are respected, those of a dead one go.

DVC asks only whether a process of the same number runs, whatever that is by now, and
then refuses to run.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import Refusal
from .runs import FOLDER, held

HOLDERS = FOLDER / "rwlock"  # which process reads or writes which path
WHOLE = FOLDER / "lock"  # of the whole project, with the number of its holder


def release(holders: Path) -> None:
    """Remove the locks of a DVC that is dead.

    Raises
    ------
    Refusal
        If a DVC that holds one still runs.
    """
    if not holders.exists():
        return
    with held(holders.with_name("rwlock.lock")) as mine:
        written = holders.stat().st_mtime
        for number, command in entries(holders):
            if not mine or is_at_work(number, command, written):
                raise Refusal(busy(number))
        if mine:
            holders.unlink()  # what is in it speaks of no living process


def busy(number: int | None) -> str:
    """Say which DVC is at work."""
    process = f" (process {number})" if number else ""
    return f"DVC is at work here{process}; wait for it, or end it"


def holder() -> int | None:
    """Return the number of the process that holds DVC's lock of the whole project."""
    try:
        return int(WHOLE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def entries(holders: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the command of each process that DVC wrote down.

    A kill while DVC writes leaves a file that DVC itself can't read any more.
    """
    try:
        content = json.loads(holders.read_text(encoding="utf-8"))
    except ValueError:
        return
    todo: list[Any] = [content]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict) and isinstance(each.get("pid"), int):
            yield each["pid"], str(each.get("cmd", ""))
        elif isinstance(each, dict):
            todo += each.values()


def is_at_work(number: int, command: str, written: float) -> bool:
    """Say whether a process is the one that took a lock.

    Parameters
    ----------
    number, command
        What DVC wrote down of the process.
    written
        When it did, in seconds since the epoch: the process is older than that.
    """
    import psutil

    try:
        process = psutil.Process(number)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.create_time() > written + 1:
            return False
        given = " ".join(process.cmdline()).split()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return set(command.split()[1:]) <= set(given)
