"""Draw the pictures of the READMEs and docs: the report, the pipeline, a terminal.

    python pictures.py CHROMIUM REPORT PICTURE

writes what Chromium shows of a report, in an environment of requirements/browser.txt.
What is drawn as SVG needs no browser: each picture follows from one file, and holds its
own background, so that it can be read on a light page and on a dark one.
"""

import hashlib
import html
import re
import shutil
import struct
import sys
import textwrap
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PACKAGE = "{{cookiecutter.package_name}}"
NAME = "package"  # in its place: braces are no YAML
NO_ROOM = "stages"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"SHA-256 of the report"
COLUMNS = 88  # of the terminal
STYLE = """
text { font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.page { fill: #fff } text { fill: #1f2328 } .small { font-size: 11px; fill: #59636e }
.box { fill: #f1f5f9; stroke: #57728f } .line { stroke: #2f5d8a; fill: none }
.row { stroke: #d5dce4 } .dot { fill: #2f5d8a; stroke: #2f5d8a } .ring { fill: #fff }
@media (prefers-color-scheme: dark) {
.page { fill: #14181e } text { fill: #dfe5ec } .small { fill: #a3b0be }
.box { fill: #222b35; stroke: #7f9bb8 } .line { stroke: #8cbbe8 }
.row { stroke: #36414d } .dot { fill: #8cbbe8; stroke: #8cbbe8 }
.ring { fill: #14181e } }
"""
TERMINAL = """
.page { fill: #14181e; stroke: #57606a }
text { font: 13px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
fill: #dfe5ec; white-space: pre } .typed { fill: #8cbbe8 }
"""


def svg(size: tuple[int, int], style: str, title: str, shapes: Sequence[str]) -> str:
    """Return a picture as text, a shape a line.

    Parameters
    ----------
    size
        Width and height, in pixels.
    style
        The rules of CSS.
    title
        What it shows, for those who hear it.
    shapes
        What is drawn on the background.
    """
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    told = html.escape(title)
    label = f'width="{width}" height="{height}" role="img" aria-label="{told}"'
    page = f'<rect class="page" width="{width}" height="{height}" rx="8"/>'
    lines = [f"{head} {label}>", f"<style>{style}</style>", page, *shapes, "</svg>"]
    return "\n".join(lines) + "\n"


def text(x: float, y: float, content: str, more: str = "") -> str:
    """Return a text of a picture, with more attributes where they are given."""
    return f'<text x="{x:g}" y="{y:g}"{more}>{html.escape(content, quote=False)}</text>'


def path(points: str, more: str = "") -> str:
    """Return a line of a picture through some points, as SVG writes them."""
    return f'<path class="line" d="{points}"{more}/>'


def dot(x: float, y: float, kind: str = "dot") -> str:
    """Return a dot of a picture."""
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="4"/>'


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
    order = [*inputs]
    left, width, height, step = 16, 440, 46, 68
    givers = [
        giver
        for number, giver in enumerate(order)
        if any(giver in inputs[each] for each in order[number + 2 :])
    ]
    edge = left + width
    # The first that gives has the outermost line, so that it leaves without crossing.
    track = {
        giver: edge + 24 * (len(givers) - number) for number, giver in enumerate(givers)
    }
    top = {name: 16 + step * number for number, name in enumerate(order)}
    shapes = []
    for number, name in enumerate(order):
        before = order[number - 1] if number else ""
        far = [each for each in inputs[name] if each != before]
        y = top[name] + 34
        if before in inputs[name]:
            shapes.append(_arrow(f"M{left + 40} {y - 56}V{top[name]}", "down"))
        if far:
            shapes.append(_arrow(f"M{max(track[each] for each in far)} {y}H{edge}", ""))
            shapes += [dot(track[each], y) for each in far]
        if name in track:
            takers = [each for each in order[number + 2 :] if name in inputs[each]]
            end = top[takers[-1]] + 34
            shapes.append(path(f"M{edge} {y - 22}H{track[name]}V{end}"))
        shapes += [
            f'<rect class="box" x="{left}" y="{top[name]}" width="{width}" '
            f'height="{height}" rx="6"/>',
            text(left + 12, top[name] + 19, name, ' font-weight="bold"'),
            text(left + 12, top[name] + 37, _some(outputs[name]), ' class="small"'),
        ]
    size = (max([edge, *track.values()]) + 24, 16 + step * len(order) - 6)
    told = "; ".join(
        f"{name} reads from {', '.join(sources)}" if sources else f"{name} comes first"
        for name, sources in inputs.items()
    )
    return svg(size, STYLE, f"The pipeline: {told}.", shapes)


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


def first_session(page: str) -> str:
    """Return the first session of a Markdown page: its commands and what they print."""
    found = re.search(r"^```console\n(.*?)^```$", page, re.M | re.S)
    if not found:
        raise ValueError("the page has no block ```console")
    return found[1].rstrip("\n")


def draw_terminal(session: str) -> str:
    """Draw a session as a terminal shows it."""
    lines = [*_wrapped(session)]
    shapes = [
        text(20, 34 + 20 * number, line, ' class="typed"' if line[:2] == "$ " else "")
        for number, line in enumerate(lines)
        if line
    ]
    size = (40 + 8 * COLUMNS, 28 + 20 * len(lines))
    return svg(size, TERMINAL, f"A terminal: {' '.join(session.split())}", shapes)


def _wrapped(session: str) -> Iterator[str]:
    for line in session.splitlines():
        yield from textwrap.wrap(line, COLUMNS) or [""]


def mark(png: bytes, digest: str) -> bytes:
    """Return a PNG that says of which file it was made.

    Parameters
    ----------
    png
        The picture, with no such mark.
    digest
        The SHA-256 of the file.
    """
    if not png.startswith(SIGNATURE):
        raise ValueError("this is not a PNG")
    data = b"tEXt" + KEYWORD + b"\0" + digest.encode("ascii")
    size, checksum = len(data) - 4, zlib.crc32(data)
    end = len(SIGNATURE) + 25  # of the header, which comes first
    chunk = struct.pack(">I", size) + data + struct.pack(">I", checksum)
    return png[:end] + chunk + png[end:]


def marked(png: bytes) -> str | None:
    """Return the digest of the file that a PNG was made of, or None."""
    found = re.search(b"tEXt" + KEYWORD + b"\0([0-9a-f]{64})", png)
    return found[1].decode("ascii") if found else None


def find_chromium() -> str | None:
    """Return where Chromium is, or None."""
    return next((found for each in PROGRAMS if (found := shutil.which(each))), None)


def photograph(program: str, report: Path, picture: Path) -> None:
    """Write a picture of the top of a report, and the report's digest into it.

    Parameters
    ----------
    program
        Chromium.
    report
        The page.
    picture
        Where to write the PNG.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page(
            viewport={"width": 960, "height": 1020},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(report.resolve().as_uri())
        png = page.screenshot()
        browser.close()
    digest = hashlib.sha256(report.read_bytes()).hexdigest()
    picture.write_bytes(mark(png, digest))


def drawn(template: Path) -> dict[Path, str]:
    """Return the pictures that are drawn as text, by the file that each belongs in.

    Parameters
    ----------
    template
        The folder that is baked.
    """
    import yaml  # which the environment of the browser lacks

    unrendered = (template / "dvc.yaml").read_text(encoding="utf-8")
    declared = yaml.safe_load(unrendered.replace(PACKAGE, NAME))
    package = template / PACKAGE
    rooms = [each.parent.name for each in package.glob("*/__init__.py")]
    page = (template / "docs" / "verify.md").read_text(encoding="utf-8")
    static = template / "docs" / "_static"
    return {
        static / "pipeline.svg": draw_pipeline(declared),
        static / "verify.svg": draw_terminal(first_session(page)),
        template.parent
        / "docs"
        / "rooms.svg": draw_rooms(declared, sorted({*rooms} - {NO_ROOM})),
    }


if __name__ == "__main__":
    photograph(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
