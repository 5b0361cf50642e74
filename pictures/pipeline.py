"""Draw the pipeline: the stages of dvc.yaml, and what they hand on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .svg import STYLE, dot, path, svg, text

LEFT, EDGE = 16, 456  # of the box of a stage
HEIGHT, STEP = 46, 68  # of a box, and from one to the next


def paths_in(entries: Sequence[Any]) -> list[str]:
    """Return the paths in a list of dvc.yaml, whose entries may have options."""
    return [next(iter(each)) if isinstance(each, dict) else each for each in entries]


def stage_outputs(declared: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what each stage of a dvc.yaml writes, in the order of the file."""
    return {
        name: paths_in([*stage.get("metrics", []), *stage.get("outs", [])])
        for name, stage in declared["stages"].items()
    }


def stage_inputs(declared: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the stages from which each stage of a dvc.yaml reads.

    Raises
    ------
    ValueError
        If a stage reads from one that stands below it: the pipeline is drawn downwards.
    """
    written = {
        each: name for name, outs in stage_outputs(declared).items() for each in outs
    }
    order = [*declared["stages"]]
    found = {}
    for name, stage in declared["stages"].items():
        read = paths_in(stage["deps"])
        sources = {written[each] for each in read if each in written}
        found[name] = sorted(sources, key=order.index)
        if any(order.index(each) >= order.index(name) for each in sources):
            raise ValueError(
                f"dvc.yaml: put {name} below the stages that it reads from"
            )
    return found


def draw_pipeline(declared: Mapping[str, Any]) -> str:
    """Draw the stages of a dvc.yaml from top to bottom.

    An arrow leads from a stage to the next. What a stage gives to those further down is
    a line at the right, with a dot where it is taken.
    """
    inputs, outputs = stage_inputs(declared), stage_outputs(declared)
    top = {name: 16 + STEP * number for number, name in enumerate(inputs)}
    far = far_inputs(inputs)
    tracks = _tracks(far)
    shapes = []
    for name, y in top.items():
        above = y - STEP + HEIGHT
        if {*inputs[name]} - {*far[name]}:
            shapes.append(_arrow(f"M{LEFT + 40} {above}V{y}", "down"))
        shapes += _taken([tracks[each] for each in far[name]], y + 34)
        if takers := [each for each in far if name in far[each]]:
            end = top[takers[-1]] + 34
            shapes.append(path(f"M{EDGE} {y + 12}H{tracks[name]}V{end}"))
        shapes += _box(name, outputs[name], y)
    size = (max([EDGE, *tracks.values()]) + 24, 10 + STEP * len(top))
    told = "; ".join(
        f"{name} reads from {', '.join(sources)}" if sources else f"{name} comes first"
        for name, sources in inputs.items()
    )
    return svg(size, STYLE, f"The pipeline: {told}.", shapes)


def far_inputs(inputs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the stages from which each stage reads, without the one right above it."""
    above = dict(zip([*inputs][1:], inputs, strict=False))
    return {
        name: [each for each in sources if each != above.get(name)]
        for name, sources in inputs.items()
    }


def _tracks(far: Mapping[str, list[str]]) -> dict[str, int]:
    """Return where the line of each stage goes down that gives to one further down."""
    givers = [name for name in far if any(name in each for each in far.values())]
    # The first that gives has the outermost line, so that it leaves without crossing.
    return {
        giver: EDGE + 24 * (len(givers) - number) for number, giver in enumerate(givers)
    }


def _taken(tracks: Sequence[int], y: int) -> list[str]:
    """Return an arrow into a stage from the lines at the right, and a dot on each."""
    arrow = [_arrow(f"M{max(tracks)} {y}H{EDGE}", "left")] if tracks else []
    return arrow + [dot(x, y) for x in tracks]


def _box(name: str, outputs: Sequence[str], y: int) -> list[str]:
    return [
        f'<rect class="box" x="{LEFT}" y="{y}" width="{EDGE - LEFT}" '
        f'height="{HEIGHT}" rx="6"/>',
        text(LEFT + 12, y + 19, name, ' font-weight="bold"'),
        text(LEFT + 12, y + 37, _some(outputs), ' class="small"'),
    ]


def _some(paths: Sequence[str]) -> str:
    """Return the first two of some paths, and how many more there are."""
    rest = f" + {len(paths) - 2}" if len(paths) > 2 else ""
    return ", ".join(paths[:2]) + rest


def _arrow(points: str, direction: str) -> str:
    """Return a line that ends in an arrowhead, down or to the left."""
    found = re.findall(r"-?\d+", points)
    if direction == "down":
        x, y = int(found[0]), int(found[2])
        return path(f"{points}M{x - 4} {y - 7}L{x} {y}L{x + 4} {y - 7}")
    x, y = int(found[2]), int(found[1])
    return path(f"{points}M{x + 7} {y - 4}L{x} {y}L{x + 7} {y + 4}")
