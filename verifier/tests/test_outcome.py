"""How the outputs of two runs are graded, and which differ only as others do."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.compare.contents import Agreement
from dvc_verify.compare.outcome import Judge, Result
from dvc_verify.errors import Refusal
from dvc_verify.repository.clone import dvc_digest
from dvc_verify.repository.stages import Stage
from dvc_verify.runs.run import Run
from made import make_repository, output, put_in_cache, stage, write

SHELL = {"shell": "/bin/sh"}


def md5(text: str) -> str:
    """Return the digest by which DVC knows a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def judged(
    folder: Path,
    stages: list[Stage],
    one: dict[str, str],
    other: dict[str, str],
    committed: dict[str, str] | None = None,
    cached: dict[str, str] | None = None,
) -> dict[str, Result]:
    """Grade what two runs gave against what git and the cache hold."""
    made = make_repository(folder / "project", committed or {})
    for digest, text in (cached or {}).items():
        put_in_cache(made, digest, text.encode())
    runs, states = [], []
    for name, files in (("one", one), ("other", other)):
        root = folder / name
        root.mkdir()
        write(root, files)
        environment = {"PATH": os.environ["PATH"]}
        runs.append(Run(root, root, root, environment, SHELL, ()))
        states.append(
            {
                each.name: stage(
                    each.name,
                    outputs=tuple(
                        output(out.path, dvc_digest(root / out.path))
                        for out in each.outputs
                    ),
                )
                for each in stages
            }
        )
    judge = Judge(made, runs[0], runs[1], folder / "scratch")
    return {each.path: each for each in judge.compare(stages, states[0], states[1])}


def grade(
    folder: Path, one: str, other: str, kept: str | None = None, **meta: Any
) -> Result:
    """Grade one output, which the cache holds if it is kept."""
    locked = "" if kept is None else md5(kept)
    made = output("out.csv", locked, meta=meta)
    cached = {} if kept is None else {locked: kept}
    found = judged(
        folder,
        [stage(outputs=(made,))],
        {"out.csv": one},
        {"out.csv": other},
        cached=cached,
    )
    return found["out.csv"]


def test_an_output_that_is_always_the_same_is_identical(tmp_path: Path) -> None:
    found = grade(tmp_path, "1\n", "1\n", "1\n")
    same = Agreement("identical")
    digest = md5("1\n")
    assert found == Result(
        "use", "out.csv", 2, digest, digest, digest, same, same, False, False
    )
    assert found.grade == "identical"


@pytest.mark.parametrize(
    ("one", "other", "kept", "grades"),
    [
        ("1\n", "2\n", "1\n", ("different", "identical")),
        ("1\n", "1\n", "2\n", ("identical", "different")),
        ("1\n", "1.0\n", "1\n", ("same content", "identical")),
        ("1\n", "1\n", None, ("identical", "identical")),
    ],
)
def test_both_runs_and_what_is_committed_are_compared(
    tmp_path: Path, one: str, other: str, kept: str | None, grades: tuple[str, str]
) -> None:
    found = grade(tmp_path, one, other, kept)
    assert (found.runs.grade, found.committed.grade) == grades
    assert found.grade == next(iter({*grades} - {"identical"}), "identical")


def test_bytes_that_are_not_at_hand_are_compared_by_their_digest(
    tmp_path: Path,
) -> None:
    for number, (locked, told) in enumerate(((md5("1"), "identical"), (md5("2"), ""))):
        made = [stage(outputs=(output("out.csv", locked),))]
        files = {"out.csv": "1"}
        found = judged(tmp_path / str(number), made, files, files)["out.csv"]
        if told:
            assert found.committed == Agreement(told)
            continue
        detail = f"dvc.lock says {md5('2')[:8]}, the run gives {md5('1')[:8]}"
        detail += "; its bytes are not at hand"
        assert found.committed == Agreement("different", detail)


def test_a_cached_content_that_is_not_what_the_lock_says_is_stale(
    tmp_path: Path,
) -> None:
    made = [stage(outputs=(output("out.csv", md5("1")),))]
    files = {"out.csv": "1"}
    found = judged(tmp_path, made, files, files, cached={md5("1"): "forged"})["out.csv"]
    assert (found.stale, found.committed.grade) == (True, "different")


def test_a_metric_in_git_is_compared_with_what_is_committed(tmp_path: Path) -> None:
    made = output("m.json", md5("[1]"), cached=False)
    folder = output("many", cached=False)
    files = {"m.json": "[1]", "many/a": "a", "many/b": "b"}
    committed = {"m.json": "[2]", "many/a": "a", "many/b": "c"}
    stages = [stage(outputs=(made, folder))]
    found = judged(tmp_path, stages, files, files, committed)
    assert (found["m.json"].stale, found["m.json"].grade) == (True, "different")
    assert found["many"].committed.detail.startswith("b: byte 0")
    assert found["many"].size == 2


def test_what_differs_only_as_an_earlier_output_does_is_inherited(
    tmp_path: Path,
) -> None:
    stages = [
        stage("a", outputs=("folder", "same.txt")),
        stage("b", ("folder/x.txt",), ("b.txt",)),
        stage("c", ("b.txt",), ("c.txt",)),
        stage("d", ("same.txt", "folder more"), ("d.txt",)),
    ]
    names = ("folder/x.txt", "same.txt", "b.txt", "c.txt", "d.txt")
    one = dict.fromkeys(names, "1")
    other = {**dict.fromkeys(names, "2"), "same.txt": "1"}
    found = judged(tmp_path, stages, one, other)
    inherited = {path for path, each in found.items() if each.inherited}
    assert inherited == {"b.txt", "c.txt"}
    assert found["d.txt"].grade == "different"


def test_a_missing_output_is_different_and_has_no_size(tmp_path: Path) -> None:
    stages = [stage(outputs=("out.csv",))]
    found = judged(tmp_path, stages, {}, {"out.csv": "1"})["out.csv"]
    assert (found.grade, found.size, found.control) == ("different", 0, "")


def test_tolerance_and_order_count_as_declared(tmp_path: Path) -> None:
    one, other = "1\n2\n", "2.0001\n1\n"
    meta: dict[str, Any] = {"tolerance": 0.001, "order": "free"}
    assert grade(tmp_path / "a", one, other, **meta).grade == "within tolerance"
    assert grade(tmp_path / "b", one, other, order="free").grade == "different"
    assert grade(tmp_path / "c", one, other, tolerance=0.001).grade == "different"
    meta["order"] = "given"
    assert grade(tmp_path / "d", one, other, **meta).grade == "different"


@pytest.mark.parametrize("value", ["1e-9", True, -1, None, [1]])
def test_a_tolerance_that_is_no_number_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(Refusal, match="meta.tolerance of out.csv is .*; give a"):
        grade(tmp_path, "1", "2", tolerance=value)


@pytest.mark.parametrize(
    ("command", "meta", "told"),
    [
        ("echo 0.5", {}, ("same predictions", "[0][0]: 1.0 against 2.0")),
        ("echo '[0.5]'", {}, ("same predictions", "[0][0]: 1.0 against 2.0")),
        ("cat out.csv", {}, ("different", "predictions: ")),
        ("cat out.csv", {"tolerance": 0.4}, ("different", "predictions: ")),
        ("exit 1", {}, ("different", "[0][0]: 1.0 against 2.0")),
        (
            "echo [$(sed s/1/1.9/ out.csv)]",
            {"tolerance": 0.1},
            ("within tolerance", "predictions: [0]: 1.9 against 2"),
        ),
    ],
)
def test_a_model_that_differs_is_graded_by_its_predictions(
    tmp_path: Path, command: str, meta: dict[str, Any], told: tuple[str, str]
) -> None:
    found = grade(tmp_path, "1\n", "2\n", "1\n", predictions=command, **meta)
    assert found.runs.grade == told[0]
    assert found.runs.detail.startswith(told[1])
    assert (tmp_path / "one" / "out.csv").read_text() == "1\n"


def test_predictions_need_nothing_that_is_committed(tmp_path: Path) -> None:
    found = grade(tmp_path, "1\n", "2\n", predictions="echo 0.5")
    assert found.runs.grade == "same predictions"
