"""Start commands with the tools of this environment first on PATH."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, ModuleType

from invoke.exceptions import Exit

from .repository import untied

ROOT = Path(__file__).resolve().parents[1]
ENDS = [  # the signals that ask a process to end; Windows has no SIGHUP
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# Those that stop a process in the background that asks the terminal.
STOPS = [
    getattr(signal, name) for name in ("SIGTTIN", "SIGTTOU") if hasattr(signal, name)
]
if str(ROOT) not in sys.path:  # where the command `invoke` doesn't look
    sys.path.append(str(ROOT))


def package() -> str:
    """Return the name of the package.

    Raises
    ------
    Exit
        If pyproject.toml doesn't say.
    """
    try:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        packages = tomllib.loads(text)["tool"]["setuptools"]["packages"]
        return str(packages["find"]["include"][0])
    except (OSError, ValueError, LookupError, TypeError):
        raise Exit(
            "pyproject.toml can't be used: it names no package; bring back the last "
            "one with `git checkout HEAD -- pyproject.toml`"
        ) from None


def runtime(name: str) -> ModuleType:
    """Import a module of the room runtime: it needs nothing heavy."""
    return importlib.import_module(f"{package()}.runtime.{name}")


def environ() -> dict[str, str]:
    """Return an environment in which `python` is the one that runs this task.

    What a user sets for another Python, or to steer pip and uv, stays outside.
    """
    from requirements import settings

    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([folder, os.environ.get("PATH", "")])
    kept = settings.keep(untied())
    if not is_shell(kept.get("SHELL", "")):
        kept.pop("SHELL", None)  # then DVC takes /bin/sh
    return {**kept, "PATH": path}


def is_shell(path: str) -> bool:
    """Say whether DVC could run a stage with a shell; a service's user has none.

    Examples
    --------
    >>> [is_shell(path) for path in ("/usr/sbin/nologin", "/nowhere/zsh", "")]
    [False, False, False]
    """
    usable = shutil.which(path) if path else None
    return usable is not None and Path(usable).stem not in ("false", "nologin")


def _terminated(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def call(
    *command: str, check: bool = True, extra: Mapping[str, str] | None = None
) -> int:
    """Run a command in the root and return its exit code.

    An interrupt, a request to end or a closed terminal reaches all that the command
    started: DVC alone would leave its stage running. For that the command runs in the
    background of the terminal, where it can't ask for anything: a prompt fails.

    Parameters
    ----------
    command
        The words of the command.
    check
        Whether a failure of the command is one of the task.
    extra
        Variables beside those of this process.

    Raises
    ------
    Exit
        If the command fails and `check` is set.
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
            cwd=ROOT,
            env={**environ(), **(extra or {})},
            process_group=0 if os.name == "posix" else None,
        ) as process:
            try:
                code = process.wait()
            except BaseException:
                _end(process)
                raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if code and check:
        raise Exit(f"{' '.join(command[:3])} ended with {code}", code)
    return code


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


def python(
    *arguments: str, check: bool = True, extra: Mapping[str, str] | None = None
) -> int:
    """Run the Python of this environment; see `call`."""
    return call(sys.executable, *arguments, check=check, extra=extra)
