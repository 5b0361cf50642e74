"""Run a command so that an end reaches all that it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

ENDS = [  # the signals that ask a process to end; Windows has no SIGHUP
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# Those that stop a process in the background that asks the terminal.
STOPS = [
    getattr(signal, name) for name in ("SIGTTIN", "SIGTTOU") if hasattr(signal, name)
]


def _terminated(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def call(command: list[str], root: Path, environ: Mapping[str, str]) -> int:
    """Run a command and return its exit code.

    An interrupt, a request to end or a closed terminal reaches all that the command
    started: DVC alone would leave its stage running. For that the command runs in the
    background of the terminal, where it can't ask for anything: a prompt fails.

    Parameters
    ----------
    command
        The program and its arguments.
    root
        The folder in which it runs.
    environ
        The environment in which it runs.
    """
    previous = {
        number: signal.signal(number, _terminated)
        for number in ENDS
        if signal.getsignal(number) != signal.SIG_IGN  # as `nohup` has it
    }
    # What is started inherits this. A prompt would stop it, and nobody could go on.
    previous |= {number: signal.signal(number, signal.SIG_IGN) for number in STOPS}
    try:
        with subprocess.Popen(
            command,
            cwd=root,
            env=environ,
            process_group=0 if os.name == "posix" else None,
        ) as process:
            try:
                return process.wait()
            except BaseException:
                _end(process)
                raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a command and its children to end, and insist after a while."""
    if sys.platform == "win32":
        process.terminate()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
