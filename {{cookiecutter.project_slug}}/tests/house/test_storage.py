"""What a remote may be, and which files of the cache are corrupted."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from dvc.repo import Repo
from invoke.exceptions import Exit

from tasks import cache, commands, namespace, pipeline, runs, storage

PROJECT = Path(commands.__file__).parents[1]
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
    """Return a repository of DVC that holds one file."""
    root = tmp_path / "project"
    root.mkdir()
    with Repo.init(str(root), no_scm=True) as repo:
        (root / "x").write_text("hello", encoding="utf-8")
        repo.add(str(root / "x"))
    for module in (storage, cache):
        monkeypatch.setattr(module, "ROOT", root)
    return root


@pytest.fixture(name="shared")
def fixture_shared(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the tasks in it that was pushed to ../storage."""
    for name in ("tasks", "requirements"):
        shutil.copytree(PROJECT / name, repository / name)
    for module in (commands, pipeline):
        monkeypatch.setattr(module, "ROOT", repository)
    monkeypatch.setattr(pipeline, "FIRST", repository / ".dvc/tmp/first-run")
    monkeypatch.setattr(pipeline, "RUN_CACHE", repository / ".dvc/cache/runs")
    url = "['remote \"storage\"']\n    url = ../../storage\n"
    (repository / ".dvc/config").write_text(REMOTE + url)
    with Repo(str(repository)) as repo:
        repo.push()
    return repository


def test_an_absolute_folder_stays_so_and_another_is_seen_from_the_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (commands, pipeline):
        monkeypatch.setattr(module, "ROOT", repository)
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
    pipeline.FIRST.write_text(pipeline.BEGUN)
    storage.fetch(optional=False)
    assert not pipeline.is_first_run()


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


def test_a_corrupted_cache_file_is_named_and_taken_out(repository: Path) -> None:
    assert not cache.is_empty() and cache.corrupted() == []
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    path = repository / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    path.chmod(0o644)
    path.write_text("hullo")
    path.chmod(0o444)
    bad = cache.corrupted()
    assert [each.path for each in bad] == [path]
    assert cache.describe(bad).endswith(f"{path.name} of x is corrupted")
    cache.discard(bad)
    assert not path.exists() and cache.corrupted() == [] and cache.is_empty()


def test_a_link_in_the_cache_is_removed_and_not_what_it_leads_to(
    repository: Path, tmp_path: Path
) -> None:
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    path = repository / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious", encoding="utf-8")
    path.unlink()
    path.symlink_to(elsewhere)
    with pytest.raises(Exit, match="so it stays"):
        cache.discard(cache.corrupted())
    assert elsewhere.read_text(encoding="utf-8") == "precious"


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
    (repository / ".dvc/config").write_text(REMOTE)
    with pytest.raises(Exit, match="holds nothing of this project"):
        namespace.tasks["push"].body(None)


def test_a_pull_waits_for_no_run_and_stops(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FOLDER", repository / ".dvc/tmp")
    monkeypatch.setattr(runs, "LOCK", repository / ".dvc/tmp/run.lock")
    monkeypatch.setattr(runs, "RUNNING", repository / ".dvc/tmp/run.json")
    (repository / ".dvc/config").write_text(REMOTE)
    with runs.exclusive():
        runs.begin()
        with pytest.raises(Exit, match=f"^a run .process {os.getpid()}. is at work"):
            namespace.tasks["pull"].body(None)


def test_what_dvc_refuses_is_one_line(repository: Path) -> None:
    (repository / "dvc.yaml").write_text("stages: 3\n", encoding="utf-8")
    with pytest.raises(Exit, match="dvc.yaml") as refused:
        cache.corrupted()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[core\n", "\0"])
def test_a_configuration_of_git_that_dvc_cannot_read_is_one_line(
    repository: Path, text: str
) -> None:
    (repository / ".dvc/config").write_text("")  # it works with git again
    subprocess.run(["git", "init", "--quiet"], cwd=repository, check=True)
    (repository / ".git/config").write_text(text)
    with pytest.raises(Exit, match="^DVC can't open the project: ") as refused:
        cache.corrupted()
    assert "\n" not in str(refused.value)


NO_LIST = "is not (JSON|a list of files)$"
LISTS = [
    *((text, NO_LIST) for text in ("3", "[3]", "{}", "[{}]", "no JSON", "[" * 100_000)),
    ('[{"md5": "../x", "relpath": "x"}]', "md5 '../x' is not a digest"),
    ('[{"relpath": "../x"}]', "relpath '../x' leads out of its folder"),
]


@pytest.mark.parametrize(("text", "words"), LISTS)
def test_what_lists_no_files_is_one_line(
    repository: Path, text: str, words: str
) -> None:
    """The digest is right, so the file is as somebody made it."""
    md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    path = repository / ".dvc/cache/files/md5" / md5[:2] / f"{md5[2:]}.dir"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    settings = (repository / "x.dvc").read_text(encoding="utf-8")
    named = re.sub(r"md5: \w+", f"md5: {md5}.dir", settings, count=1)
    (repository / "x.dvc").write_text(named, encoding="utf-8")
    with pytest.raises(Exit, match=words) as refused:
        cache.corrupted()
    assert "\n" not in str(refused.value)
