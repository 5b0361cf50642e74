"""Cases of the fault bench, read from YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
KEYS = {"about", "files", "needs", "env", "then", "serves", "home", "adds", "outside"}
DEFECT_KEYS = KEYS | {"cause", "stage", "lint", "refusal", "beyond"}
NEEDS = ("strace", "faketime", "namespaces", "two cpus")


@dataclass(frozen=True)
class Case:
    """One repository with a defect, or one that only looks as if it had one."""

    name: str
    clean: bool
    about: str
    files: Mapping[str, str]
    causes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    lint: bool = False  # the rules of flake8 must find it
    refusal: str = ""  # what the verifier says if it must refuse to start
    beyond: str = ""  # why no tool here can show it
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    then: tuple[Mapping[str, Any], ...] = ()
    serves: Mapping[str, str] = field(default_factory=dict)  # web path to text
    home: Mapping[str, str] = field(default_factory=dict)  # what the author has there
    adds: tuple[str, ...] = ()  # data that DVC keeps, and no stage makes
    outside: Mapping[str, str] = field(default_factory=dict)  # beside the repository

    @property
    def scripts(self) -> dict[str, str]:
        """The Python files, as they were first and as they are in the end."""
        found = {name: text for name, text in self.files.items() if name[-3:] == ".py"}
        for each in self.then:
            for name, text in each.get("write", {}).items():
                if name.endswith(".py"):
                    found[name] = text
        return found


def read_case(path: Path) -> Case:
    """Read a case.

    Raises
    ------
    ValueError
        If it has keys that aren't known, or lacks some.
    """
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    clean = path.parent.name == "clean"
    wanted = {"about", "files"} if clean else {"about", "files", "cause", "stage"}
    if wanted - read.keys() or read.keys() - (KEYS if clean else DEFECT_KEYS):
        raise ValueError(f"{path.name}: it has the keys {', '.join(read)}")
    return Case(
        path.stem,
        clean,
        read["about"],
        read["files"],
        _listed(read.get("cause", [])),
        _listed(read.get("stage", [])),
        bool(read.get("lint")),
        read.get("refusal", ""),
        read.get("beyond", ""),
        tuple(read.get("needs", [])),
        read.get("env", {}),
        tuple(read.get("then", [])),
        read.get("serves", {}),
        read.get("home", {}),
        tuple(read.get("adds", [])),
        read.get("outside", {}),
    )


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def read_cases() -> list[Case]:
    """Read all cases: the defects first, each kind by name."""
    paths = [*HERE.glob("defects/*.yaml"), *HERE.glob("clean/*.yaml")]
    return [read_case(path) for path in sorted(paths, reverse=False, key=_place)]


def _place(path: Path) -> tuple[bool, str]:
    return path.parent.name == "clean", path.name
