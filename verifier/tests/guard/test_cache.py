"""Which files of DVC's cache are corrupted, and what can't be looked at."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from dvc.repo import Repo

from dvc_verify.errors import Refusal
from dvc_verify.guard import cache


@pytest.fixture(name="repository")
def fixture_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a repository of DVC that holds one file."""
    root = tmp_path / "project"
    root.mkdir()
    with Repo.init(str(root), no_scm=True) as repo:
        (root / "x").write_text("hello", encoding="utf-8")
        repo.add(str(root / "x"))
    monkeypatch.chdir(root)
    return root


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
    with pytest.raises(Refusal, match="so it stays"):
        cache.discard(cache.corrupted())
    assert elsewhere.read_text(encoding="utf-8") == "precious"


def test_what_dvc_refuses_is_one_line(repository: Path) -> None:
    (repository / "dvc.yaml").write_text("stages: 3\n", encoding="utf-8")
    with pytest.raises(Refusal, match="dvc.yaml") as refused:
        cache.corrupted()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[core\n", "\0"])
def test_a_configuration_of_git_that_dvc_cannot_read_is_one_line(
    repository: Path, text: str
) -> None:
    (repository / ".dvc/config").write_text("")  # it works with git again
    subprocess.run(["git", "init", "--quiet"], cwd=repository, check=True)
    (repository / ".git/config").write_text(text)
    with pytest.raises(Refusal, match="^DVC can't open the project: ") as refused:
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
    with pytest.raises(Refusal, match=words) as refused:
        cache.corrupted()
    assert "\n" not in str(refused.value)
