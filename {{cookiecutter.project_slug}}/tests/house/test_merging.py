"""dvc.lock is merged by whole entries: no merge makes one that no run gave."""

from pathlib import Path

import pytest

from tasks import merging

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "dvc.lock").read_bytes()


def lock(**stages: str) -> bytes:
    """Return a lock whose stages have a command each."""
    entries = "".join(f"  {name}:\n    cmd: {cmd}\n" for name, cmd in stages.items())
    return f"schema: '2.0'\nstages:\n{entries or '  {}'}".encode()


def test_what_has_not_changed_keeps_its_bytes() -> None:
    assert merging.merge_locks([LOCK, LOCK, LOCK]) == (LOCK.decode(), [])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged", "left_out"),
    [
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, {"a": "2"}, []),
        ({"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "2"}, []),
        ({"a": "1"}, {"a": "2"}, {"a": "2"}, {"a": "2"}, []),
        (
            {"a": "1", "b": "1"},
            {"a": "2", "b": "1"},
            {"a": "3", "b": "2"},
            {"b": "2"},
            ["a"],
        ),
        # A stage that is new, gone, or gone on one side and changed on the other.
        ({}, {"a": "1"}, {"b": "1"}, {"a": "1", "b": "1"}, []),
        ({}, {"a": "1"}, {"a": "2"}, {}, ["a"]),
        ({"a": "1", "b": "1"}, {"a": "1"}, {"a": "1", "b": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {}, {"a": "2"}, {}, ["a"]),
        ({"a": "1"}, {}, {}, {}, []),
        # Numbers that Python takes for equal are not the same parameter.
        ({"a": "1"}, {"a": "1.0"}, {"a": "true"}, {}, ["a"]),
    ],
)
def test_stages_are_merged_one_by_one(
    base: dict[str, str],
    ours: dict[str, str],
    theirs: dict[str, str],
    merged: dict[str, str],
    left_out: list[str],
) -> None:
    text, names = merging.merge_locks([lock(**each) for each in (base, ours, theirs)])
    assert names == left_out
    expected = lock(**merged).replace(b"stages:\n  {}", b"stages: {}\n")
    assert text == expected.decode()


def test_two_changes_of_one_entry_are_not_blended() -> None:
    ours = LOCK.replace(b"resamples: 500", b"resamples: 501")
    theirs = LOCK.replace(b"permutations: 10", b"permutations: 11")
    text, left_out = merging.merge_locks([LOCK, ours, theirs])
    assert left_out == ["evaluate", "report"]
    assert "  evaluate:\n" not in text and "  select:\n" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is not a lock of DVC's schema 2.0"),
        (b"<<<<<<< ours\n" + LOCK, "is not"),
        (b"schema: '2.0'\nstages:\n  a:\n", "stage 'a' of ours has no entry"),
        (b"schema: '2.0'\nstages:\n  1: {}\n", "stage '1' of ours has no entry"),
        (b"schema: '2.0'\nstages:\n  a: {}\n  a: {}\n", "is not YAML"),
        (b"schema: '1.0'\nstages: {}\n", "is not a lock of DVC's schema 2.0"),
        (b"\xff", "is not YAML"),
        (b"[" * 1100, "is not YAML"),
        (
            b"schema: '2.0'\nstages: {}\ndatasets: [1]\n",
            "both sides changed 'datasets'",
        ),
    ],
)
def test_what_can_not_be_merged_stays_ours_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, words: str
) -> None:
    theirs = b"schema: '2.0'\nstages: {}\ndatasets: [2]\n"
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, content in zip(files, (b"", text, theirs), strict=True):
        path.write_bytes(content)
    assert merging.main([*map(str, files), "dvc.lock"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("dvc.lock is not merged: ") and said.count("\n") == 1
    assert words in said
    assert files[1].read_bytes() == text


def test_without_a_common_ancestor_what_is_the_same_stays(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, content in zip(files, (b"", LOCK, LOCK), strict=True):
        path.write_bytes(content)
    assert merging.main([*map(str, files), "dvc.lock"]) == 0
    assert files[1].read_bytes() == LOCK


def test_its_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert merging.main([]) == 2
    assert capsys.readouterr().err.startswith("usage: merging.py BASE")
