"""Draw the rooms of the package: which stage depends on which."""

from collections.abc import Mapping, Sequence
from typing import Any

from .pipeline import paths_in
from .svg import STYLE, dot, svg, text

PACKAGE = "{{cookiecutter.package_name}}"
NAME = "package"  # in its place: braces are no YAML
NO_ROOM = "stages"


def rooms_of_stages(declared: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """Return the rooms that each stage of a dvc.yaml depends on.

    A room is true if the stage depends on all of it, and false if on some files of it.
    """
    found: dict[str, dict[str, bool]] = {}
    for name, stage in declared["stages"].items():
        rooms: dict[str, bool] = {}
        for each in paths_in(stage["deps"]):
            package, _, inner = each.partition("/")
            room, _, file = inner.partition("/")
            if package == NAME and room != NO_ROOM and not room.endswith(".py"):
                rooms[room] = rooms.get(room, False) or not file
        found[name] = rooms
    return found


def draw_rooms(declared: Mapping[str, Any], rooms: Sequence[str]) -> str:
    """Draw which stage of a dvc.yaml depends on which room of the package.

    Parameters
    ----------
    declared
        What dvc.yaml holds.
    rooms
        All rooms, also those that no stage depends on.
    """
    stages = rooms_of_stages(declared)
    uses = {room: sum(room in each for each in stages.values()) for room in rooms}
    ordered = sorted(rooms, key=lambda room: (-uses[room], room))
    left, top, step = 176, 124, 34
    across = {room: left + 62 * number for number, room in enumerate(ordered)}
    bottom = top + step * (len(stages) - 1)
    shapes = []
    for room, x in across.items():
        slanted = f' transform="rotate(-40 {x:g} {top - 26})"'
        shapes.append(text(x, top - 26, room, slanted))
    for number, (stage, used) in enumerate(stages.items()):
        y = top + step * number
        shapes.append(text(16, y + 5, stage))
        shapes.append(
            f'<path class="row" d="M{left - 16} {y}H{left + 62 * len(rooms)}"/>'
        )
        for room, whole in used.items():
            shapes.append(dot(across[room], y, "dot" if whole else "dot ring"))
    key = bottom + 40
    shapes += [dot(20, key - 4), text(32, key, "all of the room", ' class="small"')]
    shapes += [
        dot(172, key - 4, "dot ring"),
        text(184, key, "some files of it", ' class="small"'),
    ]
    told = "; ".join(
        f"{stage} depends on "
        + ", ".join(
            room if whole else f"files of {room}" for room, whole in used.items()
        )
        for stage, used in stages.items()
    )
    size = (left + 62 * len(rooms) + 70, key + 18)
    return svg(size, STYLE, f"The rooms: {told}.", shapes)
