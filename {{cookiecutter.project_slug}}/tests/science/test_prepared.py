"""Each column of the prepared table suits its part, or one line says where not."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.runtime import paths
from {{ cookiecutter.package_name }}.runtime.errors import UserError
from {{ cookiecutter.package_name }}.runtime.outputs import Outputs, digest, read_json
from {{ cookiecutter.package_name }}.runtime.params import Params
from {{ cookiecutter.package_name }}.stages import evaluate, prepare, select, tune
from {{ cookiecutter.package_name }}.tables import prepared, raw

Make = Callable[..., Params]


def table(**changes: Any) -> pd.DataFrame:
    """Return a table as `make_settings` names its columns."""
    columns: dict[str, Any] = {
        "label": ["a", "b", "a"],
        "group": [1, 2, 2],
        "x": [0.5, None, 2.0],
        "c": ["u", None, "v"],
        "extra": [True, False, True],
    }
    return pd.DataFrame({**columns, **changes})


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, 0, 1], ["1", "0", "1"]),
        ([1.0, 0.0, 0.5], ["1.0", "0.0", "0.5"]),
        ([True, False, True], ["True", "False", "True"]),
        (pd.array([1, None, 0], dtype="Int64"), ["1", None, "0"]),
        (pd.array([True, None, False], dtype="boolean"), ["True", None, "False"]),
        (pd.Categorical([1, None, 2]), ["1", None, "2"]),
        (pd.Categorical(["b", "a", None]), ["b", "a", None]),
        (pd.to_datetime(["2026-01-31", "", "2026-02-01"]), None),
        ([Decimal("1.50"), None, "é"], ["1.50", None, "é"]),
    ],
)
def test_a_category_is_text_and_a_missing_one_stays_missing(
    make_settings: Make, values: Any, texts: list[str | None] | None
) -> None:
    made = prepared.finish(table(c=values), make_settings())
    texts = texts or ["2026-01-31", None, "2026-02-01"]
    assert [None if pd.isna(one) else one for one in made["c"]] == texts
    assert str(made["c"].dtype) == "str"
    assert list(made["group"]) == ["1", "2", "2"]
    assert list(made["extra"]) == [True, False, True]  # plays no part


@pytest.mark.parametrize("name", ["self", "index", "values", "c d"])
def test_a_column_may_have_any_name(make_settings: Make, name: str) -> None:
    settings = make_settings(changes={"columns.numeric": [name]})
    given = table().rename(columns={"x": name})
    found = prepared.finish(given, settings)
    assert list(found) == ["label", "group", name, "c", "extra"]
    assert list(given["group"]) == [1, 2, 2]  # the table that was given stays


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        ([1, 2, 2**60 + 1], "int64", [1, 2, 2**60 + 1]),
        (pd.array([1, None, 3], dtype="Int64"), "float64", [1.0, None, 3.0]),
        (pd.array([0.5, None, 3], dtype="Float64"), "float64", [0.5, None, 3.0]),
        ([True, False, True], "float64", [1.0, 0.0, 1.0]),
        (np.array([1, 2, 3], dtype="float32"), "float64", [1.0, 2.0, 3.0]),
        (["1", " 2.50 ", "+1e+3"], "float64", [1.0, 2.5, 1000.0]),
        (pd.Categorical(["1", None, "3"]), "float64", [1.0, None, 3.0]),
        ([Decimal("1.5"), None, 2], "float64", [1.5, None, 2.0]),
    ],
)
def test_a_number_is_a_number_whatever_holds_it(
    make_settings: Make, values: Any, kind: str, numbers: list[float | None]
) -> None:
    found = prepared.finish(table(x=values), make_settings())["x"]
    assert str(found.dtype) == kind
    assert [None if pd.isna(one) else one for one in found] == numbers


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["1", "1,234", "2"], '"1,234" is not a number'),
        (["1", "two", None], '"two" is not a number'),
        (["1", "2026-01-31", "2"], '"2026-01-31" is not a number'),
        (["1", "inf", "2"], '"inf" is not a number'),
        (["1", "nan", "2"], '"nan" is not a number'),
        (["1", "0x10", "2"], '"0x10" is not a number'),
        (["1", "1_0", "2"], '"1_0" is not a number'),
        (["1", "True", "2"], '"True" is not a number'),
        (["1", "", "2"], '"" is not a number'),
        (["1", "two\nlines", "2"], r'"two\nlines" is not a number'),
        (["1", "1e999", "2"], '"1e999" is not a number'),
        ([1.0, np.inf, 2.0], '"inf" is not finite'),
        ([1.0, -np.inf, 2.0], '"-inf" is not finite'),
        (pd.to_datetime(["", "2026-01-31", ""]), '"2026-01-31 00:00:00" is not a'),
    ],
)
def test_what_is_no_number_is_named_with_its_row_and_parameter(
    make_settings: Make, values: Any, shown: str
) -> None:
    for problem_type, name, parameter in (
        ("binary", "x", "columns.numeric"),
        ("regression", "label", "columns.target"),
    ):
        if problem_type == "regression" and pd.isna(values).any():
            continue
        made = table(label=["b", "a", "b"], x=[1.0, 2.0, 3.0]).assign(**{name: values})
        with pytest.raises(UserError) as caught:
            prepared.finish(made, make_settings(problem_type))
        message = str(caught.value)
        assert message.startswith(f"row 2 that prepare makes: {name}: {shown}")
        assert f"{parameter} names the column" in message and "\n" not in message


def test_the_line_of_the_file_is_named_where_the_column_keeps_its_name(
    make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "RAW", tmp_path / "raw.csv")
    paths.RAW.write_text('label,group,x,c\n\nb,1,"0\n",u\na,1,1,v\na,2,n/a,w\n')
    settings = make_settings()
    source = raw.read(paths.RAW, settings.data)
    with pytest.raises(UserError, match=r'raw\.csv, line 6: x: "n/a" is not'):
        prepared.finish(source.tail(1), settings)


@pytest.mark.parametrize(
    ("problem_type", "changes", "label", "words"),
    [
        ("binary", {}, ["a", None, "b"], "1 prepared row(s) have no label"),
        ("binary", {}, ["a", "c", "a"], 'is "b", which "label" never is; it is "a", '),
        ("binary", {"columns.positive": 1}, [0.0, 1.0, 0.0], 'it is "0.0", "1.0"'),
        ("binary", {"columns.positive": 1}, [0, 2, 0], 'it is "0", "2"'),
        ("binary", {}, ["b", "b", "b"], 'is "b" in every row'),
        ("multiclass", {}, ["b", "b", "b"], 'is "b" in every row'),
        (
            "multiclass",
            {},
            ["b", "a", "b"],
            'has two classes, "a", "b": make it binary',
        ),
        ("regression", {}, [1.5, 1.5, 1.5], 'is "1.5" in every row'),
    ],
)
def test_a_target_that_does_not_suit_the_task_is_one_line(
    make_settings: Make, problem_type: str, changes: Any, label: Any, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        prepared.finish(table(label=label), make_settings(problem_type, changes))
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("positive", "label"),
    [
        ("1", [0, 1, 0]),
        (1, pd.array([0, 1, 0], dtype="Int64")),
        (1.0, [0.0, 1.0, 0.0]),
        (True, [True, False, True]),
    ],
)
def test_the_positive_class_is_compared_as_text(
    make_settings: Make, positive: Any, label: Any
) -> None:
    settings = make_settings(changes={"columns.positive": positive})
    assert settings.columns.positive in set(
        prepared.finish(table(label=label), settings)["label"]
    )


def test_a_column_that_prepare_does_not_make_is_named(make_settings: Make) -> None:
    with pytest.raises(UserError, match='names "label", which .* makes "group"'):
        prepared.finish(table().drop(columns="label"), make_settings())
    with pytest.raises(UserError, match='"x", which has no value in any row'):
        prepared.finish(table(x=[None, None, None]), make_settings())


def refuse(_: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table as a function of the user's own may."""
    raise UserError("the lab's own reason")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda t: t.dropna(subset="tagret"), 'there is no column "tagret"; '),
        (lambda t: t[["label", "lable"]], "there is no column"),
        (lambda t: t["c"].map(lambda c: {"u": 1}[c]), "KeyError: "),
        (refuse, "the lab's own reason"),
        (lambda t: t.assign(x=t["c"].astype(float)), "ValueError: could not convert"),
        (lambda t: None, "prepare must give a table"),
        (lambda t: t[["x", "x"]], "prepare must give a table"),
        (lambda t: t.head(0), "prepare keeps none of the 3 rows"),
    ],
)
def test_a_function_that_fails_is_one_line(function: Any, words: str) -> None:
    with pytest.raises(UserError) as caught:
        prepared.apply(function, table())
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_function_may_change_what_it_is_given() -> None:
    def add(given: pd.DataFrame) -> pd.DataFrame:
        given.insert(0, "own", 1)
        return given

    given = table()
    made = prepared.apply(add, given)
    assert "own" in made and "own" not in given


@pytest.fixture(name="folder")
def fixture_folder(
    make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Stand in a project whose raw table has passed its gate."""
    monkeypatch.chdir(tmp_path)
    with Outputs() as outputs:
        outputs.json(paths.PARAMS, make_settings().model_dump())  # JSON is YAML
        outputs.text(paths.RAW, "label,group,x,c\na,1,1,u\n,2,2,v\nb,3,3,NA\n")
        outputs.json(
            paths.GATE_SPLITS, {"datasets": {"train": "another", "test": "another"}}
        )
        for path in (paths.TRAIN, paths.TEST):
            outputs.text(path, "a table")
    with Outputs() as outputs:
        outputs.json(paths.GATE_RAW, {"datasets": {"raw": digest(paths.RAW)}})
    return tmp_path


def test_the_rows_that_prepare_leaves_out_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "prepare", lambda t: t.dropna(subset="label"))
    prepare.main([])
    assert capsys.readouterr().out == "prepare: 3 rows read, 2 kept\n"
    assert read_json(folder / paths.ROWS) == {"read": 3, "kept": 2}
    made = pd.read_parquet(folder / paths.PREPARED)
    assert list(made["label"]) == ["a", "b"] and list(made["x"]) == [1, 3]


@pytest.mark.parametrize(
    ("stage", "path"),
    [
        (prepare, paths.RAW),
        (tune, paths.TRAIN),
        (select, paths.TRAIN),
        (evaluate, paths.TEST),
    ],
    ids=["prepare", "tune", "select", "evaluate"],
)
def test_a_stage_refuses_a_table_that_its_gate_did_not_pass(
    folder: Path, stage: Any, path: Path
) -> None:
    (folder / path).write_text("label,group,x,c\na,1,1,u\n")
    before = sorted(folder.rglob("*"))
    with pytest.raises(UserError, match="is not the table that .* passed; run"):
        stage.main([])
    assert sorted(folder.rglob("*")) == before
