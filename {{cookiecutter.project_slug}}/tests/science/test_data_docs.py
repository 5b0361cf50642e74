"""Great Expectations' pages are built from what is there, and gx/ stays as it is."""

import json
import socket
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.drafting import data_docs, pages
from {{ cookiecutter.package_name }}.expectations import suites
from {{ cookiecutter.package_name }}.runtime import paths
from {{ cookiecutter.package_name }}.runtime.outputs import digest
from {{ cookiecutter.package_name }}.tables import datasets


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with suites; one dataset is there, and does not meet its own."""
    for name in datasets.TABLES:
        monkeypatch.setitem(datasets.TABLES, name, tmp_path / f"{name}.csv")
    (tmp_path / "raw.csv").write_text("x\n1\n3\n")
    kwargs = {"column": "x", "max_value": 2}
    quantiles = {"quantiles": [0.5], "value_ranges": [[0, 5]]}
    suite = [
        {"type": "expect_column_values_to_be_between", "kwargs": kwargs},
        {
            "type": "expect_column_quantile_values_to_be_between",
            "kwargs": {"column": "x", "quantile_ranges": quantiles},
        },
    ]
    (tmp_path / "gx").mkdir()
    text = json.dumps({"expectations": suite})
    (tmp_path / "gx/raw.json").write_text(text)
    monkeypatch.setattr(paths, "SUITES", tmp_path / "gx")
    return tmp_path


def test_pages_are_built_without_a_network(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[object, ...]] = []

    def refuse(*arguments: object, **_: object) -> None:
        asked.append(arguments)  # the error alone may go unseen, as in a thread
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    before = digest(folder / "gx/raw.json")
    stale = folder / "pages/stale.html"
    stale.parent.mkdir()
    stale.touch()
    assert data_docs.main([str(folder / "pages")]) == 0
    assert not asked
    page = folder / "pages/index.html"
    assert f"Pages on raw: {page.resolve()}" in capsys.readouterr().out
    assert 'href="expectations/raw.html"' in page.read_text(encoding="utf-8")
    (result,) = (folder / "pages/validations").rglob("raw.html")
    assert "Failed" in result.read_text(encoding="utf-8")
    assert not stale.exists()
    assert [path.name for path in (folder / "gx").rglob("*")] == ["raw.json"]
    assert digest(folder / "gx/raw.json") == before


def test_without_a_dataset_it_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "raw.csv").unlink()
    assert data_docs.main([str(folder / "pages")]) == 1
    assert capsys.readouterr().err == (
        "error: no dataset is there yet; `invoke repro` makes them\n"
    )
    assert not (folder / "pages").exists()


MARK = "{" * 2 + "section_id" + "}" * 2  # of Jinja, which the template itself reads
IMAGE = "<img src=x onerror=alert(1)>"
VALUES = [
    IMAGE,
    "</script><script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    MARK + " $$ $column $v__0",
    "<!-- alert(1)",
    "&lt;b&gt; & a\\ `c`",
]
ENTRIES: list[tuple[str, dict[str, object]]] = [
    ("expect_column_values_to_be_in_set", {"value_set": ["a", IMAGE]}),
    ("expect_column_distinct_values_to_equal_set", {"value_set": ["a", IMAGE]}),
    ("expect_column_values_to_match_regex", {"regex": f"{IMAGE}$"}),
    ("expect_column_values_to_be_of_type", {"type_": IMAGE}),
    ("expect_column_most_common_value_to_be_in_set", {"value_set": [IMAGE]}),
    ("expect_column_mean_to_be_between", {"min_value": 0}),
    ("expect_column_values_to_match_json_schema", {"json_schema": {"title": IMAGE}}),
    (
        "expect_column_values_to_not_be_null",
        {"row_condition": 'col("n") > 2', "condition_parser": "great_expectations"},
    ),
]


class Page(HTMLParser):
    """The text of a page, and what in it came from a value and is not text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.found, self.inside = "", list[str](), ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = [name + str(value) for name, value in attrs]
        if tag == "svg" or any("alert(1)" in value for value in values):
            self.found.append(f"{tag} {attrs}")

    def handle_comment(self, data: str) -> None:
        self.found += [data] if "alert(1)" in data else []

    def handle_data(self, data: str) -> None:
        if self.inside in ("script", "style"):
            self.found += [data] if "alert(1)" in data else []
        else:
            self.text += data


@pytest.mark.filterwarnings("ignore")
def test_values_and_names_are_text_and_look_as_they_are(tmp_path: Path) -> None:
    names = [f"of {IMAGE}", f'a "$column" {MARK}']
    table = pd.DataFrame({name: VALUES for name in names}).assign(n=range(len(VALUES)))
    entries = [
        {"type": kind, "kwargs": {"column": name, **kwargs}}
        for name in names
        for kind, kwargs in ENTRIES
    ]
    columns = {"column_list": [IMAGE, "n"]}
    entries += [
        {"type": "expect_table_columns_to_match_ordered_list", "kwargs": columns},
        {"type": "expect_compound_columns_to_be_unique", "kwargs": columns},
        {"type": "expect_column_to_exist", "kwargs": {"column": f"no {IMAGE}"}},
    ]
    suite = suites.parse(tmp_path / "raw.json", {"expectations": entries})
    pages.build({"raw": table}, {"raw": suite}, tmp_path / "pages")
    (results,) = (tmp_path / "pages/validations").rglob("raw.html")
    first, second = Page(results), Page(tmp_path / "pages/expectations/raw.html")
    assert first.found == second.found == []
    for text in (*VALUES, *names):
        assert text in first.text
    for text in (IMAGE, *names):
        assert text in second.text
    assert "n > 2" in first.text
