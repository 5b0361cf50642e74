"""Which part of the verifier may import which, and what stays standard library."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dvc_verify

HOME = Path(dvc_verify.__file__).parent
# In the order in which values are passed on. A room imports those before it.
ROOMS = ("observe", "runs", "compare", "causes", "certificate")
STANDARD = ("lint.py", "runs/launch.py", "runs/probe.py", "runs/janitor.py")
# Formats and libraries that a repository may have; without them it says so.
OPTIONAL = {"PIL", "libfaketime", "numpy", "pyarrow", "threadpoolctl"}
FILES = sorted(HOME.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports."""
    found = set()
    package = ["dvc_verify", *path.relative_to(HOME).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = [*above, *([node.module] if node.module else [])]
            found |= {".".join([*base, each.name]) for each in node.names}
    return found


@pytest.mark.parametrize("name", STANDARD)
def test_what_runs_apart_needs_nothing_but_python(name: str) -> None:
    tops = {each.partition(".")[0] for each in imports(HOME / name)}
    assert tops <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", ["merge_driver", "processes", "state"])
def test_what_others_import_without_an_environment_needs_none(name: str) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import dvc_verify.guard."
    command = [sys.executable, "-I", "-S", "-c", code + name, str(HOME.parent)]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_a_room_imports_none_that_comes_later(path: Path) -> None:
    room = path.relative_to(HOME).parts[0]
    if room not in ROOMS:
        return
    later = ROOMS[ROOMS.index(room) + 1 :]
    named = {each.split(".")[1] for each in imports(path) if each[:11] == "dvc_verify."}
    assert not named & {*later, "cli"}


def test_all_that_is_imported_is_declared_or_may_be_missing() -> None:
    text = (HOME.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    declared = {each.partition(">")[0] for each in project["dependencies"]}
    found = {each.partition(".")[0] for path in FILES for each in imports(path)}
    found -= {*sys.stdlib_module_names, "dvc_verify"} | OPTIONAL
    names = {"ruamel": "ruamel.yaml"}
    names |= {each: each.replace("_", "-") for each in found if "_" in each}
    assert {names.get(each, each) for each in found} == declared
