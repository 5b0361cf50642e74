"""The same content gives the same bytes, and a stage writes all or nothing."""

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from {{ cookiecutter.package_name }}.reporting import figures
from {{ cookiecutter.package_name }}.runtime import errors
from {{ cookiecutter.package_name }}.runtime.outputs import Outputs, read_json, to_json
from {{ cookiecutter.package_name }}.tables import parquet
from {{ cookiecutter.package_name }}.training import model_files


@pytest.fixture(name="table")
def fixture_table() -> pd.DataFrame:
    """Return a table with missing values and text."""
    return pd.DataFrame({"x": [0.1 + 0.2, None, 1e-7], "name": ["b", None, "é"]})


@pytest.mark.parametrize("name", ["table.parquet", "table.csv"])
def test_a_table_comes_back_and_has_the_same_bytes(
    tmp_path: Path, table: pd.DataFrame, name: str
) -> None:
    contents = []
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        with Outputs() as outputs:
            if name.endswith("csv"):
                outputs.text(path, figures.to_csv(table))
            else:
                parquet.write(outputs, path, table)
        read = pd.read_csv if name.endswith("csv") else parquet.read
        pd.testing.assert_frame_equal(read(path), table)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_parquet_holds_no_versions(tmp_path: Path, table: pd.DataFrame) -> None:
    with Outputs() as outputs:
        parquet.write(outputs, tmp_path / "t.parquet", table)
    assert b"pandas" not in (tmp_path / "t.parquet").read_bytes()


def test_json_does_not_depend_on_order_or_number_type() -> None:
    one = to_json({"a": np.float64(0.1) + 0.2, "b": np.int64(2)})
    two = to_json({"b": 2, "a": 0.3})
    assert one == two


def test_json_has_no_value_that_json_does_not_know() -> None:
    assert to_json([float("nan"), float("inf")]) == "[\n  null,\n  null\n]\n"


def test_an_error_leaves_neither_output_nor_partial_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Outputs() as outputs:
        outputs.text(tmp_path / "first.txt", "first")
        assert list(tmp_path.iterdir())
        raise RuntimeError("the second output can't be made")
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_the_old_output_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), Outputs() as outputs:
        outputs.text(path, "new")
        raise RuntimeError
    assert path.read_text() == "old"


def fit() -> HistGradientBoostingClassifier:
    """Return a small fitted model."""
    x = np.arange(80.0).reshape(-1, 1)
    model = HistGradientBoostingClassifier(random_state=0, max_iter=5)
    return model.fit(x, x[:, 0] > 40)


def test_equal_models_have_the_same_bytes_where_skops_alone_does_not() -> None:
    one, two = fit(), fit()
    assert skops.io.dumps(one) != skops.io.dumps(two)
    assert model_files.dumps(one) == model_files.dumps(two)


def test_a_model_comes_back_and_predicts_the_same() -> None:
    model = fit()
    again = model_files.loads(model_files.dumps(model))
    x = np.linspace(0, 80, 50).reshape(-1, 1)
    assert (again.predict_proba(x) == model.predict_proba(x)).all()


def test_the_order_of_a_dict_comes_back() -> None:
    again = model_files.loads(model_files.dumps({"b": 1, 2: "two", "a": 3}))
    assert list(again.items()) == [("b", 1), (2, "two"), ("a", 3)]


class Intruder:
    """A type that no model of ours holds."""


def test_a_model_with_another_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(skops.io.dumps(Intruder()))
    with pytest.raises(errors.UserError, match="Intruder"):
        model_files.read(path)


def archive(*members: tuple[str, str | bytes], compression: int = 0) -> bytes:
    """Return an archive with members, whether or not they make a model."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name given twice
        with zipfile.ZipFile(buffer, "w", compression) as written:
            for name, content in members:
                written.writestr(name, content)
    return buffer.getvalue()


def encrypted(content: bytes) -> bytes:
    """Set the mark of an encrypted member in both headers of an archive."""
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + offset
        content = content[:place] + b"\x01" + content[place + 1 :]
    return content


MODEL = model_files.dumps(fit())
PARTS = {"protocol": 2, "__class__": "dict", "__module__": "builtins"}


@pytest.mark.parametrize(
    "content",
    [
        *(
            archive(("schema.json", text))
            for text in (
                "[]",
                "3",
                "null",
                "{}",
                '"text"',
                "not JSON",
                b"\xff",
                "[" * 20_000 + "]" * 20_000,
                '{"a":' * 20_000 + "1" + "}" * 20_000,
                '{"protocol": ' + "9" * 10_000 + "}",
                json.dumps(PARTS | {"__loader__": "DictNode", "content": 3}),
                json.dumps(PARTS | {"__loader__": "DictNode"}),
                json.dumps(PARTS | {"__loader__": ["DictNode"]}),
                json.dumps(
                    PARTS
                    | {"__loader__": "NdArrayNode", "type": "numpy", "file": "../x"}
                ),
            )
        ),
        archive(("other.json", "{}")),
        archive(("schema.json", "{}"), ("schema.json", "{}")),
        archive(("schema.json", " " * 10_000_000 + "{}"), compression=8),
        encrypted(archive(("schema.json", "{}"))),
        MODEL[: len(MODEL) // 2],
        MODEL[len(MODEL) // 2 :],
        MODEL.replace(b'"__class__"', b'"__clasz__"'),
        b"",
    ],
    ids=lambda _: "file",
)
def test_a_file_that_is_no_model_of_ours_is_one_line(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(errors.UserError, match="can't be read as a model: .") as caught:
        model_files.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive(("other.json", "{}")), "it has no schema.json"),
        (archive(("schema.json", "{}"), ("schema.json", "{}")), "a member twice"),
        (archive(("schema.json", "{}"), compression=8), "a compressed member"),
        (archive(("schema.json", "[]")), "its schema.json is not an object"),
        (
            archive(("schema.json", "{}"))
            # The size of the member, in the list of the archive.
            .replace(b"\x02\x00\x00\x00\x0b\x00", b"\x02\x00\x00\x7f\x0b\x00"),
            "its members are larger than the file",
        ),
    ],
)
def test_what_we_never_write_is_refused_unread(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        model_files.loads(content)


def test_a_folder_that_can_not_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(errors.UserError, match="x.txt can't be written: "),
        Outputs() as outputs,
    ):
        outputs.text(tmp_path / "file/x.txt", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_deep_tree_of_nodes_is_one_line(tmp_path: Path) -> None:
    text = json.dumps(PARTS | {"__loader__": "DictNode", "content": {}, "__id__": 1})
    for _ in range(700):  # less than what the reader of JSON refuses
        text = '{"__loader__": "ListNode", "content": [' + text + '], "__id__": 2}'
    path = tmp_path / "model.skops"
    path.write_bytes(archive(("schema.json", text)))
    with pytest.raises(errors.UserError, match="can't be read as a model: ."):
        model_files.read(path)


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(model_files.dumps([1, 2]))
    with pytest.raises(errors.UserError, match="it holds a list"):
        model_files.read(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "recursion"),
        ("[NaN]", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("9" * 10_000, "digits"),
        ("", "Expecting value"),
    ],
)
def test_json_that_can_not_be_used_is_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(errors.UserError, match="can't be read as JSON: ") as caught:
        read_json(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_one_line(tmp_path: Path) -> None:
    for read in (read_json, model_files.read, parquet.read):
        with pytest.raises(errors.UserError, match="can't be read"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("x.parquet", parquet.read),
        ("x.json", read_json),
        ("x.skops", model_files.read),
    ],
)
def test_a_missing_or_corrupt_file_is_one_line(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    with pytest.raises(errors.UserError, match="is missing"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"\x00corrupt")
    with pytest.raises(errors.UserError, match="can't be read") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_column_of_several_types_is_one_line(tmp_path: Path) -> None:
    mixed = pd.DataFrame({"x": [1, 2], "odd": pd.Series([1, "a"], dtype=object)})
    words = "t.parquet can't hold the table: .* column odd"
    with pytest.raises(errors.UserError, match=words), Outputs() as outputs:
        parquet.write(outputs, tmp_path / "t.parquet", mixed)
    assert not list(tmp_path.iterdir())
