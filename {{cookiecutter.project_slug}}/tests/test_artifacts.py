"""The same content gives the same bytes, and a stage writes all or nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from {{ cookiecutter.package_name }}.core import artifacts, errors, model_files


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
        with artifacts.Outputs() as outputs:
            write = outputs.csv if name.endswith("csv") else outputs.table
            write(path, table)
        read = pd.read_csv if name.endswith("csv") else artifacts.read_table
        pd.testing.assert_frame_equal(read(path), table)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_parquet_holds_no_versions(tmp_path: Path, table: pd.DataFrame) -> None:
    with artifacts.Outputs() as outputs:
        outputs.table(tmp_path / "t.parquet", table)
    assert b"pandas" not in (tmp_path / "t.parquet").read_bytes()


def test_json_does_not_depend_on_order_or_number_type() -> None:
    one = artifacts.to_json({"a": np.float64(0.1) + 0.2, "b": np.int64(2)})
    two = artifacts.to_json({"b": 2, "a": 0.3})
    assert one == two


def test_json_has_no_value_that_json_does_not_know() -> None:
    assert artifacts.to_json([float("nan"), float("inf")]) == "[\n  null,\n  null\n]\n"


def test_an_error_leaves_neither_output_nor_partial_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), artifacts.Outputs() as outputs:
        outputs.text(tmp_path / "first.txt", "first")
        assert list(tmp_path.iterdir())
        raise RuntimeError("the second output can't be made")
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_the_old_output_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), artifacts.Outputs() as outputs:
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
        artifacts.read_model(path)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("x.parquet", artifacts.read_table),
        ("x.json", artifacts.read_json),
        ("x.skops", artifacts.read_model),
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
