"""Clones, and what is brought into them."""

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from dvc_verify.errors import Refusal
from dvc_verify.repository import clone as workspace
from dvc_verify.repository.clone import (
    bring_data,
    copy_out,
    dvc_digest,
    dvc_environment,
    make_clone,
    remote_urls,
    remove_outputs,
)
from dvc_verify.repository.source import Repository
from made import (
    commit,
    git,
    make_repository,
    output,
    put_in_cache,
    stage,
    with_settings,
    write,
)


def md5(content: bytes) -> str:
    """Return the MD5 of a content, which is its name in DVC."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def files(root: Path) -> dict[str, bytes]:
    """Return the contents of a clone, those of git and DVC left out."""
    paths = (path for path in root.rglob("*") if path.is_file())
    kept = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return {name: kept[name] for name in sorted(kept) if name[0] != "."}


@pytest.fixture(name="repository")
def fixture_repository(tmp_path: Path) -> Repository:
    """Return a repository of two commits."""
    made = make_repository(tmp_path / "source", {"a.txt": "old\n"})
    commit(made.root, {"a.txt": "a\n", "sub/é b.txt": "b\r\n"})
    return with_settings(Repository(made.root), {})


CONTENTS = {"a.txt": b"a\n", "sub/é b.txt": b"b\r\n"}


@pytest.mark.parametrize("name", ["plain", "two words/über", "x" * 100])
def test_a_clone_holds_what_is_committed(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    write(repository.root, {"a.txt": "changed", "new.txt": ""})
    top = tmp_path / name
    assert make_clone(repository, top, repository.head) == top
    assert files(top) == CONTENTS
    assert git(top, "rev-parse", "HEAD").strip() == repository.head
    assert git(top, "status", "--porcelain") == ""
    assert git(top, "count-objects").startswith("0 objects")


@pytest.mark.parametrize("name", ["two words/über", "plain"])
def test_a_source_may_stand_anywhere(tmp_path: Path, name: str) -> None:
    source = make_repository(tmp_path / name / "source", {"a.txt": "a"})
    make_clone(source, tmp_path / "clone", source.head)
    assert files(tmp_path / "clone") == {"a.txt": b"a"}


def test_a_shallow_clone_can_be_cloned(repository: Repository, tmp_path: Path) -> None:
    place = tmp_path / "shallow"
    address = repository.root.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth", "1", address, str(place))
    source = Repository(place)
    assert (place / ".git" / "shallow").is_file()
    top = make_clone(source, tmp_path / "clone", source.head)
    assert files(top) == CONTENTS
    assert git(top, "rev-list", "--count", "HEAD").strip() == "1"


def test_a_work_tree_can_be_cloned(repository: Repository, tmp_path: Path) -> None:
    place = tmp_path / "another"
    git(repository.root, "worktree", "add", "--quiet", str(place))
    source = Repository(place)
    assert files(make_clone(source, tmp_path / "clone", source.head)) == CONTENTS


def test_a_project_in_a_folder_is_cloned_with_its_repository(
    repository: Repository, tmp_path: Path
) -> None:
    commit(repository.root, {"inner/.dvc/config": "", "inner/x.txt": "x"})
    below = Repository(repository.root / "inner")
    root = make_clone(below, tmp_path / "clone", below.head)
    assert root == tmp_path / "clone" / "inner"
    assert files(root) == {"x.txt": b"x"}
    assert (tmp_path / "clone" / "a.txt").is_file()


def test_a_clone_takes_no_settings_or_hooks_of_the_user(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = f"[init]\ntemplateDir = {hook.parents[1]}\n[core]\nautocrlf = true\n"
    (tmp_path / ".gitconfig").write_text(settings)
    monkeypatch.setenv("HOME", str(tmp_path))
    make_clone(repository, tmp_path / "clone", repository.head)
    assert files(tmp_path / "clone") == CONTENTS


def test_a_clone_is_made_apart_from_the_repository_whose_hook_starts_it(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository.root, {"a.txt": "newer"})
    before = git(repository.root, "show-ref")
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(repository.root / ".git"))
        hook.setenv("GIT_WORK_TREE", str(repository.root))
        hook.setenv("GIT_INDEX_FILE", str(repository.root / ".git" / "index"))
        make_clone(repository, tmp_path / "clone", repository.head)
        given = dvc_environment(tmp_path / "dvc")
    assert git(repository.root, "show-ref") == before
    assert (repository.root / "a.txt").read_text() == "newer"
    assert files(tmp_path / "clone") == CONTENTS
    assert not {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} & {*given}


def test_the_digest_of_a_file_is_its_md5(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\r\n")
    assert dvc_digest(tmp_path / "a") == md5(b"a\r\n")
    assert dvc_digest(tmp_path / "b") == ""


def test_the_digest_of_a_folder_is_that_of_its_sorted_list(tmp_path: Path) -> None:
    # "a-b" comes before "a/b" by name, and after it as a path.
    names = ["Z.txt", "a-b", "a/b", "a/é.txt"]
    write(tmp_path / "made", {name: name for name in reversed(names)})
    (tmp_path / "made" / "empty").mkdir()
    entries = ", ".join(
        f'{{"md5": "{md5(name.encode())}", "relpath": {json.dumps(name)}}}'
        for name in names
    )
    assert dvc_digest(tmp_path / "made") == md5(f"[{entries}]".encode()) + ".dir"
    assert dvc_digest(tmp_path / "made" / "empty") == md5(b"[]") + ".dir"


def put(repository: Repository, content: bytes, ending: str = "") -> str:
    """Put a content into the cache and return its digest."""
    digest = md5(content) + ending
    put_in_cache(repository, digest, content)
    return digest


def put_folder(repository: Repository, contents: dict[str, bytes]) -> str:
    """Put a folder into the cache and return its digest."""
    entries = [
        {"md5": put(repository, content), "relpath": name}
        for name, content in sorted(contents.items())
    ]
    return put(repository, json.dumps(entries).encode(), ".dir")


def test_a_file_comes_out_of_the_cache(repository: Repository, tmp_path: Path) -> None:
    digest = put(repository, b"x")
    assert copy_out(repository, digest, tmp_path / "new" / "x")
    assert (tmp_path / "new" / "x").read_bytes() == b"x"
    assert not copy_out(repository, md5(b"y"), tmp_path / "y")
    assert not copy_out(repository, "", tmp_path / "y")
    assert not (tmp_path / "y").exists()


def test_a_folder_comes_out_of_the_cache(
    repository: Repository, tmp_path: Path
) -> None:
    contents = {"a.txt": b"a", "deep/é.txt": b"b"}
    digest = put_folder(repository, contents)
    assert copy_out(repository, digest, tmp_path / "made")
    assert files(tmp_path / "made") == contents
    assert dvc_digest(tmp_path / "made") == digest
    place = repository.cached_object(md5(b"b"))
    assert place is not None
    place.unlink()
    assert not copy_out(repository, digest, tmp_path / "again")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x"])
def test_a_folder_of_the_cache_writes_nothing_outside(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    put_in_cache(repository, md5(b"b"), b"b")
    listed = json.dumps([{"md5": md5(b"b"), "relpath": name}]).encode()
    digest = f"{md5(listed)}.dir"
    put_in_cache(repository, digest, listed)
    with pytest.raises(Refusal, match="which is not in its folder"):
        copy_out(repository, digest, tmp_path / "made" / "out")
    assert not (tmp_path / "made" / "x").exists() and not Path("/x").exists()


@pytest.mark.parametrize("folder", [False, True])
def test_a_corrupt_cache_is_refused(
    repository: Repository, tmp_path: Path, folder: bool
) -> None:
    digest = put_folder(repository, {"a": b"x"}) if folder else put(repository, b"x")
    put_in_cache(repository, md5(b"x"), b"forged")
    with pytest.raises(Refusal, match=f"the cache is corrupt: .* isn't {md5(b'x')}"):
        copy_out(repository, digest, tmp_path / "out")


@pytest.mark.parametrize("check", [True, False])
def test_a_corrupt_list_of_files_is_refused(
    repository: Repository, tmp_path: Path, check: bool
) -> None:
    digest = put_folder(repository, {"a": b"x"})
    put_in_cache(repository, digest, b"[")
    with pytest.raises(Refusal, match=f"the cache is corrupt: .* isn't {digest}"):
        copy_out(repository, digest, tmp_path / "out", check)


def test_a_forged_content_is_brought_where_it_is_to_be_compared(
    repository: Repository, tmp_path: Path
) -> None:
    put_in_cache(repository, md5(b"x"), b"forged")
    assert copy_out(repository, md5(b"x"), tmp_path / "x", check=False)
    assert (tmp_path / "x").read_bytes() == b"forged"


def test_files_and_folders_are_copied_if_they_are_there(tmp_path: Path) -> None:
    write(tmp_path, {"a": "a", "b/c": "c", "there/b/d": "d"})
    workspace.copy(tmp_path / "a", tmp_path / "there" / "deep" / "a")
    workspace.copy(tmp_path / "b", tmp_path / "there" / "b")
    workspace.copy(tmp_path / "nothing", tmp_path / "there" / "nothing")
    found = {"b/c": b"c", "b/d": b"d", "deep/a": b"a"}
    assert files(tmp_path / "there") == found


def test_outputs_of_stages_that_run_are_removed(tmp_path: Path) -> None:
    names = ("out", "made/a", "kept", "frozen", "data", "other")
    write(tmp_path, dict.fromkeys(names, ""))
    (tmp_path / "link").symlink_to("other")
    kept = output("kept", persist=True)
    stages = [
        stage(outputs=("out", "made", "not there", "link", kept)),
        stage(outputs=("frozen",), kind="frozen"),
        stage(outputs=("data",), kind="data"),
    ]
    remove_outputs(tmp_path, stages)
    assert {*files(tmp_path)} == {"kept", "frozen", "data", "other"}
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("persist", [True, False])
def test_outputs_outside_are_refused_and_stay(tmp_path: Path, persist: bool) -> None:
    write(tmp_path, {"precious.csv": "x", "clone/out": ""})
    outside = output("../precious.csv", persist=persist)
    with pytest.raises(Refusal, match="use writes precious.csv outside the repository"):
        remove_outputs(tmp_path / "clone", [stage(outputs=(outside,))])
    assert (tmp_path / "precious.csv").read_text() == "x"
    remove_outputs(tmp_path / "clone", [stage(outputs=("..out",))])


def test_data_come_from_the_cache(repository: Repository, tmp_path: Path) -> None:
    digest = put(repository, b"x")
    stages = [
        stage("a", outputs=(output("data.csv", digest),), kind="data"),
        stage("b", outputs=(output("frozen.csv", digest),), kind="frozen"),
        stage("c", outputs=(output("out.csv", digest),)),
        stage("d", outputs=(output("in git", digest, cached=False),), kind="data"),
    ]
    bring_data(repository, tmp_path / "clone", stages, {})
    assert {*files(tmp_path / "clone")} == {"data.csv", "frozen.csv"}


def test_data_that_are_nowhere_are_one_line(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This Python has no DVC to ask a remote with, or it finds none here.
    stages = [stage("a", outputs=(output("data.csv", md5(b"x")),), kind="data")]
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(Refusal, match="data.csv is neither in the cache nor") as caught:
        bring_data(repository, repository.root, stages, {**os.environ})
    assert "\n" not in str(caught.value)


def test_dvc_finds_nothing_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/another/dvc")
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", "/settings")
    monkeypatch.setenv("A_CREDENTIAL", "kept")
    given = dvc_environment(tmp_path)
    for name in (*workspace.DVC_FOLDERS, "HOME", "TMPDIR"):
        assert Path(given[name]).is_relative_to(tmp_path)
        assert Path(given[name]).is_dir()
    assert "PYTHONPATH" not in given
    assert given["A_CREDENTIAL"] == "kept"
    assert given["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_an_environment_is_replaced_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BEFORE", "1")
    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError), workspace.environment({"ONLY": "x"}):
        assert dict(os.environ) == {"ONLY": "x"}
        raise ZeroDivisionError
    assert dict(os.environ) == before


def test_remotes_are_those_of_the_repository(repository: Repository) -> None:
    settings = {"remote": {"a": {"url": "/x y"}, "b": {}}}
    assert remote_urls(with_settings(repository, settings)) == {"a": "/x y"}
    assert remote_urls(with_settings(repository, {})) == {}
