"""The environment that stages run in, against its lock, or built afresh from it."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.markers import Marker

from ..errors import Refusal
from ..repository.source import Repository

PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*)(?:\[.*?\])?==([^\s;\\]+)\s*(?:;([^\\\n]*))?", re.MULTILINE
)


def read_pins(text: str) -> dict[str, str]:
    """Return the version of each distribution that a lock pins for this system."""
    return {
        _normal(name): version
        for name, version, marker in PIN.findall(text)
        if not marker.strip() or Marker(marker.strip()).evaluate()
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def check_environment(repository: Repository, lock: str) -> None:
    """Refuse another environment than the lock's.

    Parameters
    ----------
    repository
        Whose HEAD has the lock.
    lock
        The lock, from its root.

    Raises
    ------
    Refusal
        If HEAD has no such lock, or installed versions differ from it.
    """
    content = repository.committed(lock)
    if content is None:
        raise Refusal(f"HEAD has no file {lock}; name a lock that it has with --lock")
    installed: dict[str, str] = {}
    for each in distributions():  # of two, the one that comes first is imported
        installed.setdefault(_normal(each.metadata["Name"]), each.version)
    pins = read_pins(content.decode("utf-8", "replace"))
    if not pins:
        raise Refusal(f"{lock} holds no pin of the form NAME==VERSION")
    found = [
        f"{name} is {installed.get(name, 'missing')}, not {version}"
        for name, version in sorted(pins.items())
        if installed.get(name) != version
    ]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise Refusal(
            f"the environment is not {lock}: {'; '.join(found[:3])}{more}. "
            "Install it, or use --rebuild"
        )


def rebuild(repository: Repository, lock: str, folder: Path) -> Path:
    """Install a lock into a new environment and return its Python.

    Parameters
    ----------
    repository
        Whose HEAD has the lock.
    lock
        The lock, from its root.
    folder
        A folder for the environment, which isn't there yet.

    Raises
    ------
    Refusal
        If it can't be installed.
    """
    content = repository.committed(lock)
    if content is None:
        raise Refusal(f"HEAD has no file {lock}; name a lock that it has with --lock")
    folder.mkdir(parents=True)
    place = folder / "lock.txt"
    place.write_bytes(content)
    home = folder / "environment"
    python = home / "bin" / "python"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    make = [sys.executable, "-m", "venv", str(home)]
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-input"]
    if uv:
        make.append("--without-pip")
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        install += ["--compile-bytecode"]
    hashes = ["--require-hashes"] if b"--hash=" in content else []
    for command in (make, [*install, *hashes, "-r", str(place)]):
        finished = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False
        )
        if finished.returncode:
            said = finished.stderr.strip().splitlines() or ["no reason was given"]
            raise Refusal(f"{lock} can't be installed: {said[-1]}")
    return python
