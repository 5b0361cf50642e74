"""How far two files agree, and where they first do not."""

import math
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.compare import contents
from dvc_verify.compare.contents import Agreement, compare, compare_contents, worst
from made import write


def compared(
    folder: Path, suffix: str, one: str, other: str, **options: Any
) -> Agreement:
    """Compare two texts as files with a suffix."""
    write(folder, {f"one{suffix}": one, f"other{suffix}": other})
    return compare(folder / f"one{suffix}", folder / f"other{suffix}", **options)


def test_the_worst_of_some_grades_counts() -> None:
    assert worst([]) == "identical"
    for number, grade in enumerate(contents.GRADES):
        assert worst([grade, *contents.GRADES[:number]]) == grade


def test_equal_bytes_are_identical_whatever_they_hold(tmp_path: Path) -> None:
    assert compared(tmp_path, ".json", "no JSON", "no JSON") == Agreement("identical")


@pytest.mark.parametrize(
    ("suffix", "one", "other"),
    [
        (".json", '{"a": 1, "b": [2.0]}', '{"b":[2],"a":1.0}'),
        (".json", '"é"', r'"\u00e9"'),
        (".csv", "a,b\n1.0,x\n", 'a,"b"\r\n1,x\r\n'),
        (".csv", "a\nnan\n", '"a"\nnan\n'),
    ],
)
def test_the_same_content_in_other_bytes_is_told(
    tmp_path: Path, suffix: str, one: str, other: str
) -> None:
    assert compared(tmp_path, suffix, one, other) == Agreement("same content")


@pytest.mark.parametrize(
    ("suffix", "one", "other", "detail"),
    [
        (".json", '{"a": [1.0, 2]}', '{"a": [1.001, 2.1]}', "a[1]: 2 against 2.1"),
        (".csv", "a\n1.0\n2.0\n", "a\n1.001\n2.1\n", "[2][0]: 2.0 against 2.1"),
    ],
)
def test_within_a_tolerance_the_largest_difference_is_shown(
    tmp_path: Path, suffix: str, one: str, other: str, detail: str
) -> None:
    found = compared(tmp_path, suffix, one, other, tolerance=0.05)
    assert found == Agreement("within tolerance", f"{detail}, relative 0.048")
    found = compared(tmp_path, suffix, one, other, tolerance=0.01)
    assert found == Agreement("different", f"{detail}, relative 0.048, the largest")


@pytest.mark.parametrize(
    ("one", "other", "detail"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, "b is on one side only"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, "a.b: 2 against 1"),
        ([1, 2], [1], "length: 2 against 1"),
        (["a", "b"], ["a", "c"], "[1]: 'b' against 'c'"),
        ([{"a": None}], [{"a": 0}], "[0].a: None against 0"),
        ([1], [True], "[0]: 1 against True"),
        ([0], [False], "[0]: 0 against False"),
        ([math.nan], [0.0], "[0]: nan against 0.0"),
        ([math.inf], [-math.inf], "[0]: inf against -inf"),
        ([1.0], ["1.0"], "[0]: 1.0 against '1.0'"),
        ({"a": []}, {"a": {}}, "a: [] against {}"),
        ("x", "y", "value: 'x' against 'y'"),
        # What differs in kind counts more than any number.
        ([1.0, "x"], [9.0, "y"], "[1]: 'x' against 'y'"),
    ],
)
def test_no_tolerance_covers_what_is_no_number(
    one: Any, other: Any, detail: str
) -> None:
    found = compare_contents(one, other, 1e9, False)
    assert found == Agreement("different", detail)
    assert compare_contents(other, one, 1e9, False).grade == "different"


@pytest.mark.parametrize("value", [math.nan, math.inf, None, True, 0.0, "x", [[]]])
def test_every_value_is_the_same_as_itself(value: Any) -> None:
    assert compare_contents([value], [value], 0, False).grade == "same content"


def test_a_difference_is_relative_to_the_larger_number() -> None:
    grades = [
        compare_contents(one, other, 0.5, False).grade
        for one, other in ((2e9, 1e9), (-1e-9, -2e-9), (1, 0), (1, -1))
    ]
    assert grades == ["within tolerance"] * 2 + ["different"] * 2


def test_rows_may_come_in_any_order_only_where_that_is_declared(
    tmp_path: Path,
) -> None:
    rows = "a,b\n1,x\n2,y\n", "a,b\n2,y\n1,x\n"
    assert compared(tmp_path, ".csv", *rows).grade == "different"
    assert compared(tmp_path, ".csv", *rows, order_free=True).grade == "same content"
    lists = '[{"a": 1}, 2]', '[2, {"a": 1}]'
    assert compared(tmp_path, ".json", *lists).grade == "different"
    assert compared(tmp_path, ".json", *lists, order_free=True).grade == "same content"
    more = "a,b\n1,x\n2,y\n", "a,b\n2,y\n1,x\n1,x\n"
    assert compared(tmp_path, ".csv", *more, order_free=True).grade == "different"


def test_a_file_of_another_format_shows_the_first_byte(tmp_path: Path) -> None:
    start = "x" * 70_000
    found = compared(tmp_path, ".bin", f"{start}abc", f"{start}abd", tolerance=1)
    shown = "b'xxxxxxab{}'"
    sides = " against ".join(shown.format(each) for each in "cd")
    assert found == Agreement("different", f"byte 70002: {sides}")


def test_where_one_file_ends_is_the_first_byte(tmp_path: Path) -> None:
    found = compared(tmp_path, ".txt", "same", "same and more")
    assert found.detail == "byte 4: b'same' against b'same and more'"


def test_a_missing_file_is_different(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": ""})
    for names in (("a.txt", "b.txt"), ("b.txt", "a.txt"), ("a.txt", ".")):
        found = compare(tmp_path / names[0], tmp_path / names[1])
        assert found.grade == "different"
        assert "missing or no file on one side" in found.detail


def folders(root: Path, one: dict[str, str], other: dict[str, str]) -> Agreement:
    """Compare two folders with files."""
    for name, files in (("one", one), ("other", other)):
        (root / name).mkdir()
        write(root / name, files)
    return compare(root / "one", root / "other")


def test_folders_are_as_good_as_the_worst_of_their_files(tmp_path: Path) -> None:
    found = folders(
        tmp_path,
        {"a.txt": "a", "b/c.json": "[1]", "d.csv": "1", "e.csv": "1"},
        {"a.txt": "a", "b/c.json": "[1.0]", "d.csv": "2", "e.csv": "3"},
    )
    detail = "d.csv: [0][0]: 1.0 against 2.0, relative 0.5, the largest"
    assert found == Agreement("different", detail)


@pytest.mark.parametrize(
    ("one", "other"), [("[1]", "[1.0]"), ("[1]", "[1]")], ids=["content", "bytes"]
)
def test_folders_with_the_same_contents_are_told(
    tmp_path: Path, one: str, other: str
) -> None:
    found = folders(tmp_path, {"deep/a.json": one}, {"deep/a.json": other})
    assert found == Agreement("identical" if one == other else "same content")


@pytest.mark.parametrize("side", [0, 1])
def test_a_file_in_one_folder_only_is_different(tmp_path: Path, side: int) -> None:
    sides = [{"a.txt": "a"}, {"a.txt": "a"}]
    sides[side]["b/c.txt"] = "c"
    found = folders(tmp_path, *sides)
    assert found == Agreement("different", "b/c.txt is on one side only")


@pytest.mark.parametrize(
    ("suffix", "text", "kind"),
    [
        (".json", '{"a": ', "JSONDecodeError"),
        (".json", "[" * 100_000, "RecursionError"),
        (".csv", '"' + "x" * 200_000, "Error"),
    ],
)
def test_a_file_that_can_not_be_decoded_shows_the_first_byte(
    tmp_path: Path, suffix: str, text: str, kind: str
) -> None:
    found = compared(tmp_path, suffix, text, f"{text}{text}", tolerance=1)
    assert found.grade == "different"
    assert found.detail.startswith(f"byte {len(text)}: ")
    assert found.detail.endswith(f"; not decoded ({kind})")


def test_a_text_in_another_encoding_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xe9\n")
    (tmp_path / "b.csv").write_bytes(b"\xe8\n")
    found = compare(tmp_path / "a.csv", tmp_path / "b.csv")
    assert found.detail.endswith("not decoded (UnicodeDecodeError)")


def test_a_file_that_takes_too_long_to_decode_is_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No Python starts in this time.
    monkeypatch.setattr(contents, "LONGEST", 0.001)
    found = compared(tmp_path, ".json", "[1]", "[1.0]")
    assert found.grade == "different"
    assert found.detail.endswith("; decoding took over 0.001 s")


def test_a_file_that_is_too_large_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "LARGEST", 4)
    assert compared(tmp_path, ".json", "[1]", "[ 1]").grade == "same content"
    found = compared(tmp_path, ".json", "[1]", "[  1]")
    assert found.grade == "different"
    assert found.detail.endswith("; too large to decode")


def test_a_decoder_that_is_killed_leaves_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    found = compared(tmp_path, ".json", "[1]", "[1.0]")
    assert found.grade == "different"
    assert found.detail.endswith("; it can't be decoded")
