"""What a remote may be, and which files of the cache are corrupted."""

import hashlib
from pathlib import Path

import pytest
from invoke.exceptions import Exit

from tasks import namespace, storage


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
        ("", "is no place"),
        ("s3://", "is no place"),
        ("ftp://host/path", "begins with ftp://"),
        ("ssh://user:word@host/path", "holds a password"),  # pragma: allowlist secret
        ("ssh://user:wo/rd@host/path", "holds a password"),
    ],
)
def test_another_place_is_refused_in_one_line(url: str, words: str) -> None:
    with pytest.raises(Exit, match=words) as refused:
        storage.check_url(url)
    assert "word" not in str(refused.value).replace("password", "")


def test_a_corrupted_cache_file_is_named_and_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ROOT", "CACHE"):
        monkeypatch.setattr(storage, name, tmp_path)
    monkeypatch.setattr(storage, "LOCK", tmp_path / "dvc.lock")
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    path = tmp_path / md5[:2] / md5[2:]
    path.parent.mkdir()
    path.write_text("hello")
    lock = f"stages:\n  a:\n    outs:\n    - path: data/x\n      md5: {md5}\n"
    (tmp_path / "dvc.lock").write_text(lock)
    assert storage.corrupted() == {}
    path.write_text("hullo")
    path.chmod(0o444)
    bad = storage.corrupted()
    assert bad == {path: "data/x"} and "of data/x is corrupted" in storage.describe(bad)
    storage.discard(bad)
    assert not path.exists() and storage.corrupted() == {}


def test_without_a_remote_push_and_pull_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(storage, "ROOT", tmp_path)
    with pytest.raises(Exit, match="invoke remote URL"):
        namespace.tasks["push"].body(None)
    namespace.tasks["pull"].body(None)
    assert "No remote is set" in capsys.readouterr().out


def test_before_the_first_run_there_is_nothing_to_push(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "ROOT", tmp_path)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    remote = storage\n")
    with pytest.raises(Exit, match="nothing has run here yet"):
        namespace.tasks["push"].body(None)
