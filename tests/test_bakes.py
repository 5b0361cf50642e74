"""What is true of every bake, whatever was answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from local_extensions import plain

from .conftest import bake_into, git
from .rendered import files, is_copied, leaves, parsed, texts

Bake = Callable[..., Path]
# Each begins with a word that stands nowhere else, by which it is found again.
TRICKY = {
    "project_name": "Quokka \"x\" 'y' \\ {{ a }} ${{ b }} {% c %} {# d #}\n*e* 🐧 é",
    "description": "Numbat's \"\"\" ''' \\n {{ 1 / 0 }} ${{ b }}\n<b>&amp; ž # : - 👩‍🔬",
    "author_name": 'Wombat "Wom" O\'Neil \\ {{ a }} ${{ b }}\n<Ж> 北京 🐨',
    "author_email": "o'neil+x@example.com",
}


@pytest.fixture(scope="module")
def tricky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bake whose answers try to break out."""
    return bake_into(tmp_path_factory.mktemp("tricky"), **TRICKY)


@pytest.mark.parametrize(
    "license_", ["MIT", "BSD-3-Clause", "Apache-2.0", "proprietary"]
)
def test_each_licence(bake: Bake, license_: str) -> None:
    project = bake(license=license_, author_name="Ada Lovelace")
    text = (project / "LICENSE").read_text("utf-8")
    words = {
        "MIT": "MIT License",
        "BSD-3-Clause": "Redistribution and use",
        "Apache-2.0": "Apache License",
        "proprietary": "All rights reserved",
    }
    assert [name for name in words if words[name] in text] == [license_]
    (line,) = [line for line in text.splitlines() if "Ada Lovelace" in line]
    assert "Copyright" in line and not re.search(r"\d", line)
    about = parsed(project / "pyproject.toml")["project"]
    (citation,) = parsed(project / "CITATION.cff")
    if license_ == "proprietary":
        assert about["license"] == "LicenseRef-Proprietary"
        assert "license" not in citation
    else:
        assert about["license"] == citation["license"] == license_


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_each_python(bake: Bake, version: str) -> None:
    project = bake(python_version=version)
    assert (project / ".python-version").read_text().strip() == version
    about = parsed(project / "pyproject.toml")["project"]
    assert about["requires-python"] == ">=3.11,<3.14"


@pytest.mark.parametrize("url", ["", "https://example.com/me/it"])
def test_address_of_the_repository_is_given_or_left_out(bake: Bake, url: str) -> None:
    project = bake(repository_url=url)
    (citation,) = parsed(project / "CITATION.cff")
    urls = parsed(project / "pyproject.toml")["project"].get("urls", {})
    assert citation.get("repository-code") == (url or None)
    assert list(urls.values()) == ([url] if url else [])


@pytest.mark.parametrize("which", ["baked", "tricky"])
def test_every_file_parses_and_is_clean(
    which: str, request: pytest.FixtureRequest
) -> None:
    project: Path = request.getfixturevalue(which)
    kinds = set()
    for path in texts(project):
        if parsed(path) is not None:
            kinds.add(path.suffix)
        text = path.read_bytes()
        assert b"\r\n" not in text or "source" in path.parts, path
        assert not text or text.endswith(b"\n"), f"{path}: no newline at the end"
    assert {".toml", ".yaml", ".cff", ".py", ".md"} <= kinds


def test_the_reference_lists_every_module_in_a_section(baked: Path) -> None:
    """The docs of a bake would add what it leaves out, without an order."""
    text = (baked / "docs/api.md").read_text(encoding="utf-8")
    (stages,) = baked.glob("*/stages")
    found = [
        ".".join(path.relative_to(baked).with_suffix("").parts)
        for path in stages.parent.glob("*/*.py")
        if path.stem != "__init__"
    ]
    assert sorted(re.findall(r"automodule:: (\S+)", text)) == sorted(found)


def test_the_readme_is_short_and_has_every_task_of_make(baked: Path) -> None:
    text = (baked / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) < 900
    tasks = re.search(r"^TASKS := (.*)$", (baked / "Makefile").read_text(), re.M)
    assert tasks
    rows = "".join(re.findall(r"^\| `make .*$", text, re.M))
    assert sorted(re.findall(r"`make ([\w-]+)`", rows)) == sorted(tasks[1].split())


def test_nothing_is_left_unrendered(baked: Path) -> None:
    checked = 0
    for path in texts(baked):
        name, text = path.relative_to(baked).as_posix(), path.read_text("utf-8")
        assert not re.search(
            r"\{[{%]-?\s*cookiecutter|cookiecutter\.\w+\s*\}", text
        ), path
        assert "{" not in name
        if not is_copied(name, "penguins"):
            checked += 1
            assert not re.search(r"\{\{|\{%|\{#", text), path
    assert checked > 10


def test_answers_stand_in_the_files_as_they_were_given(tricky: Path) -> None:
    found: dict[str, set[str]] = {question: set() for question in TRICKY}
    for path in texts(tricky):
        content = parsed(path)
        said = [path.read_text("utf-8")] if content is None else list(leaves(content))
        for question, answer in TRICKY.items():
            one_line = content is None or path.suffix == ".md"
            expected = plain(answer) if one_line else answer
            for text in (text for text in said if answer.split()[0] in text):
                assert expected in text, f"{path}: {text!r}"
                found[question].add(path.name)
    assert {"CITATION.cff", "README.md"} <= found["project_name"]
    assert {"pyproject.toml", "README.md"} <= found["description"]
    assert {"pyproject.toml", "CITATION.cff", "LICENSE"} <= found["author_name"]
    assert {"pyproject.toml", "CITATION.cff"} <= found["author_email"]


def test_metadata_says_exactly_what_was_answered(tricky: Path) -> None:
    about = parsed(tricky / "pyproject.toml")["project"]
    name, email = TRICKY["author_name"], TRICKY["author_email"]
    assert about["description"] == TRICKY["description"]
    assert about["authors"] == [{"name": name, "email": email}]
    (citation,) = parsed(tricky / "CITATION.cff")
    assert citation["title"] == TRICKY["project_name"]
    assert {name, email} <= set(leaves(citation["authors"]))


def test_a_bake_is_committed_whole(baked: Path, tricky: Path) -> None:
    for project in (baked, tricky):
        assert git(project, "status", "--porcelain", "--ignored") == ""
        tracked = git(project, "ls-files", "-z").split("\0")[:-1]
        names = [path.relative_to(project).as_posix() for path in files(project)]
        assert sorted(tracked) == sorted(names)
