"""A room of the package imports only those below it."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.runtime import process

PACKAGE = process.__name__.partition(".")[0]
# What a room may import; what is between the rooms has no circle.
ROOMS: dict[str, set[str]] = {
    "runtime": set(),
    "records": set(),
    "tables": {"runtime"},
    "expectations": {"records", "runtime"},
    "drafting": {"expectations", "runtime", "tables"},
    "training": {"records", "runtime", "tables"},
    "evaluation": {"records", "runtime", "tables"},
    "reporting": {"records"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(
    imported: Callable[[str], set[str]], room: str
) -> None:
    others = {each.name for each in Path(PACKAGE).iterdir()} - {*ROOMS, "stages"}
    others -= {"__main__.py"}  # what is left is a room of the user's, or a file
    for path in Path(PACKAGE, room).glob("*.py"):
        used = {Path(name).parts[1] for name in imported(path.as_posix())}
        assert used - {room} - others <= ROOMS[room], path


def test_records_need_the_standard_library_alone() -> None:
    for path in Path(PACKAGE, "records").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {one.name for one in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module in sys.stdlib_module_names, path


def test_no_module_imports_itself_on_a_way_round(
    imported: Callable[[str], set[str]], reached: Callable[[str], set[str]]
) -> None:
    for path in Path(PACKAGE).rglob("*.py"):
        if path.name != "__init__.py":
            further = {
                name for each in imported(path.as_posix()) for name in reached(each)
            }
            assert path.as_posix() not in further
