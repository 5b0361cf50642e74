"""What comes from a stranger, in a lock or from a remote, removes and writes nothing.

And where cache and remote are is what DVC says.
"""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from .project import Project
from .test_storage import cached, clone, corrupt

pytestmark = pytest.mark.e2e


@pytest.fixture()
def shared(copy: Project) -> Project:
    """Return a project that ran, with a folder of its own data, and was pushed."""
    copy.invoke("remote", "../storage")
    (copy.root / "mine").mkdir()
    (copy.root / "mine" / "a.txt").write_text("content", encoding="utf-8")
    copy.tool("dvc", "add", "mine")
    copy.run("git", "add", "-A")
    copy.run("git", "commit", "-qm", "Add data, and set a remote")
    copy.invoke("push")
    return copy


def all_files(folder: Path) -> set[str]:
    """Return what a folder holds, without what DVC and Python note down."""
    passed = {"tmp", "__pycache__", "cache"}
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not passed & set(path.parts)
    }


def test_a_crafted_lock_deletes_nothing(copy: Project) -> None:
    copy.invoke("remote", "../storage")
    victim = copy.root.parent / "victim"
    victim.write_text("precious", encoding="utf-8")
    files = Path(copy.root.name, ".dvc/cache/files")  # to where the first `..` leads
    path = "../" * len(files.parts) + "victim"
    text = (copy.root / "dvc.lock").read_text(encoding="utf-8")
    (copy.root / "dvc.lock").write_text(
        re.sub(r"(path: data/raw.csv\n.*\n +md5: )\w+", rf"\1..{path}", text)
    )
    copy.run("git", "commit", "-qam", "Craft a lock")
    before = all_files(copy.root.parent)
    for task in ("pull", "push", "repro"):
        finished = copy.invoke(task, code=1)
        assert finished.stderr.startswith("dvc.lock, stage 'ingest', ")
        assert finished.stderr.count("\n") == 1 and "'..../" in finished.stderr
    shown = copy.python("tasks/hooks.py", "dvc", "post-checkout", code=1).stdout
    assert shown.startswith("dvc.lock, stage 'ingest', ")
    assert all_files(copy.root.parent) == before and victim.read_text() == "precious"


def test_a_crafted_run_cache_deletes_nothing(copy: Project) -> None:
    """A pull brings it along, and a stage that has to run looks there first."""
    victim = copy.root.parent / "victim"
    victim.write_text("precious", encoding="utf-8")
    files = Path(copy.root.name, ".dvc/cache/files")  # to where the first `..` leads
    path = "../" * len(files.parts) + "victim"
    for record in (copy.root / ".dvc/cache/runs").glob("*/*/*"):
        text = record.read_text(encoding="utf-8")
        before, outs, after = text.partition("\nouts:")
        crafted = re.sub(r"(  md5: )\w+", rf"\1..{path}", after)
        record.write_text(f"{before}{outs}{crafted}", encoding="utf-8")
    (copy.root / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    (copy.root / "data/raw.csv").unlink()
    said = copy.invoke("repro", "--stage", "ingest", code=1).stderr
    assert f"'..{path}' is not a digest; if it is in none of your files" in said
    assert "Traceback" not in said
    assert victim.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../owned", ""),
        ("a/../../owned", ""),
        ("a", "..../../../../../../../victim"),
        ("a", "../../../../../../../../victim"),
    ],
)
def test_a_crafted_folder_of_a_remote_writes_nothing(
    shared: Project, tmp_path: Path, name: str, path: str
) -> None:
    content = hashlib.md5(b"content", usedforsecurity=False).hexdigest()
    listed = json.dumps([{"md5": path or content, "relpath": name}]).encode()
    md5 = hashlib.md5(listed, usedforsecurity=False).hexdigest()
    folder = shared.root.parent / "storage/files/md5" / md5[:2]
    folder.mkdir(exist_ok=True)
    (folder / f"{md5[2:]}.dir").write_bytes(listed)
    shared.run("git", "rm", "-q", "-r", "--cached", ".dvc/config", "mine.dvc")
    text = (shared.root / "mine.dvc").read_text(encoding="utf-8")
    (shared.root / "mine.dvc").write_text(re.sub(r"\w+\.dir", f"{md5}.dir", text))
    shared.run("git", "add", ".")
    shared.run("git", "commit", "-qm", "Craft a folder")
    (tmp_path / "victim").write_text("precious", encoding="utf-8")
    other = clone(shared, tmp_path / "clone")
    before = all_files(tmp_path)
    finished = other.invoke("pull", code=1)
    said = finished.stdout + finished.stderr
    assert "is not a digest" in said if path else "leads out of its folder" in said
    assert "Traceback" not in said
    left = {each for each in all_files(tmp_path) if "storage" not in each} - before
    assert all(each.startswith(("clone/data/", "clone/models/")) for each in left), left


@pytest.mark.parametrize("kind", ["relative", "absolute", "wdir", "link"])
def test_data_outside_the_project_is_not_pulled(shared: Project, kind: str) -> None:
    outside = shared.root.parent / "outside"
    file = shared.root / "mine.dvc"
    text = file.read_text(encoding="utf-8")
    path = {"relative": "../outside", "absolute": str(outside), "link": "link/outside"}
    text = text.replace("path: mine", f"path: {path.get(kind, 'outside')}")
    file.write_text(("wdir: ..\n" if kind == "wdir" else "") + text, encoding="utf-8")
    (shared.root / "link").symlink_to("..")
    for task in ("pull", "push"):
        said = shared.invoke(task, code=1).stderr
        assert "is outside this project, where DVC caches nothing" in said
        assert said.count("\n") == 1
    assert not outside.exists()


def test_a_shared_cache_is_looked_at_and_left_alone(copy: Project) -> None:
    there = copy.root.parent / "shared-cache"
    copy.tool("dvc", "cache", "dir", "--local", str(there))
    (copy.root / ".dvc/cache").rename(there)
    copy.invoke("remote", "../storage")
    path = there / cached(copy, "data/train.parquet").relative_to(
        copy.root / ".dvc/cache"
    )
    right = corrupt(path)
    wrong = path.read_bytes()
    for task in ("push", "pull"):
        said = copy.invoke(task, code=1).stderr
        assert f"the cache file {path} of data/train.parquet is corrupted" in said
        assert "so it stays" in said and said.count("\n") == 1
        assert path.read_bytes() == wrong
    assert not (copy.root.parent / "storage").exists()
    path.chmod(0o644)
    path.write_bytes(right)
    copy.invoke("push")
    assert path.parent.name in str(list((copy.root.parent / "storage").rglob("*")))


def test_the_corrupted_result_of_an_earlier_run_is_not_pushed(copy: Project) -> None:
    earlier = cached(copy, "data/evaluation.json")
    copy.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    copy.invoke("repro")
    assert cached(copy, "data/evaluation.json") != earlier
    corrupt(earlier)
    copy.invoke("remote", "../storage")
    said = copy.invoke("push", code=1).stderr
    assert "of data/evaluation.json (of an earlier run) is corrupted" in said
    assert not (copy.root.parent / "storage").exists()


def test_a_remote_that_only_the_user_has_set_is_used(copy: Project) -> None:
    user = copy.scratch / "user"
    project = replace(copy, settings={"DVC_GLOBAL_CONFIG_DIR": str(user)})
    storage = str(copy.root.parent / "storage")
    project.tool("dvc", "remote", "add", "--global", "--default", "mine", storage)
    project.invoke("push")
    assert list((copy.root.parent / "storage").rglob("*.parquet")) == []
    assert (copy.root.parent / "storage/files/md5").is_dir()
    shown = project.python("tasks/hooks.py", "dvc", "pre-push").stdout
    assert "No DVC remote" not in shown
    assert "No DVC remote" in copy.python("tasks/hooks.py", "dvc", "pre-push").stdout
