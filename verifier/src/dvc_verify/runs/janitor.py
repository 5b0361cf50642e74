"""Clean up when a verification ends, however it ends.

``python -I -S janitor.py`` runs in a session of its own and reads lines: a kind
(``group`` or ``path``) and a value. When its input ends, since the verification did, it
kills the groups and removes the paths.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


def kill_session(leader: int) -> None:
    """Kill all processes of a session, and wait until they are gone."""
    if sys.platform == "win32":
        raise NotImplementedError
    deadline = time.monotonic() + 10
    while (left := members(leader)) and time.monotonic() < deadline:
        for number in left:
            try:
                os.kill(number, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(0.02)


def members(leader: int) -> list[int]:
    """Return the processes of a session that still run."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except FileNotFoundError:  # macOS
        shown = subprocess.run(
            ["ps", "-axo", "pid="], capture_output=True, text=True, check=False
        )
        numbers = [int(word) for word in shown.stdout.split()]
    return [number for number in sorted(numbers) if _belongs(number, leader)]


def _belongs(number: int, leader: int) -> bool:
    if sys.platform == "win32":
        raise NotImplementedError
    try:
        if os.getsid(number) != leader:
            return False
        status = Path(f"/proc/{number}/stat").read_text(
            encoding="utf-8", errors="replace"
        )
        return not status.rpartition(")")[2].split()[0].startswith(("Z", "X"))
    except FileNotFoundError:
        return Path("/proc/self").exists() is False
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove a file or a folder as far as it can, whatever the permissions in it."""
    with suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink()
            return
        path.chmod(stat.S_IRWXU)
        for folder, names, _ in os.walk(path):  # a folder after the one that it is in
            for inner in (Path(folder, name) for name in names):
                with suppress(OSError):
                    if not inner.is_symlink():
                        inner.chmod(stat.S_IRWXU)
        shutil.rmtree(path, ignore_errors=True)


def main() -> None:
    """Read what there will be to clean up, wait for the end, and do it."""
    if sys.platform == "win32":
        raise NotImplementedError
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    paths: list[Path] = []
    for line in sys.stdin:
        kind, value = json.loads(line)
        if kind == "group":
            groups.append(int(value))
        else:
            paths.append(Path(value))
    for group in groups:
        kill_session(group)
    for path in paths:
        remove(path)


class Janitor:
    """Start the janitor, tell it what there is, and let it clean up at the end."""

    def __init__(self) -> None:
        # pylint: disable-next=consider-using-with  # __exit__ waits for it
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def tell(self, kind: str, value: object) -> None:
        """Say what will have to be killed (``group``) or removed (``path``).

        Parameters
        ----------
        kind
            ``group`` or ``path``.
        value
            The leader of a session, or a file or folder.
        """
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps([kind, str(value)]) + "\n")
            self._process.stdin.flush()


if __name__ == "__main__":
    main()
