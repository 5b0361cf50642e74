"""The filters that write an answer into a file."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable

import pytest
import yaml
from cookiecutter.environment import StrictEnvironment

import local_extensions as answers

from .rendered import paragraphs

TEXTS = [
    "plain",
    "\"double\" and 'single' and \\ and \\n and \"\"\" and '''",
    "two\nlines\r\nand\ta tab",
    "{{ cookiecutter.x }} ${{ github.token }} {% raw %} {# c #} %}",
    "Žofie O'Neil, 北京, 🐧 👩‍🔬 \u2028 \ufeff \u202e",
    "# - * _a_ `b` <b>&amp;</b> [c](d) ~e~ | $f$ !",
    "- item",
    "1. item",
    "yes",
    "12e3",
    "key: value # comment",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("write", "read"),
    [
        (answers.toml, lambda text: tomllib.loads(f"x = {text}")["x"]),
        (answers.toml, lambda text: yaml.safe_load(f"x: {text}")["x"]),
        (answers.toml, lambda text: yaml.safe_load(f"[{text}]")[0]),
        (answers.python, ast.literal_eval),
    ],
)
def test_filters_say_exactly_what_was_answered(
    write: Callable[[str], str], read: Callable[[str], str], text: str
) -> None:
    written = write(text)
    assert read(written) == text
    assert len(written.splitlines()) == 1
    assert "🐧" not in text or "🐧" in written


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("before", ["", "# ", "> Some words and "])
def test_markdown_shows_the_answer_on_one_line(text: str, before: str) -> None:
    shown = "".join(paragraphs(before + answers.markdown(text)))
    assert shown == before.strip("#> ") + " " * (len(before) > 2) + answers.plain(text)


def test_environment_offers_the_filters_by_name() -> None:
    context = {"cookiecutter": {"_extensions": ["local_extensions.Answers"]}}
    environment = StrictEnvironment(context=context)
    for name in ("toml", "yaml", "python", "markdown", "plain"):
        assert environment.from_string("{{ x | %s }}" % name).render(x="a") in (
            '"a"',
            "a",
        )
