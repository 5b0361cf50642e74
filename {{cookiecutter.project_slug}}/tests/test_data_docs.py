"""Great Expectations' pages are built from what is there, and gx/ stays as it is."""

import json
import socket
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.core import artifacts, data_docs, datasets, paths


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
    def refuse(*_: object) -> None:
        raise AssertionError("something asks for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    before = artifacts.digest(folder / "gx/raw.json")
    stale = folder / "pages/stale.html"
    stale.parent.mkdir()
    stale.touch()
    assert data_docs.main([str(folder / "pages")]) == 0
    page = folder / "pages/index.html"
    assert f"Pages on raw: {page.resolve()}" in capsys.readouterr().out
    assert "raw" in page.read_text(encoding="utf-8")
    (result,) = (folder / "pages/validations").rglob("raw.html")
    assert "Failed" in result.read_text(encoding="utf-8")
    assert not stale.exists()
    assert [path.name for path in (folder / "gx").rglob("*")] == ["raw.json"]
    assert artifacts.digest(folder / "gx/raw.json") == before


def test_without_a_dataset_it_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "raw.csv").unlink()
    assert data_docs.main([str(folder / "pages")]) == 1
    assert capsys.readouterr().err == (
        "error: no dataset is there yet; `invoke repro` makes them\n"
    )
    assert not (folder / "pages").exists()
