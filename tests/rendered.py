"""Read the files of a bake: all of them, and what each one says."""

from __future__ import annotations

import ast
import configparser
import fnmatch
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from .conftest import ROOT


def files(project: Path) -> list[Path]:
    """Return all files of a bake but git's own."""
    found = (path for path in project.rglob("*") if path.is_file())
    return sorted(
        path for path in found if ".git" not in path.relative_to(project).parts
    )


def texts(project: Path) -> list[Path]:
    """Return the files of a bake that hold text."""
    return [path for path in files(project) if path.suffix not in (".png", ".whl")]


def is_copied(name: str, package: str) -> bool:
    """Say whether the template copies a file without rendering it."""
    questions = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    patterns = questions["_copy_without_render"]
    here = [each.replace("{{cookiecutter.package_name}}", package) for each in patterns]
    return any(fnmatch.fnmatch(name, pattern) for pattern in here)


def parsed(path: Path) -> Any:
    """Parse a file by its kind; raise if it is not valid; None for other kinds."""
    text = path.read_text("utf-8")
    name = path.name
    if path.suffix == ".toml":
        return tomllib.loads(text)
    if path.suffix in (".yaml", ".yml", ".cff") or name == "dvc.lock":
        return list(yaml.safe_load_all(text))
    if path.suffix in (".json", ".ipynb"):
        return json.loads(text)
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(text, str(path)))
        return [node.value for node in nodes if isinstance(node, ast.Constant)]
    if name == ".flake8" or path.match(".dvc/config"):
        settings = configparser.ConfigParser(interpolation=None)
        settings.read_string(text)
        return {section: dict(settings[section]) for section in settings.sections()}
    if path.suffix == ".md":
        return list(paragraphs(text))
    return None


def paragraphs(markdown: str) -> Iterator[str]:
    """Yield what a reader of Markdown sees, paragraph by paragraph."""
    for token in MarkdownIt("commonmark").parse(markdown):
        yield "".join(child.content for child in token.children or [])


def leaves(value: Any) -> Iterator[str]:
    """Yield every string in a parsed file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from leaves(list(pair))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
