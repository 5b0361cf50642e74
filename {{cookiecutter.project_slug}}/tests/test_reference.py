"""What is said of a run's results, against those that are committed."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reproducibility import platforms
from tasks import ci, reference

PIPELINE = "stages: {make: {cmd: make}, train: {cmd: train}, show: {cmd: show}}\n"


def item(path: str, md5: str) -> dict[str, str]:
    """Return a dependency or an output as a lock holds it."""
    return {"path": path, "hash": "md5", "md5": md5}


def lock() -> dict[str, Any]:
    """Return a lock of three stages, in another order than that of the pipeline."""
    train = {
        "cmd": "train",
        "deps": [item("data/table", "1"), item("train.py", "2")],
        "params": {"params.yaml": {"seed": 1, "tune": {"folds": 5, "grid": [1, 2]}}},
        "outs": [item("models/model", "3")],
    }
    show = {
        "cmd": "show",
        "deps": [item("models", "4.dir")],
        "outs": [item("reports/metrics.json", "5")],
    }
    make = {"cmd": "make", "outs": [item("data/table", "1")]}
    return {"show": show, "train": train, "make": make}


def set_md5(stages: dict[str, Any], path: str, md5: str) -> None:
    """Give a path another digest wherever a lock names it."""
    for stage in stages.values():
        for each in stage.get("deps", []) + stage["outs"]:
            if each["path"] == path:
                each["md5"] = md5


def write_lock(root: Path, stages: dict[str, Any]) -> None:
    """Write a lock."""
    with (root / "dvc.lock").open("w", encoding="utf-8") as stream:
        YAML().dump({"schema": "2.0", "stages": stages}, stream)


def commit(root: Path) -> None:
    """Commit all that is there."""
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        [*author, "-c", "commit.gpgsign=false", "commit", "-qm", "Results"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository that holds a reference, and where it was made: here."""
    for module in (ci, reference):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (tmp_path / "reports/metrics.json").write_text('{"auc": 0.9}', encoding="utf-8")
    (tmp_path / "reports/trials.csv").write_text("trial,mean\n1,0.5\n", "utf-8")
    write_lock(tmp_path, lock())
    write_record(tmp_path, lock(), platforms.describe_platform())
    commit(tmp_path)
    return tmp_path


def write_record(root: Path, stages: dict[str, Any], about: dict[str, str]) -> None:
    """Say where results were made."""
    record = {"outputs": reference.digest(stages), "platform": about}
    (root / reference.REFERENCE).write_text(json.dumps(record), encoding="utf-8")


def said() -> str:
    """Return what is said."""
    return "\n".join(reference.lines())


@pytest.mark.usefixtures("root")
def test_the_same_is_identical_to_the_reference() -> None:
    assert said() == "Identical to the reference."


def test_after_another_commit_head_is_what_counts(root: Path) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    commit(root)
    head = (ci.git("rev-parse", "--short", "HEAD") or "").strip()
    assert said() == f"Identical to what is committed (HEAD {head})."
    write_lock(root, lock())
    text = said()
    assert f"Not identical to what is committed (HEAD {head})." in text
    assert "the last digits may differ" in text and "was made on" not in text


def test_results_that_are_half_committed_are_named(root: Path) -> None:
    (root / "reports/metrics.json").write_text("{}", encoding="utf-8")
    assert "but reports/ is not; commit both" in said()


def test_what_no_stage_wrote_is_no_result(root: Path) -> None:
    (root / "reports/notes.md").write_text("Mine\n", encoding="utf-8")
    assert said() == "Identical to the reference."


def test_what_differs_first_is_named_and_by_how_much(root: Path) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    set_md5(stages, "models", "7.dir")
    set_md5(stages, "reports/metrics.json", "8")
    write_lock(root, stages)
    (root / "reports/metrics.json").write_text('{"auc": 0.8}', encoding="utf-8")
    first, metrics, trials, made_on, end = said().splitlines()
    # What follows from it is not named.
    assert first == (
        "Not identical to the reference. Differs first: models/model (stage 'train')."
    )
    assert "reports/metrics.json: different, auc: 0.9 against 0.8" in metrics
    assert trials == "  reports/trials.csv: identical"
    assert made_on.startswith("The reference was made on ")
    assert "has another cause" in end


def test_another_platform_is_named_beside_that_of_the_reference(root: Path) -> None:
    about = {**platforms.describe_platform(), "cpu": "Abacus 3"}
    write_record(root, lock(), about)
    commit(root)
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    text = said()
    assert "The reference was made on " in text and "Abacus 3" in text
    assert f"This is {platforms.sentence(platforms.describe_platform())}." in text
    assert "On another platform the last digits may differ" in text


def test_another_python_is_no_other_platform(root: Path) -> None:
    write_record(root, lock(), {**platforms.describe_platform(), "python": "3.1"})
    commit(root)
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    assert "This platform is the same" in said()


@pytest.mark.parametrize(
    ("stage", "key", "value", "shows"),
    [
        ("train", "params", {"params.yaml": {"seed": 2}}, "params.yaml (seed)"),
        ("train", "cmd", "train more", "dvc.yaml"),
        ("train", "deps", [item("data/table", "1")], "train.py"),
        ("make", "deps", [item("source", "9")], "source"),
    ],
)
def test_other_inputs_are_named_without_alarm(
    root: Path, stage: str, key: str, value: Any, shows: str
) -> None:
    stages = lock()
    stages[stage][key] = value
    write_lock(root, stages)
    assert said().startswith("These results have other inputs than the reference: ")
    assert shows in said() and "all outputs are the same" in said()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    if stage == "train":  # so the model may be another
        assert "Not identical" not in said() and "are the same" not in said()
    else:
        assert "Differs first: models/model" in said()


def test_a_nested_parameter_is_named(root: Path) -> None:
    stages = copy.deepcopy(lock())
    stages["train"]["params"]["params.yaml"]["tune"]["folds"] = 4
    write_lock(root, stages)
    assert "the reference: params.yaml (tune.folds); all" in said()


def test_a_new_and_a_removed_stage_are_other_inputs(root: Path) -> None:
    stages = lock()
    stages["extra"] = stages.pop("show")
    write_lock(root, stages)
    assert "dvc.yaml (stage 'show'), dvc.yaml (stage 'extra')" in said()


def test_many_names_are_counted() -> None:
    assert reference.shorten(list("abcde")) == "a, b, c and 2 more"


@pytest.mark.parametrize("record", ["", "{", '{"outputs": "0"}'])
def test_a_record_of_other_results_is_not_cited(root: Path, record: str) -> None:
    (root / reference.REFERENCE).write_text(record, encoding="utf-8")
    commit(root)
    assert "Identical to what is committed" in said()


def test_without_a_commit_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ci, "ROOT", tmp_path)
    assert said() == "No commit holds results to compare with."


def test_the_platform_has_a_kernel_and_a_system() -> None:
    about = platforms.describe_platform()
    assert about["system"] and about["machine"] and about["blas"]
    assert about["python"] in platforms.sentence(about)
