"""A record comes back as it was written, and a malformed one is one line."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.records.counts import Rows
from {{ cookiecutter.package_name }}.records.evaluation import (
    Evaluation,
    Figure,
    Interval,
    Plot,
)
from {{ cookiecutter.package_name }}.records.trials import Trial, Trials
from {{ cookiecutter.package_name }}.runtime.errors import UserError
from {{ cookiecutter.package_name }}.runtime.outputs import Outputs, read_record

PLOT = Plot("lines", "x", "y", "x", "y")
FIGURE = Figure("f", "s", "t", PLOT, ["x", "y"], [[1, "a"], [None, 0.5]])
RECORDS: list[Any] = [
    Rows(3, 2),
    Trials(
        score="r2",
        seed=1,
        trials=[
            Trial(1, "a", "dummy", {"x": [1, None]}, [0.5], 0.5, None, None),
            Trial(2, "a", "dummy", {}, [], None, None, "why"),
        ],
        warnings=[],
        lock_differences=[],
    ),
    Evaluation(1, "a", 2, 2, {"r2": Interval(1.0, 0.5, 1.0)}, "", [FIGURE], [], []),
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_comes_back(tmp_path: Path, record: Any) -> None:
    path = tmp_path / "record.json"
    with Outputs() as outputs:
        outputs.json(path, record)
    assert read_record(path, type(record)) == record


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"score": 3}, "score: input should be a valid string"),
        ({"seed": "1"}, "seed: input should be a valid integer"),
        ({"seed": None}, "seed: input should be a valid integer"),
        ({"trials": {}}, "trials: input should be a valid array"),
        ({"trials": [{"trial": 1}]}, r"trials\.0\.candidate: field required"),
        ({"warnings": [1]}, r"warnings\.0: input should be a valid string"),
    ],
)
def test_a_malformed_record_is_one_line(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "trials.json"
    path.write_text(json.dumps({**asdict(RECORDS[1]), **change}))
    said = f"trials.json is not the record that its stage writes: {words}; remove"
    with pytest.raises(UserError, match=said) as caught:
        read_record(path, Trials)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "3", "null"])
def test_what_is_no_record_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(UserError, match="that its stage writes: all of it: "):
        read_record(path, Rows)


def test_a_figure_of_an_unknown_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    tree = asdict(RECORDS[2])
    tree["figures"][0]["plot"]["kind"] = "pie"
    path.write_text(json.dumps(tree))
    with pytest.raises(UserError, match=r"figures\.0\.plot\.kind: input should be "):
        read_record(path, Evaluation)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="rows.json is missing; `invoke repro`"):
        read_record(tmp_path / "rows.json", Rows)
