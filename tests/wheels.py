"""The wheels of all pins, for each system and Python: `python -m tests.wheels`.

It asks an index once, when the locks are made, and writes the names and hashes of the
wheels that would be installed. A test then needs no network.
"""

import functools
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

from .conftest import PYTHONS, ROOT

TABLE = ROOT / "tests" / "wheels.txt"
BAKE = ROOT / "{{cookiecutter.project_slug}}" / "requirements"
SOURCES_OF_LOCKS = (*BAKE.glob("*.in"), *(ROOT / "requirements").glob("*.in"))
LOCKS = sorted(path.with_suffix(".txt") for path in SOURCES_OF_LOCKS)
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)\s*(?:;([^\\\n]*))?", re.M)
# The one source distribution; see requirements/build.in.
SOURCES = {"antlr4-python3-runtime"}
# Built from source on Intel Macs, by the test that starts a server of S3.
BUILT = ("lazy-object-proxy", "darwin", "x86_64")
LENGTH = 16  # of a hash in the table, of 64
OLDEST_MACOS = (14, 0)
OLDEST_GLIBC = (2, 28)


@dataclass(frozen=True)
class Target:
    """A system, its processor, and a Python on it."""

    system: str
    machine: str
    python: str

    def platforms(self) -> list[str]:
        """Return the platform tags that are installed there, the best first."""
        if self.system == "win32":
            return ["win_amd64"]
        if self.system == "darwin":
            return list(mac_platforms(OLDEST_MACOS, self.machine))
        minors = range(OLDEST_GLIBC[1], 4, -1)
        old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        tags = [
            tag
            for minor in minors
            for tag in (f"manylinux_2_{minor}", *([old[minor]] if minor in old else []))
        ]
        return [f"{tag}_{self.machine}" for tag in [*tags, "linux"]]

    def tags(self) -> dict[Tag, int]:
        """Return the tags of wheels that are installed there, with their rank."""
        version = tuple(int(part) for part in self.python.split("."))
        name = "cp" + self.python.replace(".", "")
        platforms = self.platforms()
        found = [
            *cpython_tags(version, [name], platforms),
            *compatible_tags(version, name, platforms),
        ]
        return {tag: rank for rank, tag in enumerate(found)}

    def wants(self, marker: str) -> bool:
        """Say whether a marker holds there."""
        systems = {"win32": "Windows", "darwin": "Darwin", "linux": "Linux"}
        environment = {
            "sys_platform": self.system,
            "platform_system": systems[self.system],
            "platform_machine": self.machine,
            "os_name": "nt" if self.system == "win32" else "posix",
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
        }
        return not marker or Marker(marker).evaluate(environment)


MACHINES = (
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "x86_64"),
    ("darwin", "arm64"),
    ("win32", "AMD64"),
)
TARGETS = [Target(*machine, python) for machine in MACHINES for python in PYTHONS]
TAGS = {target: target.tags() for target in TARGETS}


def pins_of(text: str) -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield the name, version, marker and hashes of each pin of a lock."""
    for block in re.split(r"\n(?=\S)", text):
        pin = PIN.match(block)
        if pin:
            hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            yield canonicalize_name(pin[1]), pin[2], (pin[3] or "").strip(), hashes


def wheel_for(target: Target, wheels: list[str]) -> str:
    """Return the wheel that is installed on a target, or ""."""
    tags = TAGS[target]
    ranks = {
        min(tags[tag] for tag in found): wheel
        for wheel in sorted(wheels)
        if (found := parsed(wheel)[1] & tags.keys())
    }
    return ranks[min(ranks)] if ranks else ""


@functools.cache
def parsed(wheel: str) -> tuple[str, frozenset[Tag]]:
    """Return what a wheel is of, as NAME==VERSION, and its tags."""
    name, version, _, tags = parse_wheel_filename(wheel)
    return f"{name}=={version}", tags


def read_table() -> dict[str, str]:
    """Return the beginning of the hash of each wheel, by its name."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line[:1] != "#"]
    return {wheel: begun for begun, wheel in words}


def ask_index(lock: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of all wheels of the pins of a lock, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "pylock.toml"
        command = ["uv", "pip", "compile", "--quiet", "--no-deps", "--universal"]
        command += ["--python-version", PYTHONS[0], "--format", "pylock.toml"]
        command += ["--output-file", str(answer), lock.name]
        subprocess.run(command, cwd=lock.parent, env=dict(environ), check=True)
        packages = tomllib.loads(answer.read_text(encoding="utf-8"))["packages"]
    return {
        unquote(wheel["url"].rpartition("/")[2]): wheel["hashes"]["sha256"][:LENGTH]
        for package in packages
        for wheel in package.get("wheels", [])
    }


def wheels_of_pins(
    text: str, table: Mapping[str, str]
) -> Iterator[tuple[str, Target, str]]:
    """Yield each pin of a lock and each target that wants it, with its wheel or ""."""
    by_pin: dict[str, list[str]] = {}
    for wheel in table:
        by_pin.setdefault(parsed(wheel)[0], []).append(wheel)
    for name, version, marker, hashes in pins_of(text):
        pin = f"{name}=={version}"
        begun = {each[:LENGTH] for each in hashes}
        wheels = [each for each in by_pin.get(pin, []) if table[each] in begun]
        for target in TARGETS:
            built = name in SOURCES or (name, target.system, target.machine) == BUILT
            if not built and target.wants(marker):
                yield pin, target, wheel_for(target, wheels)


def main(environ: Mapping[str, str]) -> None:
    """Write the table anew."""
    found: dict[str, str] = {}
    for lock in LOCKS:
        wheels = ask_index(lock, environ)
        text = lock.read_text(encoding="utf-8")
        used = {wheel for _, _, wheel in wheels_of_pins(text, wheels)} - {""}
        found |= {wheel: wheels[wheel] for wheel in used}
    head = (
        "# Written by `invoke lock`: the wheels of the pins, for tests/test_wheels.py."
    )
    lines = [f"{found[wheel]} {wheel}" for wheel in sorted(found)]
    TABLE.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(os.environ)
