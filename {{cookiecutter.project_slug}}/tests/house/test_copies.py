"""The copy of what only this folder holds: whole or not there."""

import json
import shutil
from pathlib import Path

import pytest
from dvc_data.hashfile.build import build
from dvc_data.hashfile.db import HashFileDB
from dvc_objects.fs.local import LocalFileSystem

from tasks import copies, pipeline, restoring


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with an output that is a file and one that is a folder."""
    for module in (copies, restoring):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(restoring, "REPLACED", tmp_path / ".dvc/tmp/replaced")
    monkeypatch.setattr(copies, "HOME", tmp_path / ".dvc/tmp/before-run")
    (tmp_path / "pages/in").mkdir(parents=True)
    (tmp_path / "pages/in/é").write_text("page", encoding="utf-8")
    (tmp_path / "pages/b").write_text("b", encoding="utf-8")
    (tmp_path / "table").write_text("table", encoding="utf-8")
    return tmp_path


def listed(*paths: str) -> copies.Copies:
    """List outputs that are to be copied."""
    return copies.Copies(
        [
            copies.Output(path, path, "dvc.lock", "", False, False, copy="yes")
            for path in paths
        ]
    )


@pytest.mark.parametrize("name", ["table", "pages"])
def test_a_digest_is_that_of_dvc(root: Path, name: str) -> None:
    system = LocalFileSystem()  # type: ignore[no-untyped-call]
    store = HashFileDB(system, str(root / "store"))
    _, _, found = build(store, str(root / name), system, "md5", dry_run=True)
    assert copies.digest_of(root / name) == found.hash_info.value


def test_what_is_copied_is_read_again(root: Path) -> None:
    (root / "dvc.lock").write_text("stages: {}\n")
    copies.write(listed("table", "pages"))
    before = copies.read()
    assert before.locks == {"dvc.lock": "lock-0"}
    for output in before.outputs:
        assert output.saved and copies.equal(output.saved, output.place)
        assert output.state == copies.state_of(output.place)
    copies.drop()
    assert not list(root.glob(".dvc/tmp/*"))


def test_a_copy_that_fails_leaves_none(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(OSError, match="No space left"):
        copies.write(listed("table", "pages"))
    assert not list(root.glob(".dvc/tmp/*"))


def test_a_half_copy_of_a_kill_is_not_believed(root: Path) -> None:
    half = root / ".dvc/tmp/before-run.new"
    half.mkdir(parents=True)
    (half / copies.MANIFEST).write_text(json.dumps({"outputs": [], "locks": {}}))
    assert restoring.restore() == restoring.Outcome()
    copies.write(listed("table"))
    assert not half.exists() and copies.read().outputs[0].path == "table"


TORN = ["", '{"outputs": [{"pa', "[]", '{"outputs": [{}], "locks": {}}', None]


@pytest.mark.parametrize("text", TORN)
def test_copies_whose_list_is_torn_are_kept_and_named(
    root: Path, text: str | None
) -> None:
    copies.write(listed("table"))
    manifest = copies.HOME / copies.MANIFEST
    manifest.write_text(text) if text is not None else manifest.unlink()
    outcome = restoring.restore()
    assert outcome == restoring.Outcome(unlisted=".dvc/tmp/replaced/before-run")
    assert pipeline.results(outcome, "that run") == "reports/ is as that run left it"
    (kept,) = (root / outcome.unlisted).glob("*-table")
    assert kept.read_text(encoding="utf-8") == "table"
    assert not copies.HOME.exists()


def test_results_of_a_run_that_was_killed_are_not_of_this_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ROOT", root)
    monkeypatch.setattr(pipeline, "METRICS", root / "table")
    outcome = restoring.Outcome(new=["table"])
    said = pipeline.results(outcome, "that run")
    assert said == "the results are those of that run"


def test_another_file_in_a_folder_makes_it_another(root: Path) -> None:
    shutil.copytree(root / "pages", root / "other")
    assert copies.equal(root / "pages", root / "other")
    (root / "other/new").touch()
    assert not copies.equal(root / "pages", root / "other")
    assert not copies.equal(root / "pages", root / "table")


def test_what_is_kept_aside_is_never_written_over(root: Path) -> None:
    aside = root / "aside"
    for text in ("one", "two", "one"):
        (root / "table").write_text(text)
        copies.keep(root / "table", aside / "table")
    kept = {path.name: path.read_text() for path in aside.iterdir()}
    assert kept == {"table": "one", "table.2": "two"}
