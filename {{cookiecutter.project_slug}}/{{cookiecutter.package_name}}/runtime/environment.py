"""The installed versions against a lock.

``python -m <package>.runtime.environment LOCK ...`` prints the differences.
"""

import functools
import re
import sys
from pathlib import Path

from .errors import UserError

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(;[^\\\n]*)?", re.M)
EDITABLE = re.compile(r'"editable"\s*:\s*true')
PLATFORM = re.compile(r"""sys_platform\s*([=!]=)\s*["'](\w+)["']""")


def normalize(name: str) -> str:
    """Return the canonical form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(lock: Path) -> dict[str, str]:
    """Return the pinned version of each distribution that this system needs.

    Raises
    ------
    UserError
        If the lock is missing or holds no pin.
    """
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            f"{lock} is missing; run from the root of the project"
        ) from None
    pins = {}
    for name, version, marker in PIN.findall(text):
        found = PLATFORM.search(marker)
        if not found or (found[1] == "==") == (found[2] == sys.platform):
            pins[normalize(name)] = version
    if not pins:
        raise UserError(f"{lock} holds no pin; restore it, or run `invoke lock`")
    return pins


@functools.cache
def installed_versions() -> dict[str, str]:
    """Return the version of each distribution that would be imported.

    The names of folders say it, in a hundredth of the time of the metadata in them.
    What comes first on the path is imported.
    """
    found: dict[str, str] = {}
    for folder in map(Path, sys.path):
        versions = _versions_in(folder) if folder.is_dir() else {}
        found = {**versions, **found}
    return found


def _versions_in(folder: Path) -> dict[str, str]:
    versions: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".dist-info", ".egg-info"):
            project, _, version = path.stem.partition("-")
            name = normalize(project)
            version = re.sub(r"-py3\.\d+$", "", version)
            origin = path / "direct_url.json"
            if origin.is_file() and EDITABLE.search(origin.read_text(encoding="utf-8")):
                version = f"{version} from a folder"
            others = [versions[name]] if name in versions else []
            versions[name] = " and ".join([*others, version])
    return versions


def differences(lock: Path) -> list[str]:
    """Say which installed versions are not those of a lock, one line each."""
    installed = installed_versions()
    return [
        f"{name} is {installed.get(name, 'missing')}, not {version}"
        for name, version in sorted(read_pins(lock).items())
        if installed.get(name) != version
    ]


def main(locks: list[str]) -> int:
    """Print the differences from all locks; end with 1 if there are any."""
    try:
        found = [line for lock in locks for line in differences(Path(lock))]
    except UserError as error:
        found = [f"error: {error}"]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
