"""Start commands with the tools of this environment first on PATH."""

import importlib
import os
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from dvc_verify.guard import processes
from dvc_verify.repository.git import untied
from invoke.exceptions import Exit

ROOT = Path(__file__).resolve().parents[1]
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


def call(
    *command: str, check: bool = True, extra: Mapping[str, str] | None = None
) -> int:
    """Run a command in the root and return its exit code.

    See `dvc_verify.guard.processes` for what an interrupt reaches.

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
    code = processes.call(list(command), ROOT, {**environ(), **(extra or {})})
    if code and check:
        raise Exit(f"{' '.join(command[:3])} ended with {code}", code)
    return code


def python(
    *arguments: str, check: bool = True, extra: Mapping[str, str] | None = None
) -> int:
    """Run the Python of this environment; see `call`."""
    return call(sys.executable, *arguments, check=check, extra=extra)
