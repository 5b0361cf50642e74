"""The environment against its lock, or built from it."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from dvc_verify.errors import Refusal
from dvc_verify.runs.environments import check_environment, read_pins, rebuild
from made import make_repository

HERE = version("packaging")


def test_pins_are_read_as_they_are_locked() -> None:
    text = """\
# a comment, and an option
--index-url https://example.com
Some_Name.x==1.0 \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via another==2.0
local==2.1+cpu
extra[one,two]==3.0 ; python_version >= "3.0" \\
    --hash=sha256:00
not-here==4.0 ; python_version < "3.0"
spaced==5.0  # a comment
range>=6.0
-e .
url @ https://example.com/x-7.0.tar.gz
"""
    assert read_pins(text) == {
        "some-name-x": "1.0",
        "local": "2.1+cpu",
        "extra": "3.0",
        "spaced": "5.0",
    }


def test_of_pins_for_different_systems_that_of_this_one_counts() -> None:
    text = 'a==1 ; sys_platform == "{0}"\na==2 ; sys_platform != "{0}"\n'
    assert read_pins(text.format(sys.platform)) == {"a": "1"}
    assert read_pins(text.format("another")) == {"a": "2"}


def checked(folder: Path, lock: str) -> None:
    """Hold this environment against a lock that is committed."""
    made = make_repository(folder / "project", {"lock.txt": lock})
    check_environment(made, "lock.txt")


def test_an_environment_that_is_the_locks_passes(tmp_path: Path) -> None:
    checked(tmp_path, f"Packaging=={HERE}\npytest=={version('pytest')}\n")


def test_what_differs_is_named_three_at_most(tmp_path: Path) -> None:
    lock = f"packaging=={HERE}.1\nabsent-c==1\nabsent-b==2\nabsent-a==3\nabsent-d==4\n"
    told = (
        "the environment is not lock.txt: absent-a is missing, not 3; absent-b is "
        "missing, not 2; absent-c is missing, not 1 and 2 more. Install it, or use "
        "--rebuild"
    )
    with pytest.raises(Refusal) as caught:
        checked(tmp_path, lock)
    assert str(caught.value) == told


def test_another_version_is_named_with_both(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=f": packaging is {HERE}, not 0.1. Install"):
        checked(tmp_path, "packaging==0.1\n")


def test_what_is_hidden_by_another_version_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "more" / "packaging-0.1.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: packaging\nVersion: 0.1\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "more")])
    checked(tmp_path, f"packaging=={HERE}\n")


def test_a_lock_that_is_not_committed_is_refused(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "project", {"other.txt": ""})
    (made.root / "lock.txt").write_text(f"packaging=={HERE}\n")
    for use in (
        lambda: check_environment(made, "lock.txt"),
        lambda: rebuild(made, "lock.txt", tmp_path / "new"),
    ):
        with pytest.raises(Refusal, match="HEAD has no file lock.txt; name a lock"):
            use()


def test_a_lock_without_pins_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="lock.txt holds no pin"):
        checked(tmp_path, "packaging>=1\n")


def test_a_new_environment_holds_what_is_locked_and_a_failure_is_one_line(
    tmp_path: Path,
) -> None:
    made = make_repository(tmp_path / "project", {"lock.txt": "", "bad.txt": "a b c\n"})
    python = rebuild(made, "lock.txt", tmp_path / "new")
    assert python == tmp_path / "new" / "environment" / "bin" / "python"
    assert python.exists()
    with pytest.raises(Refusal, match="bad.txt can't be installed: ") as caught:
        rebuild(made, "bad.txt", tmp_path / "another")
    assert "\n" not in str(caught.value)
