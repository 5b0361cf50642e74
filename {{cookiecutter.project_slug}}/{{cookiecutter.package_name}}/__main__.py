"""The only way into a stage: ``python -m <package> STAGE [ARGUMENT ...]``.

It fixes the process and checks the environment before anything heavy is imported.
"""

import importlib
import os
import sys
from types import FrameType

from .runtime import imports
from .runtime.errors import UserError
from .runtime.imports import OVERRIDE

STAGES = (
    "ingest",
    "validate",
    "prepare",
    "split",
    "tune",
    "select",
    "evaluate",
    "report",
)


def check_imports(found: list[str]) -> None:
    """Refuse to run where a file takes the place of a module, unless told to.

    Parameters
    ----------
    found
        What is wrong, a line each.

    Raises
    ------
    UserError
        If anything is and the variable ``ALLOW_OTHER_ENVIRONMENT`` is not ``1``.
    """
    if found and os.environ.get(OVERRIDE) != "1":
        raise UserError(found[0])


def check_environment() -> None:
    """Refuse to run with other versions than the lock's, unless told to.

    Raises
    ------
    UserError
        If an installed version differs from the lock and the variable
        ``ALLOW_OTHER_ENVIRONMENT`` is not ``1``.
    """
    from .runtime import environment, paths

    found = environment.differences(paths.RUNTIME_LOCK)
    if not found or os.environ.get(OVERRIDE) == "1":
        return
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    other = os.path.realpath(sys.prefix) != os.path.realpath(".venv")
    then = f" and use the Python in .venv (this is {sys.executable})" if other else ""
    raise UserError(
        f"the environment is not {paths.RUNTIME_LOCK}: {'; '.join(found[:3])}{more}. "
        f"Run `python bootstrap.py`{then}, or set {OVERRIDE}=1 to go on"
    )


def run(arguments: list[str]) -> None:
    """Run one stage.

    Raises
    ------
    UserError
        If the stage is unknown, or for a reason of its own.
    """
    if not arguments or arguments[0] not in STAGES:
        given = f"no stage is called '{arguments[0]}'" if arguments else "name a stage"
        raise UserError(f"{given}; choose one of {', '.join(STAGES)}")
    check_environment()
    stage = importlib.import_module(f".stages.{arguments[0]}", __package__)
    stage.main(arguments[1:])


def stop(number: int, frame: FrameType | None) -> None:
    """End as an error does, so that nothing half-written stays behind."""
    sys.exit(128 + number)


def main() -> int:
    """Run the stage that the command line names; an error of the user's is one line."""
    try:
        check_imports(imports.hidden_modules(sys.path[:1]))  # before any import
        from .runtime import process

        process.reexecute_if_needed()
        # Without what the user added.
        check_imports(imports.hidden_modules(sys.path) + imports.early_modules())
        import signal

        signal.signal(signal.SIGTERM, stop)
        run(sys.argv[1:])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
