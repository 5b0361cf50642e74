"""What a remote may be, and what is pushed and pulled."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from dvc.repo import Repo
from dvc_verify.guard import runs, state
from invoke.exceptions import Exit

from tasks import commands, namespace, pipeline, storage

REMOTE = "[core]\n    remote = storage\n    no_scm = true\n"


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        ("../storage", ""),
        ("/mnt/storage", ""),
        ("s3://bucket/path", "s3"),
        ("ssh://user@host:22/a@b", "ssh"),
        ("azure://container/path", "azure"),
    ],
)
def test_a_place_is_taken_with_what_it_needs(url: str, extra: str) -> None:
    assert storage.check_url(url) == extra


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is not a place"),
        ("s3://", "is not a place"),
        ("ftp://host/path", "begins with ftp://"),
        ("ssh://user:word@host/path", "holds a password"),  # pragma: allowlist secret
        ("ssh://user:wo/rd@host/path", "holds a password"),
    ],
)
def test_another_place_is_refused_in_one_line(url: str, words: str) -> None:
    with pytest.raises(Exit, match=words) as refused:
        storage.check_url(url)
    assert "word" not in str(refused.value).replace("password", "")


@pytest.fixture(name="repository")
def fixture_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a repository of DVC that holds one file."""
    root = tmp_path / "project"
    root.mkdir()
    with Repo.init(str(root), no_scm=True) as repo:
        (root / "x").write_text("hello", encoding="utf-8")
        repo.add(str(root / "x"))
    for module in (commands, pipeline, storage):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(pipeline, "METRICS", root / "reports/metrics.json")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(name="shared")
def fixture_shared(repository: Path) -> Path:
    """Return that repository when it was pushed to ../storage."""
    url = "['remote \"storage\"']\n    url = ../../storage\n"
    (repository / ".dvc/config").write_text(REMOTE + url)
    with Repo(str(repository)) as repo:
        repo.push()
    return repository


def test_an_absolute_folder_stays_so_and_another_is_seen_from_the_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "docs").mkdir()
    monkeypatch.chdir(repository / "docs")
    folder = repository.parent / "storage"
    for url, written in ((str(folder), folder), ("../../storage", "../../storage")):
        namespace.tasks["remote"].body(None, url)
        text = (repository / ".dvc/config").read_text(encoding="utf-8")
        # DVC writes what is relative as seen from its configuration.
        assert re.findall("url = (.*)", text) == [Path(written).as_posix()]


@pytest.mark.usefixtures("shared")
def test_a_pull_ends_a_first_run_that_failed_whatever_is_cached() -> None:
    state.FIRST.write_text(state.BEGUN)
    storage.fetch(optional=False)
    assert not state.is_first_run()


def test_what_is_corrupted_at_the_remote_is_named(shared: Path) -> None:
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    name = f"files/md5/{md5[:2]}/{md5[2:]}"
    for path in (shared / ".dvc/cache" / name, shared / "x"):
        path.unlink()
    path = shared.parent / "storage" / name
    path.chmod(0o644)
    path.write_text("hullo")
    path.chmod(0o444)  # DVC trusts it, as `verify` isn't set for this remote
    words = f"{path.name} of x is corrupted; push it again from where it is right$"
    with pytest.raises(Exit, match=words):
        storage.fetch(optional=False)


def test_before_there_is_a_lock_there_is_nothing_to_pull(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "x.dvc").unlink()
    (repository / ".dvc/config").write_text(REMOTE)
    namespace.tasks["pull"].body(None)
    said = "There is no dvc.lock yet, so there is nothing to pull.\n"
    assert capsys.readouterr().out == said


def test_without_a_remote_push_and_pull_say_so(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.is_dir()
    with pytest.raises(Exit, match="invoke remote URL"):
        namespace.tasks["push"].body(None)
    namespace.tasks["pull"].body(None)
    assert "No remote is set" in capsys.readouterr().out


def test_before_the_first_run_there_is_nothing_to_push(repository: Path) -> None:
    (repository / "x.dvc").unlink()
    (repository / "dvc.yaml").write_text("stages: {}\n")
    (repository / ".dvc/config").write_text(REMOTE)
    with pytest.raises(Exit, match="holds nothing of this project"):
        namespace.tasks["push"].body(None)


def test_a_pull_waits_for_no_run_and_stops(repository: Path) -> None:
    (repository / ".dvc/config").write_text(REMOTE)
    with runs.exclusive():
        runs.begin()
        with pytest.raises(Exit, match=f"^a run .process {os.getpid()}. is at work"):
            namespace.tasks["pull"].body(None)
