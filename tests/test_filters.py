"""The filters that write an answer into a file."""

from __future__ import annotations

import ast
import random
import tomllib
from collections.abc import Callable

import pytest
import yaml
from cookiecutter.environment import StrictEnvironment
from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt
from myst_parser.parsers.docutils_ import Parser

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
MARKS = [
    "% of errors",
    "%",
    "(label)=",
    "+++",
    "---",
    "===",
    ":::",
    ":::{note}",
    ": definition",
    ":name: field",
    "{ref}`x`",
    "[^1]: footnote [^1]",
    "[x]: http://a.b",
    "1) item",
    "> quote",
    "``` python",
    "$a$ $$b$$",
    "~~x~~ ^y^",
    "| a | b |",
    "<!-- comment -->",
    "<http://a.b> www.a.b a@b.cd @me :smile:",
    "&lt; &amp;",
    "the end \\",
    "![a](b){#c}",
    "[ ] task",
]
RANDOM = random.Random(1)  # noqa: S311
MARKS += [
    "".join(
        RANDOM.choice("%()=+:@!^~`*_{}[]<>#|\\$&-.1a \"'/;?,") for _ in range(length)
    )
    for length in range(1, 9)
    for _ in range(25)
]
# What MyST could make of an answer beside a heading and a paragraph.
OTHERS = (nodes.comment, nodes.target, nodes.reference, nodes.raw, nodes.transition)


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


@pytest.mark.parametrize("text", [text for text in MARKS if text.strip()])
def test_every_reader_of_markdown_shows_the_answer(text: str) -> None:
    shown = answers.plain(text)
    page = f"# {answers.markdown(text)}\n\n{answers.markdown(text)}\n\nThe end\n"
    github = MarkdownIt("gfm-like", {"linkify": False})
    for markdown in (MarkdownIt("commonmark"), github):
        inline = [token.children or [] for token in markdown.parse(page)]
        texts = ["".join(child.content for child in children) for children in inline]
        assert [each for each in texts if each] == [shown, shown, "The end"]
    quiet = {"report_level": 5, "warning_stream": ""}
    document = publish_doctree(page, parser=Parser(), settings_overrides=quiet)
    kinds = (nodes.title, nodes.paragraph)
    found = [node.astext() for node in document.findall() if isinstance(node, kinds)]
    assert found == [shown, shown, "The end"]
    assert not [node for node in document.findall() if isinstance(node, OTHERS)]


def test_environment_offers_the_filters_by_name() -> None:
    context = {"cookiecutter": {"_extensions": ["local_extensions.Answers"]}}
    environment = StrictEnvironment(context=context)
    for name in ("toml", "yaml", "python", "markdown", "plain"):
        assert environment.from_string("{{ x | %s }}" % name).render(x="a") in (
            '"a"',
            "a",
        )
