"""The door: build `.venv` from the locks, then run `invoke TASK`.

    python bootstrap.py            list the tasks
    python bootstrap.py TASK ...   run a task

It needs nothing but Python. It installs with uv if that is on PATH, else with pip,
and only when a lock or the version of Python changed, or `.venv` is damaged.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.realpath(__file__))
# A file here, or in a folder of the user's, may have the name of a module of Python's.
_OTHERS = [_FOLDER] + os.environ.get("PYTHONPATH", "").split(os.pathsep)
_OTHERS = [os.path.realpath(each) for each in _OTHERS if each]
_OTHERS = [each for each in _OTHERS if each != os.path.dirname(os.__file__)]
_PATH = sys.path[:]
sys.path[:] = [each for each in sys.path if os.path.realpath(each) not in _OTHERS]

# pylint: disable=wrong-import-position
import re  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import types  # noqa: E402
from pathlib import Path  # noqa: E402

LAYERS = ("build", "runtime", "pipeline", "verifier", "dev")


def supported(root):  # type: ignore[no-untyped-def]
    """Return the lowest and the highest version that is supported, as 3.X.

    What stands above the imports of this project has no types and no newer syntax, so
    that an old Python gets this far.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text)
    if found is None:
        form = "bootstrap.py: pyproject.toml: requires-python is not of the form {}"
        sys.exit(form.format(">=3.X,<3.Y"))
    return int(found.group(1)), int(found.group(2)) - 1


def check_python(root, version):  # type: ignore[no-untyped-def]
    """Return what is wrong with a version of Python, or ""."""
    low, high = supported(root)  # type: ignore[no-untyped-call]
    if (3, low) <= tuple(version[:2]) <= (3, high):
        return ""
    form = "Python {}.{} is not supported; use Python 3.{} to 3.{}"
    return form.format(version[0], version[1], low, high)


def check_build(python):  # type: ignore[no-untyped-def]
    """Return what is wrong with a build of Python for which there are no wheels.

    Parameters
    ----------
    python
        The module `sys`.
    """
    kind = ""
    if python.implementation.name != "cpython":
        kind = python.implementation.name
    elif "free-threading" in python.version or "t" in getattr(python, "abiflags", ""):
        kind = "a free-threaded build"
    elif python.maxsize < 2**32:
        kind = "a 32-bit build"
    return "this Python is " + kind + "; use a 64-bit CPython" if kind else ""


def find_python(version):  # type: ignore[no-untyped-def]
    """Return the command of a Python that would do, such as ["python3.12"], or []."""
    code = "import sys; print(sys.executable if 'free-thr' not in sys.version else '')"
    for command, more in (
        (["python" + version], {}),
        (["py", "-" + version], {}),
        (["python" + version], {"PYENV_VERSION": version}),  # a shim needs it
    ):
        try:
            shown = subprocess.check_output(
                command + ["-c", code],
                env=dict(os.environ, **more),
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        path = shown.decode(errors="replace").strip()
        if path:
            return [path] if more else command
    return []


def way_out(root):  # type: ignore[no-untyped-def]
    """Return the command to type, if there is a Python that would do."""
    low, high = supported(root)  # type: ignore[no-untyped-call]
    path = root / ".python-version"
    versions = [path.read_text(encoding="utf-8").strip()] if path.is_file() else []
    versions += ["3." + str(minor) for minor in range(high, low - 1, -1)]
    for version in versions:
        command = find_python(version)  # type: ignore[no-untyped-call]
        if command:
            form = ": `{0} bootstrap.py TASK`, or `make TASK PYTHON='{0}'`"
            return form.format(" ".join(command))
    return ". None of them is on PATH; install one"


# Here, since what follows needs a newer Python to be read at all.
_HERE = Path(_FOLDER)
_PROBLEM = check_python(_HERE, sys.version_info)  # type: ignore[no-untyped-call]
_PROBLEM = _PROBLEM or check_build(sys)  # type: ignore[no-untyped-call]
if _PROBLEM:
    _OUT = way_out(_HERE)  # type: ignore[no-untyped-call]
    sys.exit("bootstrap.py: " + _PROBLEM + _OUT)

# By its place: another `requirements` could come first.
_PACKAGE = types.ModuleType("requirements")
_PACKAGE.__path__ = [str(_HERE / "requirements")]
sys.modules.setdefault("requirements", _PACKAGE)
from requirements import install, settings, state  # noqa: E402

if __name__ != "__main__":
    sys.path[:] = _PATH  # it belongs to the one who imports this


def find_locks(root: Path) -> list[Path]:
    """Return the locks to install, in order: the first installs the others."""
    locks = [root / "requirements" / f"{layer}.txt" for layer in LAYERS]
    found = [lock for lock in locks if lock.is_file()]
    if not found or found[0] != locks[0]:
        raise install.Failure("requirements/build.txt is missing; restore it from git")
    return found


def prepare(root: Path) -> Path:
    """Build the environment unless it is right, and return its Python."""
    environment, locks = root / ".venv", find_locks(root)
    if state.problem_of(environment, locks):
        with install.alone(root / ".venv.lock") as held:
            problem = state.problem_of(environment, locks)  # or another built it
            if problem:
                install.build(environment, locks, problem, held)
    return state.interpreter_of(environment)


def set_merge_driver(root: Path, python: Path) -> None:
    """Tell git how to merge dvc.lock, with the code in the verifier's wheel."""
    wheels = sorted((root / "requirements" / "verifier").glob("*.whl"))
    sys.path[:0] = map(str, wheels)
    try:
        from dvc_verify.guard import merge_driver
    except ImportError:
        return  # git merges the file as text
    finally:
        del sys.path[: len(wheels)]
    merge_driver.set_merge_driver(root, python)


def note_version(root: Path) -> None:
    """Say so if this is another Python than the one chosen."""
    path = root / ".python-version"
    chosen = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    running = install.running_version()
    if chosen and chosen != running:
        print(f"Note: this is Python {running}; .python-version says {chosen}.")


def end(number: int, frame: object) -> None:
    """End as an error does, so that the installer ends too."""
    sys.exit(128 + number)


def start(root: Path, command: list[str]) -> int:
    """Run a command in the root and return its exit code.

    Where a process can become another it does, and gets every signal itself.
    """
    environ = settings.keep(os.environ)
    if sys.platform != "win32":
        os.chdir(root)
        sys.stdout.flush()
        os.execve(command[0], command, environ)
    return subprocess.run(command, cwd=root, env=environ, check=False).returncode


def main(root: Path, arguments: list[str]) -> int:
    """Prepare the environment, run a task and return its exit code."""
    signal.signal(signal.SIGTERM, end)
    try:
        note_version(root)
        python = prepare(root)
        set_merge_driver(root, python)
        hidden = state.hidden_modules(root, root / ".venv")
        if hidden and os.environ.get("ALLOW_OTHER_ENVIRONMENT") != "1":
            raise install.Failure(f"{hidden[0]}; rename or remove it")
        return start(root, [str(python), "-m", "invoke", *(arguments or ["--list"])])
    except (OSError, install.Failure) as error:
        print(f"bootstrap.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent, sys.argv[1:]))
