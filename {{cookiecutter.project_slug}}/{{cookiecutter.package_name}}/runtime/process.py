"""What has to be fixed before the interpreter starts, and the way to fix it.

Setting ``PYTHONHASHSEED`` or a thread count inside a process that runs does nothing
there, so the process starts itself again, once, with the right environment.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NoReturn

from . import processor
from .errors import UserError
from .imports import OVERRIDE

MARKER = "PIPELINE_PROCESS_IS_FIXED"
UNFIXED = "PIPELINE_STAYS_UNFIXED"  # to see what depends on this; never for results
NOTED = "PIPELINE_NOTE_IS_SHOWN"  # set by what starts all stages, to show it once

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


def required(
    environ: Mapping[str, str], found: processor.Processor
) -> dict[str, str | None]:
    """Return the variables that must have a value, or with None must not be there.

    Parameters
    ----------
    environ
        The environment to judge.
    found
        The processor.

    Examples
    --------
    >>> found = processor.Processor("x86_64", avx2=True)
    >>> required({}, found)["OPENBLAS_CORETYPE"]
    'Haswell'
    """
    free = environ.get(OVERRIDE) == "1"
    pinned = {} if free else processor.variables(environ, found)
    return {**pinned, **unwanted(environ), **REQUIRED}


def fix(
    environ: Mapping[str, str], found: processor.Processor | None = None
) -> dict[str, str]:
    """Return an environment in which all is as it must be.

    Parameters
    ----------
    environ
        The environment to start from.
    found
        The processor; by default that of this machine.

    Examples
    --------
    >>> fix({"TZ": "Asia/Tokyo", "HOME": "here"})["TZ"]
    'UTC'
    """
    wanted = required(environ, found or processor.find_processor())
    return {
        name: value
        for name, value in {**environ, **wanted}.items()
        if value is not None
    }


def is_pinned(environ: Mapping[str, str], found: processor.Processor) -> bool:
    """Say whether a stage computes the bytes that others of the kind give.

    Parameters
    ----------
    environ
        The environment of the stage.
    found
        The processor.
    """
    free = any(environ.get(name) == "1" for name in (OVERRIDE, UNFIXED))
    return found.is_pinned and not free


def note(environ: Mapping[str, str], found: processor.Processor) -> str:
    """Return the line that says why bytes may differ on another processor, or "".

    Parameters
    ----------
    environ
        The environment of the stage.
    found
        The processor.
    """
    if environ.get(OVERRIDE) == "1":
        return (
            f"note: {OVERRIDE} is 1, so versions are not checked and code is chosen by "
            "the processor: bytes may differ"
        )
    return processor.note(found)


def reexecute_if_needed() -> None:
    """Start this process again with the right environment, unless it has it.

    The variable ``PIPELINE_STAYS_UNFIXED`` lets it go on as it is, with a warning.

    Raises
    ------
    UserError
        If the environment is wrong after the process was started again.
    """
    found = processor.find_processor()
    wanted = required(os.environ, found)
    wrong = {name for name, value in wanted.items() if os.environ.get(name) != value}
    if wrong and os.environ.get(UNFIXED) == "1":
        print(f"warning: {UNFIXED} is 1, so nothing is fixed", file=sys.stderr)
        return
    if wrong and MARKER in os.environ:
        raise UserError(
            f"{MARKER} is set, but {', '.join(sorted(wrong))} is not as it must be; "
            f"unset {MARKER}, and what sets the others when Python starts"
        )
    if wrong:
        start_again(fix(os.environ, found))
    elif NOTED not in os.environ and (line := note(os.environ, found)):
        print(line, file=sys.stderr)


def start_again(
    environ: Mapping[str, str], replace: bool = os.name == "posix"
) -> NoReturn:
    """Run this command line again in another environment, and end as it ends.

    Parameters
    ----------
    environ
        The environment.
    replace
        Whether the new process takes the place of this one. On Windows that would let
        the caller go on at once, before the work is done.
    """
    command = [sys.executable, *sys.orig_argv[1:]]
    environ = {**environ, MARKER: "1"}
    if replace:
        os.execve(sys.executable, command, environ)
    sys.exit(subprocess.run(command, env=environ, check=False).returncode)
