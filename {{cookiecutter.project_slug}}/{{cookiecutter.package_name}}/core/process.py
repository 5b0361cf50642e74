"""What has to be fixed before the interpreter starts, and the way to fix it.

Setting ``PYTHONHASHSEED`` or a thread count inside a process that runs does nothing
there, so the process starts itself again, once, with the right environment.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from .errors import UserError

MARKER = "PIPELINE_PROCESS_IS_FIXED"
OPEN = "PIPELINE_DOOR_IS_OPEN"  # to see what depends on the door; never for results

THREADS = (
    "BLIS_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# The locale that every system has and that knows UTF-8.
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"

REQUIRED = {
    **dict.fromkeys(THREADS, "1"),
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "LC_ALL": LOCALE,
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}


# Of the variables that Python reads, those that change no result.
HARMLESS = {
    "PYTHONBREAKPOINT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONFAULTHANDLER",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUNBUFFERED",
}


def unwanted(environ: Mapping[str, str]) -> dict[str, None]:
    """Return those of Python's variables that must not be there.

    Examples
    --------
    >>> unwanted({"PYTHONPATH": "/other", "PYTHONUNBUFFERED": "1", "HOME": "here"})
    {'PYTHONPATH': None}
    """
    known = REQUIRED.keys() | HARMLESS
    names = [name for name in environ if name.startswith("PYTHON")]
    return {name: None for name in names if name not in known}


def fix(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `REQUIRED` is set, and nothing is unwanted.

    Examples
    --------
    >>> fix({"TZ": "Asia/Tokyo", "HOME": "here"})["TZ"]
    'UTC'
    """
    wanted = {**environ, **REQUIRED, **unwanted(environ)}
    return {name: value for name, value in wanted.items() if value is not None}


def reexecute_if_needed() -> None:
    """Start this process again with the right environment, unless it has it.

    The variable ``PIPELINE_DOOR_IS_OPEN`` lets it go on as it is, with a warning.

    Raises
    ------
    UserError
        If the environment is wrong after the process was started again.
    """
    wanted = {**REQUIRED, **unwanted(os.environ)}
    wrong = {name for name, value in wanted.items() if os.environ.get(name) != value}
    if not wrong:
        return
    if os.environ.get(OPEN) == "1":
        print(f"warning: {OPEN} is 1, so nothing is fixed", file=sys.stderr)
        return
    if MARKER in os.environ:
        raise UserError(
            f"{MARKER} is set, but {', '.join(sorted(wrong))} is not as it must be; "
            f"unset {MARKER}"
        )
    command = [sys.executable, *sys.orig_argv[1:]]
    environ = {**fix(os.environ), MARKER: "1"}
    if os.name == "posix":
        os.execve(sys.executable, command, environ)
    # On Windows execv lets the caller go on at once, before the work is done.
    sys.exit(subprocess.run(command, env=environ, check=False).returncode)
