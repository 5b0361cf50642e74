"""What is said of a run's results, against those that are committed."""

import copy
import dataclasses
import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reproducibility import platforms
from tasks import ci, commands, reference, results

CODE = f"{commands.package()}/runtime"  # of another name in each project
SAME = "The processor makes no difference here, so there is another cause."
FREE = "Nothing is pinned here, so the last digits may differ."
NO_RECORDS = ["", "{", "[]", '{"stages": []}', '{"stages": {}}', '{"outputs": "0"}']
PIPELINE = "stages: {make: {cmd: make}, train: {cmd: train}, show: {cmd: show}}\n"


def item(path: str, md5: str) -> dict[str, str]:
    """Return a dependency or an output as a lock holds it."""
    return {"path": path, "hash": "md5", "md5": md5}


def lock() -> dict[str, Any]:
    """Return a lock of three stages, in another order than that of the pipeline."""
    train = {
        "cmd": "train",
        "deps": [item("data/table", "1"), item("train.py", "2"), item(CODE, "2")],
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
    write_record(tmp_path, lock(), here())
    commit(tmp_path)
    return tmp_path


@functools.cache
def here() -> dict[str, str]:
    """Describe this platform, once: it starts a process."""
    return reference.describe_here()


def write_record(root: Path, stages: dict[str, Any], about: dict[str, str]) -> None:
    """Say what gave the results of the reference, and where they were made."""
    read = results.from_lock(stages)
    held = {name: dataclasses.asdict(stage) for name, stage in read.items()}
    text = json.dumps({"platform": about, "stages": held})
    text = text.replace(commands.package(), results.PACKAGE)
    (root / reference.REFERENCE).write_text(text, encoding="utf-8")


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
    changing = "or C library may change the last digits"
    assert changing in text and "was made on" not in text


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
    # Made here: no platform explains it, unless nothing is pinned on this one.
    assert end == (SAME if reference.is_pinned() else FREE)


def differs_from_one_made_on(root: Path, **about: str) -> str:
    """Return what is said of another model than that of a reference made elsewhere."""
    write_lock(root, lock())
    write_record(root, lock(), {**here(), **about})
    commit(root)
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    return said()


def test_another_platform_is_named_beside_that_of_the_reference(root: Path) -> None:
    text = differs_from_one_made_on(root, system="Abacus", c_library="beads 3")
    assert "The reference was made on Abacus, beads 3, " in text
    assert f"This is {platforms.sentence(here())}." in text
    assert "With another system and C library the last digits may differ." in text


@pytest.mark.skipif(not reference.is_pinned(), reason="nothing is pinned here")
@pytest.mark.parametrize("about", [{"cpu": "Abacus 3"}, {"python": "3.1"}])
def test_another_processor_or_python_explains_nothing(
    root: Path, about: dict[str, str]
) -> None:
    text = differs_from_one_made_on(root, **about)
    assert text.endswith(SAME) and next(iter(about.values())) in text


def test_where_nothing_is_pinned_the_processor_may_explain_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_OTHER_ENVIRONMENT", "1")
    about = reference.describe_here()
    assert differs_from_one_made_on(root, **about).endswith(FREE)
    text = differs_from_one_made_on(root, **{**about, "cpu": "Abacus 3"})
    assert "With another processor the last digits may differ." in text


def test_the_kernel_that_is_told_is_that_of_the_stages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blas = here()["blas"]
    for value in ("", "Prescott", "nonsense"):
        monkeypatch.setenv("OPENBLAS_CORETYPE", value)
        monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "X86_V2")  # numpy refuses it
        assert reference.describe_here()["blas"] == blas
    if reference.is_pinned():
        assert blas.endswith(" for Haswell")


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
    stages["extra"] = stages["show"]  # DVC leaves in its lock what isn't declared
    write_lock(root, stages)
    text = PIPELINE.replace("show: {cmd: show}", "extra: {cmd: show}")
    (root / "dvc.yaml").write_text(text, encoding="utf-8")
    changed = "dvc.yaml (stage 'extra'), dvc.yaml (stage 'show'); all outputs are"
    assert f"have other inputs than the reference: {changed} the same." in said()


def test_a_stage_that_a_merge_left_out_of_the_lock_is_no_change(root: Path) -> None:
    """Its dvc.yaml is the same, and so is all that needs it, if it gives the same."""
    stages = lock()
    del stages["make"]
    write_lock(root, stages)
    commit(root)
    head = (ci.git("rev-parse", "--short", "HEAD") or "").strip()
    write_lock(root, lock())
    first = f"Not compared with what is committed (HEAD {head}): stage 'make' (not run"
    assert said().splitlines() == [
        f"{first} there).",
        f"All else is identical to what is committed (HEAD {head}).",
    ]
    stages = lock()
    set_md5(stages, "data/table", "9")
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    assert said().splitlines() == [
        f"{first} there).",
        f"What follows from it differs from what is committed (HEAD {head}).",
    ]
    set_md5(stages, "train.py", "9")
    write_lock(root, stages)
    inputs = f"have other inputs than what is committed (HEAD {head}): train.py."
    assert inputs in said() and "dvc.yaml" not in said()


def test_a_lock_that_is_committed_and_no_text_is_one_line(root: Path) -> None:
    (root / "dvc.lock").write_bytes(b"\xff\xfe\x00")
    commit(root)
    write_lock(root, lock())
    assert said().startswith("There is nothing to compare with: HEAD:dvc.lock can't be")


@pytest.mark.parametrize("name", ["dvc.lock", "dvc.yaml"])
def test_a_conflict_that_is_committed_is_one_line(root: Path, name: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    path.write_text(f"<<<<<<< ours\n{text}", encoding="utf-8")
    commit(root)
    path.write_text(text, encoding="utf-8")
    assert said() == (
        f"There is nothing to compare with: HEAD:{name} can't be used: a merge left a "
        "conflict in it (line 1); commit the one that is here now."
    )


@pytest.mark.parametrize("record", NO_RECORDS)
def test_a_record_of_other_results_is_not_cited(root: Path, record: str) -> None:
    (root / reference.REFERENCE).write_text(record, encoding="utf-8")
    commit(root)
    assert "Identical to what is committed" in said()


@pytest.fixture(name="uncommitted")
def fixture_uncommitted(root: Path) -> Path:
    """Return the same folder without a commit, as an archive gives it."""
    (root / ".git").rename(root / "history")
    return root


@pytest.mark.usefixtures("uncommitted")
def test_without_a_commit_the_record_is_what_counts() -> None:
    assert said() == "Identical to the reference."


def test_without_a_commit_other_outputs_and_inputs_are_named(uncommitted: Path) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    set_md5(stages, "reports/metrics.json", "8")
    write_lock(uncommitted, stages)
    first, made_on, _ = said().splitlines()
    # Nothing holds the metrics of before, so nothing is said of them.
    assert first == (
        "Not identical to the reference. Differs first: models/model (stage 'train'), "
        "reports/metrics.json (stage 'show')."
    )
    assert made_on.startswith("The reference was made on ")
    set_md5(stages, CODE, "9")
    write_lock(uncommitted, stages)
    assert f"have other inputs than the reference: {CODE}." in said()


@pytest.mark.parametrize("record", NO_RECORDS)
def test_with_neither_a_commit_nor_a_record_it_says_so(
    uncommitted: Path, record: str
) -> None:
    (uncommitted / reference.REFERENCE).write_text(record, encoding="utf-8")
    assert said() == reference.NOTHING
    (uncommitted / reference.REFERENCE).write_bytes(b"\xff\xfe")
    assert said() == reference.NOTHING
    (uncommitted / reference.REFERENCE).unlink()
    assert said() == reference.NOTHING


def test_the_platform_has_a_system_and_a_library_of_linear_algebra() -> None:
    about = platforms.describe_platform()
    assert about["system"] and about["machine"] and about["blas"] != "unknown"
    assert " for " not in about["blas"]  # what kernel a stage uses isn't known
    assert about["python"] in platforms.sentence(about)
