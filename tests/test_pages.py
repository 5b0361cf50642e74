"""Pages name files that are there, and the datasheet says which stage writes what."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from .conftest import ROOT
from .rendered import parsed

TABLE = "What the pipeline makes here"
BLOCK = re.compile(r"^```.*?^```$", re.M | re.S)
PATH = re.compile(r"`([\w.-]+(?:/[\w.*-]+)+)/?`")
# What a page names and no fresh project holds: its tasks, or its reader, write it.
WRITTEN = re.compile(
    r"\.\./|\.dvc/|reports/certificate\.json|\S*/(?:test_)?missing\.\w+$|N/A$"
)


def writers(project: Path) -> dict[str, str]:
    """Return the stage that writes each output of the pipeline."""
    (pipeline,) = parsed(project / "dvc.yaml")
    return {
        path if isinstance(path, str) else next(iter(path)): name
        for name, stage in pipeline["stages"].items()
        for path in [*stage["outs"], *stage.get("metrics", [])]
    }


def listed(page: Path) -> list[tuple[str, str]]:
    """Return each path of the datasheet's table with each stage that writes it."""
    text = page.read_text(encoding="utf-8").split(f"\n## {TABLE}\n")[1]
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [
        (path, stage)
        for paths, stages, _ in rows
        for path in re.findall(r"`(.+?)`", paths)
        for stage in re.findall(r"`(.+?)`", stages)
    ]


def test_the_datasheet_says_which_stage_writes_each_dataset(baked: Path) -> None:
    written = {
        (path.removeprefix("data/"), stage)
        for path, stage in writers(baked).items()
        if path.startswith("data/")
    }
    rows = listed(baked / "data/README.md")
    for row in rows:
        assert any(fnmatch(path, row[0]) and stage == row[1] for path, stage in written)
    for path, stage in written:
        assert any(fnmatch(path, name) and stage == by for name, by in rows), path


def missing(page: Path, folders: list[Path], others: set[str]) -> list[str]:
    """Return the paths that a page writes as code and that are in no folder."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return sorted(
        name
        for name in set(PATH.findall(text)) - others
        if not WRITTEN.match(name)
        and not any(fnmatch(other, name) for other in others)
        and not any(any(folder.glob(name)) for folder in folders)
    )


def test_pages_of_a_bake_name_files_that_are_there(baked: Path) -> None:
    (stages,) = baked.glob("*/stages")
    pages = [
        *baked.glob("*.md"),
        *baked.glob("*/README.md"),
        *baked.glob("docs/**/*.md"),
    ]
    assert len(pages) > 20
    for page in pages:
        folders = [baked, stages.parent, page.parent]
        others = {name.removeprefix("data/") for name in writers(baked)}
        assert missing(page, folders, others | {*writers(baked)}) == [], page


def test_pages_of_the_template_name_files_that_are_there(baked: Path) -> None:
    (stages,) = baked.glob("*/stages")
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "verifier/README.md"]
    folders = [ROOT, baked, stages.parent, ROOT / "verifier/src", ROOT / "verifier"]
    for page in pages:
        if page.name not in ("CHANGELOG.md", "moved.md"):  # which name what was
            assert missing(page, folders, {*writers(baked)}) == [], page


@pytest.mark.parametrize("name", ["data/checks", "stages/gone.py", "gone/*.json"])
def test_a_file_that_is_not_there_is_named(
    baked: Path, tmp_path: Path, name: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"`params.yaml`, `{name}` and `docs/index.md`\n", encoding="utf-8")
    assert missing(page, [baked], {*writers(baked)}) == [name]
