"""When a first run ends, and what keeps DVC from running at all."""

import subprocess
from pathlib import Path

import pytest

from dvc_verify.errors import Refusal
from dvc_verify.guard import pipeline, state


@pytest.fixture(name="empty")
def fixture_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder in which nothing has run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_run_lasts_until_a_full_one_has_ended(empty: Path) -> None:
    assert state.is_first_run()
    added = empty / ".dvc/cache/files/md5/00/1"
    added.parent.mkdir(parents=True)
    added.touch()
    assert state.is_first_run()  # `dvc add` runs no stage
    cached = empty / ".dvc/cache/runs/00/1/2"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert not state.is_first_run()  # a stage was run, or pulled, by DVC itself
    (empty / state.FIRST).parent.mkdir()
    (empty / state.FIRST).write_text(state.BEGUN)
    assert state.is_first_run()
    state.end_first_run()
    assert not state.is_first_run()
    cached.unlink()  # or the cache is elsewhere
    assert not state.is_first_run()


def test_a_configuration_of_git_that_git_cannot_read_is_said_first(empty: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=empty, check=True)
    (empty / ".git/config").write_text("[core\n")
    with pytest.raises(Refusal, match="^git can't read its configuration: bad config"):
        pipeline.check_files()
