"""The raw table is read as it is, or refused in one line that names the place."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import errors, params
from {{ cookiecutter.package_name }}.tables import csv_file, prepared, raw


def data(**changes: Any) -> params.Data:
    """Return how the table is read."""
    return params.Data.model_validate({"source": "x", "sha256": "0" * 64, **changes})


def read(folder: Path, content: str | bytes, **changes: Any) -> pd.DataFrame:
    """Write a file and read it."""
    path = folder / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return raw.read(path, data(**changes))


def column(*texts: str) -> str:
    """Return a file in which a column `v` holds some texts."""
    return "v,w\n" + "".join(f"{text},x\n" for text in texts)


@pytest.mark.parametrize(
    ("texts", "kind", "values"),
    [
        (["1", "-20", "0"], "int64", [1, -20, 0]),
        (["1", "", "3"], "Int64", [1, None, 3]),
        (["12345678901234567", "NA"], "Int64", [12345678901234567, None]),
        (["-9223372036854775808"], "int64", [-(2**63)]),
        (["1.50", "2", "-0", "NA"], "float64", [1.5, 2.0, -0.0, None]),
        (["1e-05", "2.5E+10", ".5", "5.", "+1.5"], "float64", None),
        (["0.1234567890123456789"], "float64", [0.12345678901234568]),
        (["6.02214076e23", "1e5", "+1"], "float64", [6.02214076e23, 1e5, 1.0]),
        (["100000000000000000000.0"], "float64", [1e20]),
        (["", "NA"], "float64", [None, None]),
        # Text, character by character.
        (["None", "null", "nan", "N/A", "n/a", "NaN"], "str", None),
        (["1", "two"], "str", None),
        (["001", "A1"], "str", None),
        (["1.5", "inf"], "str", None),
        (["1", "nan"], "str", None),
        (["0x10", "0x11"], "str", None),
        (["1_000"], "str", None),
        ([" 1", "2 "], "str", None),
        (["True", "False"], "str", None),
        (["2026-01-31"], "str", None),
        (['"1,234"', "5"], "str", ["1,234", "5"]),
        (["1;2", "1.2.3", "-", "e5", "٣"], "str", None),
        (['"two\nlines"', '"a ""b"""'], "str", ["two\nlines", 'a "b"']),
        (['5" pipe', "it's"], "str", None),
    ],
)
def test_a_value_is_read_as_it_is(
    tmp_path: Path, texts: list[str], kind: str, values: list[Any] | None
) -> None:
    found = read(tmp_path, column(*texts))["v"]
    assert str(found.dtype) == kind
    if values is None:
        values = texts if kind == "str" else [float(text) for text in texts]
    assert [None if pd.isna(one) else one for one in found] == values


@pytest.mark.parametrize(
    ("texts", "bad", "becomes"),
    [
        (["1", "001"], "001", "1"),
        (["01.5", "2"], "01.5", "1.5"),
        (["1", "+1"], "+1", "1.0"),
        (["1", "-0"], "-0", "0"),
        (["1e5", "2"], "1e5", "100000.0"),
        (["1E5"], "1E5", "100000.0"),
        (["12345678901234567890"], "12345678901234567890", "1.2345678901234567e+19"),
        (["100000000000000000000", "1"], "100000000000000000000", "1e+20"),
        (["12345678901234567", "0.5"], "12345678901234567", "1.2345678901234568e+16"),
        (["12345678901234567.5"], "12345678901234567.5", "1.2345678901234568e+16"),
        (["0.5", "1e999"], "1e999", "inf"),
        (["0.5", "1e-999"], "1e-999", "0.0"),
    ],
)
def test_a_value_that_would_become_another_is_refused(
    tmp_path: Path, texts: list[str], bad: str, becomes: str
) -> None:
    texts = ["", *texts]
    with pytest.raises(errors.UserError) as caught:
        read(tmp_path, column(*texts))
    line = texts.index(bad) + 2
    assert str(caught.value).endswith(
        f'raw.csv: v: "{bad}" would become {becomes}; name it in data.text '
        f"(line {line})"
    )
    for text in (["v"], "all"):
        found = read(tmp_path, column(*texts), text=text)["v"]
        assert [None if pd.isna(one) else one for one in found] == [None, *texts[1:]]


def test_only_what_is_named_counts_as_missing(tmp_path: Path) -> None:
    content = column("NA", "", "-999", "x")
    missing = ["-999", "x"]
    assert list(read(tmp_path, content, missing=missing)["v"].isna()) == [
        False,
        False,
        True,
        True,
    ]
    assert not read(tmp_path, content, missing=[])["v"].isna().any()
    found = read(tmp_path, column("1", "-999"), missing=[-999])["v"]
    assert str(found.dtype) == "Int64"


def test_quotes_hide_no_missing_value(tmp_path: Path) -> None:
    assert read(tmp_path, column('"NA"', '""'))["v"].isna().all()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_and_a_mark_of_byte_order_change_nothing(
    tmp_path: Path, end: str
) -> None:
    lines = ["\ufeffé,b", "1,x", "", "2,y"]
    for last in ("", end, end * 3):
        table = read(tmp_path, end.join(lines) + last)
        assert table.to_dict("list") == {"é": [1, 2], "b": ["x", "y"]}


def test_the_types_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    texts = ["1", "2.5", "", "1e5", "9007199254740993", "word"]
    shuffle = random.Random(0)
    for count in range(1, len(texts) + 1):
        seen = set()
        for _ in range(8):
            some = shuffle.sample(texts[:count], count)
            try:
                seen.add(str(read(tmp_path, column(*some))["v"].dtype))
            except errors.UserError:
                seen.add("refused")
        assert len(seen) == 1


def test_what_prints_back_comes_back(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "float": generator.normal(size=500) * 10.0 ** generator.integers(-30, 30),
            "int": generator.integers(-(2**62), 2**62, 500),
            "text": generator.choice(["a,b", 'q"', "None", "é\n"], 500),
        }
    )
    found = read(tmp_path, table.to_csv(index=False))
    pd.testing.assert_frame_equal(found, table, check_exact=True)


REFUSED = [
    (b"", "is empty; it needs a header"),
    (b"\n \n", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"a,b\n", "is a header without rows"),
    (b"a,b", "is a header without rows"),
    (b"a;b\n1;2\n", 'the header has semicolons between its names, "a;b"'),
    (b"a;b\n1,5;2\n", "semicolons"),
    (b"a\tb\n1\t2\n", "tabs"),
    (b"a|b\n1|2\n", "bars"),
    (b'"a, x";b\n1;2\n', 'semicolons between its names, "a, x;b"'),
    (b"a, x;b;c\n1;2;3\n", "line 2: 1 value(s), but the header names 2"),
    (b"# made in 2026\na,b\n1,2\n", 'line 1 is a comment; take it out: "# made'),
    (b"# a, b\na,b,c\n1,2,3\n", "is line 1 a comment"),
    (b"a,b\n1,2\n1\n", "line 3: 1 value(s), but the header names 2 column(s)"),
    (b"a,b\n1,2\n\n1,234,5\n", "line 4: 3 value(s)"),
    (b"a,b\n1,2,\n", "2 column(s); a value with a comma needs quotes around it"),
    (b"a,b\n  \n1,2\n", "2 column(s); a missing value needs its comma"),
    (b"a,b\n1," + b"x" * 3 * raw.BLOCK + b"\n", "raw.csv can't be read: "),
    (b",b\n1,2\n", "column 1 has no name"),
    (b"a, \n1,2\n", "column 2 has no name"),
    (b"a,b,a\n1,2,3\n", 'two columns are named "a"'),
    (b'a,b\n1,"2\n3,4\n', "line 2: a quote is opened here and never closed"),
    (b'a,b\n1,2\n"3,4\n5,6\n', "line 3: a quote is opened here and never closed"),
    (b'a,b\n1,2\n3,"', "line 3: a quote is opened here"),
    (b'"a,b\n1,2\n', "line 1: a quote is opened here"),
    (b'a,b\n"x"y,2\n', "line 2: text follows a closing quote"),
    (b"a,b\n1,2\x00\n", "line 2: a NUL byte"),
    (b"a,b\n1,2\n3,\xe9\n", "line 3: byte 0xe9 is not UTF-8"),
    (b"\xe9,b\n1,2\n", "line 1: byte 0xe9 is not UTF-8"),
    ("a,b\n1,2\n".encode("utf-16"), "is text in UTF-16"),
    ("a,b\n1,2\n".encode("utf-16-le"), "line 1: a NUL byte"),
    (b"PK\x03\x04\x14\x00", "is an Excel or zip file"),
    (b"\xd0\xcf\x11\xe0\xa1", "is an old Excel file"),
    (b"\x1f\x8b\x08\x00", "is a gzip file"),
    (b"PAR1\x15\x04", "is a Parquet file"),
    (b"BZh91AY&SY", "is a bzip2 file"),
    (b"\xfd7zXZ\x00", "is an xz or 7z file"),
    (b"7z\xbc\xaf\x27", "is an xz or 7z file"),
    (b"\x28\xb5\x2f\xfd", "is a Zstandard file"),
    (b"ARROW1\x00\x00", "is an Arrow file"),
    (b"\x89HDF\r\n", "is an HDF5 file"),
    (b"SQLite format 3\x00", "is an SQLite database"),
    (b"%PDF-1.7\n", "is a PDF"),
    (b"<!DOCTYPE html>\n<html>", "is a page of HTML or XML"),
    (b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "is JSON"),
    (b'[\n  {"a": 1}\n]\n', "is JSON"),
    (b"version https://git-lfs.github.com/spec/v1\noid x\n", "a pointer of Git LFS"),
    (b"a,b\n1,2\n\xff" + b"x" * 2**21, "line 3: byte 0xff"),
    (b'"two\nlines",b\n001,2\n', 'two lines: "001" would become 1; name'),
]


@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_what_is_no_such_table_is_one_line(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(errors.UserError) as caught:
        read(tmp_path, content)
    assert words in str(caught.value) and "raw.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_header_may_look_a_little_like_something_else(tmp_path: Path) -> None:
    content = "#id,[Fe/H],a;b,{x}\n1,2,3;4,5\n"
    assert list(read(tmp_path, content)) == ["#id", "[Fe/H]", "a;b", "{x}"]


def test_a_column_of_text_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.UserError, match=r'data\.text names "zip", but .*"v"'):
        read(tmp_path, column("1"), text=["zip"])


def test_a_missing_file_or_a_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(errors.UserError, match="is missing; `invoke repro` makes it"):
        raw.read(tmp_path / "raw.csv", data())
    with pytest.raises(errors.UserError, match="can't be read"):
        raw.read(tmp_path, data())


def test_a_header_that_another_program_changes_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect = csv_file.inspect

    def change_then(path: Path) -> tuple[list[str], bool]:
        found = inspect(path)
        path.write_text("w,v\nx,1\n", encoding="utf-8")
        return found

    monkeypatch.setattr(csv_file, "inspect", change_then)
    words = r'raw\.csv: the header can\'t be read: "v", "w"$'
    with pytest.raises(errors.UserError, match=words):
        read(tmp_path, column("1"))


@pytest.mark.parametrize("content", [b"\xe9,b\n1,2\n", b"a,b\n1,\xe9\n"])
def test_a_byte_that_another_program_mends_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    read_bytes = Path.read_bytes

    def mend_first(path: Path) -> bytes:
        path.write_text("a,b\n1,2\n", encoding="utf-8")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", mend_first)
    with pytest.raises(errors.UserError, match=r"raw\.csv changed while it was read$"):
        read(tmp_path, content)


def test_one_column_is_no_table_to_learn_from(tmp_path: Path) -> None:
    table = read(tmp_path, "a b\n1 2\n")
    with pytest.raises(errors.UserError, match='one column only, "a b": .* comma'):
        prepared.apply(lambda given: given, table)


def test_a_value_is_found_where_its_row_begins(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text('\na,b\n1,"two\nlines"\n\n"x\ny",z\n', encoding="utf-8")
    assert csv_file.find(path, "b", "two\nlines") == 3
    assert csv_file.find(path, "b", "z") == 6
    assert csv_file.find(path, "b", "b") is None
    assert csv_file.find(path, "c", "z") is None
