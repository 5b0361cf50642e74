"""Whether an environment is what the locks say: a record of it, and a look."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

RECORD = "built-from"  # in the environment; written last
# Folders of a project that some packages, or Python, have too; nobody imports theirs.
COMMON = {"benchmarks", "docs", "examples", "scripts", "test", "tests"}
MODULES = (".py", ".pyc", ".so", ".pyd")
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(;[^\\\n]*)?", re.M)
# A wheel of this repository, which no registry has; the path is from its root.
WHEEL = re.compile(
    r"^(\S*?)([A-Za-z0-9_.]+)-([^-\s/]+)-py3-none-any\.whl\s+--hash=sha256:(\w+)", re.M
)
PLATFORM = re.compile(r"""sys_platform\s*([=!]=)\s*["'](\w+)["']""")


def interpreter_of(environment: Path) -> Path:
    """Return the Python of an environment."""
    windows = sys.platform == "win32"
    folder, name = ("Scripts", "python.exe") if windows else ("bin", "python")
    return environment / folder / name


def normalize(name: str) -> str:
    """Return the canonical form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Wheel(NamedTuple):
    """A wheel that a file of requirements names."""

    name: str
    version: str
    path: str  # from the root
    digest: str  # SHA-256


def read_wheels(lock: Path) -> list[Wheel]:
    """Return the wheels of this repository that a lock names."""
    return [
        Wheel(
            normalize(name),
            version,
            f"{folder}{name}-{version}-py3-none-any.whl",
            digest,
        )
        for folder, name, version, digest in WHEEL.findall(lock.read_text("utf-8"))
    ]


def wheel_problems(root: Path, lock: Path) -> list[str]:
    """Say which wheels that a lock names are missing or hold something else."""
    found = []
    for wheel in read_wheels(lock):
        place = root / wheel.path
        if not place.is_file():
            found.append(f"{lock.name}: {wheel.path} is missing; restore it from git")
        elif hashlib.sha256(place.read_bytes()).hexdigest() != wheel.digest:
            found.append(f"{lock.name}: {wheel.path} has another hash")
    return found


def read_pins(locks: list[Path]) -> dict[str, str]:
    """Return the version of each distribution that locks pin for this system."""
    pins = {wheel.name: wheel.version for lock in locks for wheel in read_wheels(lock)}
    for lock in locks:
        for name, version, marker in PIN.findall(lock.read_text(encoding="utf-8")):
            found = PLATFORM.search(marker)
            if not found or (found[1] == "==") == (found[2] == sys.platform):
                pins[normalize(name)] = version
    return pins


def stamp_of(locks: list[Path]) -> str:
    """Return what an environment must have been built from to be right."""
    digest = hashlib.sha256(sys.version.encode())
    for lock in locks:
        digest.update(lock.name.encode() + b"\0" + lock.read_bytes())
    return digest.hexdigest()


def write_record(environment: Path, locks: list[Path]) -> None:
    """Write what a later look compares with."""
    record = {
        "locks": stamp_of(locks),
        "place": os.path.realpath(environment),
        "settings": _settings_of(environment),
        "pins": read_pins(locks),
        "files": _sizes(environment),
    }
    text = json.dumps(record, indent=0) + "\n"
    (environment / RECORD).write_text(text, encoding="utf-8")


def remove_record(environment: Path) -> None:
    """Remove the record, so that an environment that is half built is never taken."""
    path = environment / RECORD
    if path.is_file() or path.is_symlink():
        path.unlink()  # a folder of that name is never read as a record


def problem_of(environment: Path, locks: list[Path]) -> str:
    """Return why an environment has to be built, or ""."""
    try:
        record = json.loads((environment / RECORD).read_text(encoding="utf-8"))
        if record["locks"] != stamp_of(locks):
            return "the locks or the Python changed"
        if record["place"] != os.path.realpath(environment):
            return "it was built in another place"
        if record["settings"] != _settings_of(environment):
            return "its pyvenv.cfg changed"
        before, sizes = record["files"], _sizes(environment)
        missing = sorted(before.keys() - sizes.keys())
        if missing:
            return f"{missing[0]} is missing"
        problems = pin_problems(record["pins"], sizes.keys())
        other = sorted(name for name in before if sizes[name] != before[name])
        return "; ".join(problems[:3] + [f"{name} changed" for name in other[:1]])
    except (
        AttributeError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        return "it is incomplete"


def pin_problems(pins: dict[str, str], names: Iterable[str]) -> list[str]:
    """Say which distributions have another version than is pinned."""
    found: dict[str, set[str]] = {}
    for name in names:
        if name.endswith(".dist-info"):
            project, _, version = name[: -len(".dist-info")].partition("-")
            found.setdefault(normalize(project), set()).add(version)
    return [
        f"{name} is {' and '.join(sorted(found.get(name, {'missing'})))}, not {version}"
        for name, version in sorted(pins.items())
        if found.get(name) != {version}
    ]


def installed_problems(environment: Path, locks: list[Path]) -> list[str]:
    """Say what of the locks is not installed in an environment."""
    names = (name for name, _ in _listing(packages_of(environment), deep=False))
    return pin_problems(read_pins(locks), names)


def hidden_modules(root: Path, environment: Path) -> list[str]:
    """Say which files of a folder that comes first hide a module of others."""
    installed = {
        name.partition(".")[0]
        for name, _ in _listing(packages_of(environment), deep=False)
    }
    others = (sys.stdlib_module_names | installed) - COMMON
    return [
        f"{root / name} hides the module {module}"
        for name, _ in sorted(_listing(root, deep=False))
        for stem, ending in [os.path.splitext(name)]
        for module in [stem.partition(".")[0] if ending in MODULES[2:] else stem]
        if module in others
        and (name.endswith(MODULES) or (root / name / "__init__.py").is_file())
    ]


def _settings_of(environment: Path) -> str:
    # Its Python too: a link into a Python that is gone can't be read.
    interpreter_of(environment).stat()
    return (environment / "pyvenv.cfg").read_text(encoding="utf-8")


def packages_of(environment: Path) -> Path:
    """Return the folder in which the packages of an environment are."""
    if sys.platform == "win32":
        return environment / "Lib" / "site-packages"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return environment / "lib" / version / "site-packages"


def _sizes(environment: Path) -> dict[str, int]:
    """Return the size of each file there is, and 0 for a folder: a tenth of a second.

    A half installation, or a disk that was full, may lack any of them.
    """
    commands = _listing(interpreter_of(environment).parent, deep=False)
    return {
        **dict(_listing(packages_of(environment))),
        **{f"bin/{name}": size for name, size in commands},
    }


def _listing(folder: Path, deep: bool = True) -> Iterator[tuple[str, int]]:
    """Yield what is in a folder, or also in those in it, but for Python's cache."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == "__pycache__":
                continue
            is_folder = entry.is_dir(follow_symlinks=False)  # links may go round
            yield entry.name, (
                0 if is_folder else entry.stat(follow_symlinks=False).st_size
            )
            if deep and is_folder:
                for name, size in _listing(Path(entry.path)):
                    yield f"{entry.name}/{name}", size
