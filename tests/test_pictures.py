"""The pictures of the READMEs and docs are those of what they show."""

import copy
import hashlib
import re
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree  # noqa: S405 - the files are our own

import pytest
import yaml

from pictures.drawn import drawn
from pictures.pipeline import draw_pipeline
from pictures.report import SIGNATURE, mark, marked
from pictures.rooms import NAME, PACKAGE, draw_rooms
from pictures.terminal import draw_terminal, first_session

from .conftest import ROOT

TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
STATIC = TEMPLATE / "docs" / "_static"
REMEDY = "run `make pictures`"
LARGEST = 150_000


@pytest.fixture(name="declared")
def fixture_declared() -> Any:
    """Return what dvc.yaml declares."""
    unrendered = (TEMPLATE / "dvc.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(unrendered.replace(PACKAGE, NAME))


def parsed(picture: str) -> ElementTree.Element:
    """Return a picture as XML."""
    return ElementTree.fromstring(picture)  # noqa: S314


def label(picture: str) -> str:
    """Return what a picture says it shows."""
    return parsed(picture).attrib["aria-label"]


def shown(picture: str) -> list[str]:
    """Return the texts of a picture."""
    root = parsed(picture)
    return [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("path", drawn(TEMPLATE), ids=lambda path: path.name)
def test_what_is_drawn_is_what_is_drawn_now(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == drawn(TEMPLATE)[path], REMEDY


def test_the_picture_of_the_report_is_that_of_the_report() -> None:
    png = (STATIC / "report.png").read_bytes()
    page = (TEMPLATE / "reports/report.html").read_bytes()
    assert marked(png) == hashlib.sha256(page).hexdigest(), REMEDY
    assert len(png) < LARGEST


def test_a_bake_comes_with_three_pictures_and_no_more() -> None:
    found = {path.name for path in STATIC.iterdir()} - {"style.css"}
    assert found == {"report.png", "pipeline.svg", "verify.svg"}


def test_the_pipeline_is_drawn_with_every_stage_and_all_that_it_reads_from(
    declared: Any,
) -> None:
    picture = draw_pipeline(declared)
    assert {*declared["stages"]} <= {*shown(picture)}
    assert "; prepare reads from ingest, validate_raw; " in label(picture)
    assert "; tune reads from split, validate_splits; " in label(picture)
    # All that read from others than the one above have a line with a dot for each.
    assert picture.count('class="dot"') == 13

    changed = copy.deepcopy(declared)
    changed["stages"]["tune"]["deps"].append("data/prepared.parquet")
    assert draw_pipeline(changed).count('class="dot"') == 14
    last = changed["stages"].pop("ingest")
    changed["stages"]["ingest"] = last
    with pytest.raises(ValueError, match="put validate_raw below the stages that it"):
        draw_pipeline(changed)


def test_the_rooms_are_drawn_as_each_stage_declares_them(declared: Any) -> None:
    rooms = ["drafting", "evaluation", "runtime", "training"]
    for stage in declared["stages"].values():
        stage["deps"] = [
            each
            for each in stage["deps"]
            if each.partition("/")[2].partition("/")[0] in rooms
        ]
    picture = draw_rooms(declared, rooms)
    assert {*rooms, *declared["stages"]} <= {*shown(picture)}
    told = label(picture)
    assert "evaluate depends on evaluation, runtime, files of training;" in told
    assert "tune depends on runtime, training;" in told
    assert picture.count('class="dot ring"') == 2 + 1  # that of the key


def test_a_terminal_shows_the_first_session_of_a_page() -> None:
    page = "# A\n\n```yaml\na: 1\n```\n\n```console\n$ a <b> & c\nd\n```\n"
    page += "\n```console\n$ e\n```\n"
    session = first_session(page)
    assert shown(draw_terminal(session)) == ["$ a <b> & c", "d"]
    with pytest.raises(ValueError, match="no block"):
        first_session("# A\n")


def test_a_picture_with_its_mark_is_a_whole_one() -> None:
    png = (STATIC / "report.png").read_bytes()
    size = re.search(b"(....)tEXt", png, re.S)
    assert size
    length = int.from_bytes(size[1], "big")
    chunk = png[size.start() : size.end() + length + 4]
    plain = png.replace(chunk, b"")
    assert marked(plain) is None and plain.startswith(SIGNATURE)
    again = mark(plain, "0" * 64)
    assert marked(again) == "0" * 64 and len(again) == len(png)
    checksum = zlib.crc32(chunk[4:-4]).to_bytes(4, "big")
    assert chunk.endswith(checksum)
    with pytest.raises(ValueError, match="not a PNG"):
        mark(b"GIF89a", "0" * 64)


@pytest.mark.parametrize("root", [TEMPLATE, ROOT], ids=["bake", "template"])
def test_a_readme_shows_the_pictures_and_says_what_is_on_them(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", text)
    names = ("report.png", "pipeline.svg", "verify.svg")
    assert [root / unquote(link) for _, link in found] == [
        STATIC / each for each in names
    ]
    assert all(len(alternative.split()) > 4 for alternative, _ in found)


def test_what_the_diagrams_of_the_architecture_name_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"^```text\n(.*?)^```$", text, re.M | re.S)
    found = []
    for line in "".join(diagrams).splitlines():
        parts = re.match(r"([ |`-]*)(.*?)(?:  |$)", line)
        branch, names = parts.groups() if parts else ("", "")
        folder = TEMPLATE if "--" in branch else ROOT
        for name in names.split(", "):
            if "/" in name or "." in name:
                found.append(folder / name.replace("<package>", PACKAGE))
    assert len(found) > 12
    missing = [path for path in found if not [*path.parent.glob(path.name)]]
    assert missing == []
    assert max(map(len, "".join(diagrams).splitlines())) < 73  # what a page shows
