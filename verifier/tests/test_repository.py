"""What git says of a repository, and what is refused."""

from pathlib import Path

import pytest

from dvc_verify.errors import Refusal
from dvc_verify.repository.git import git as checked_git
from dvc_verify.repository.source import Repository
from made import (
    commit,
    git,
    make_repository,
    put_in_cache,
    with_settings,
    write,
)

FILES = {"a.txt": "a", "data/b é.csv": "b", "data/deep/c.csv": "c"}


RECORDS = ("certificate.json", "certificate.json.sig")


@pytest.fixture(name="repository")
def fixture_repository(tmp_path: Path) -> Repository:
    """Return a repository with some files, and one in a folder of a repository."""
    return make_repository(tmp_path / "project ü", FILES)


def inner(repository: Repository) -> Repository:
    """Return a DVC repository in a folder of another repository."""
    commit(repository.root, {"sub/.dvc/config": "", "sub/x.txt": "x", "sub/d/y": "y"})
    return Repository(repository.root / "sub")


def test_what_is_no_repository_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is not a DVC repository: it has no folder .dvc"):
        Repository(tmp_path)
    (tmp_path / ".dvc").mkdir()
    with pytest.raises(Refusal, match="is not in a git repository"):
        Repository(tmp_path)
    git(tmp_path, "init", "--quiet")
    config = tmp_path / ".git/config"
    text = config.read_text(encoding="utf-8")
    config.write_text("=\n", encoding="utf-8")
    with pytest.raises(Refusal, match="git doesn't read the repository of "):
        Repository(tmp_path)
    config.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match="has no commit; commit first"):
        Repository(tmp_path)


def test_git_that_fails_or_is_missing_is_one_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal, match="^git checkout failed: .+") as caught:
        checked_git(repository.root, "checkout", "nowhere")
    assert "\n" not in str(caught.value)
    assert checked_git(repository.root, "checkout", "nowhere", check=False) == b""
    monkeypatch.setenv("PATH", str(repository.root))
    with pytest.raises(Refusal, match="git can't be started"):
        checked_git(repository.root, "status")


def test_the_commit_and_the_folder_are_those_of_head(repository: Repository) -> None:
    assert repository.head == git(repository.root, "rev-parse", "HEAD").strip()
    assert (repository.top, repository.prefix) == (repository.root, Path("."))
    below = inner(repository)
    assert (below.top, below.prefix) == (repository.root, Path("sub"))


def test_changed_files_are_named(repository: Repository) -> None:
    assert repository.changed() == []
    write(repository.root, {"a.txt": "b", "new/d ö.txt": ""})
    (repository.root / "data/b é.csv").unlink()
    write(repository.root, {"staged.txt": ""})
    git(repository.root, "add", "staged.txt")
    changed = ["a.txt", "data/b é.csv", "new/d ö.txt", "staged.txt"]
    assert sorted(repository.changed()) == changed


def test_a_file_that_is_renamed_is_named_by_both_names(repository: Repository) -> None:
    git(repository.root, "mv", "data/deep/c.csv", "moved.csv")
    assert sorted(repository.changed()) == ["data/deep/c.csv", "moved.csv"]


def test_the_records_are_no_change(repository: Repository) -> None:
    write(repository.root, dict.fromkeys(RECORDS, ""))
    assert repository.changed() == []
    commit(repository.root, {})
    write(repository.root, dict.fromkeys(RECORDS, "another one"))
    assert repository.changed() == []
    write(repository.root, {"reports/other.json": ""})
    assert repository.changed() == ["reports/other.json"]


def test_the_records_of_another_project_are_a_change(repository: Repository) -> None:
    below = inner(repository)
    write(below.root, dict.fromkeys(RECORDS, ""))
    assert below.changed() == []
    assert sorted(repository.changed()) == [f"sub/{name}" for name in RECORDS]


def test_inputs_are_the_tree_without_the_records(repository: Repository) -> None:
    before = repository.inputs()
    commit(repository.root, dict.fromkeys(RECORDS, "x"))
    assert repository.inputs() == before
    commit(repository.root, {"a.txt": "b"})
    changed = repository.inputs()
    commit(repository.root, {"a.txt": "a"})
    assert repository.inputs() == before != changed
    (repository.root / "a.txt").chmod(0o755)
    commit(repository.root, {})
    assert repository.inputs() != before


def test_what_is_committed_is_read_from_head(repository: Repository) -> None:
    write(repository.root, {"a.txt": "changed", "new.txt": "new"})
    assert repository.committed("a.txt") == b"a"
    assert repository.committed("data/b é.csv") == b"b"
    assert repository.committed("new.txt") is None
    assert repository.committed("data") is None
    assert repository.committed_files("data") == ["data/b é.csv", "data/deep/c.csv"]
    assert repository.committed_files("nothing") == []
    below = inner(repository)
    assert below.committed("x.txt") == b"x"
    assert below.committed("a.txt") is None
    assert below.committed_files("d") == ["d/y"]


def test_objects_are_those_of_the_main_work_tree(repository: Repository) -> None:
    place = repository.root.parent / "another"
    git(repository.root, "worktree", "add", "--quiet", str(place))
    assert Repository(place).objects == repository.root / ".git" / "objects"


def test_size_counts_files_but_not_those_of_git_and_dvc(
    repository: Repository,
) -> None:
    assert repository.size() == 3
    write(repository.root, {".dvc/cache/x": "xxx", "d/e": "1234"})
    assert repository.size() == 7


def test_the_cache_is_where_the_settings_say(
    repository: Repository, tmp_path: Path
) -> None:
    assert repository.cache == repository.root / ".dvc" / "cache"
    with_settings(repository, {"cache": {"dir": str(tmp_path / "cache")}})
    assert repository.cache == tmp_path / "cache"


def test_contents_are_found_in_both_layouts_of_the_cache(
    repository: Repository,
) -> None:
    place = put_in_cache(repository, "12ab", b"x")
    assert repository.cached_object("12ab") == place
    old = repository.cache / "34" / "cd"
    old.parent.mkdir()
    old.write_bytes(b"y")
    assert repository.cached_object("34cd") == old
    assert repository.cached_object("56ef") is None
    assert repository.cached_object("") is None
    assert repository.cached_object(f"12/../{place.relative_to(place.anchor)}") is None
    assert repository.cached_object("../../../../x") is None
