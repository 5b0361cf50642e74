"""What is said of a run's results, against those that are committed."""

import copy
import dataclasses
import functools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from dvc_verify.compare import head, platforms, reference, results
from dvc_verify.compare.head import Place, report
from dvc_verify.errors import Refusal
from dvc_verify.options import Options
from made import git

CODE = "mine/code"  # of another name in each repository
SAME = "The processor makes no difference here, so there is another cause."
FREE = "Nothing is pinned here, so the last digits may differ."
NO_RECORDS = ["", "{", "[]", '{"stages": []}', '{"stages": {}}', '{"outputs": "0"}']
PIPELINE = "stages: {make: {cmd: make}, train: {cmd: train}, show: {cmd: show}}\n"
OPTIONS = Options(
    reference="reports/reference.json",
    amounts=("reports/metrics.json", "reports/trials.csv"),
    placeholders={"<package>": "mine"},
)


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
    text = yaml.safe_dump({"schema": "2.0", "stages": stages})
    (root / "dvc.lock").write_text(text, encoding="utf-8")


def commit(root: Path) -> None:
    """Commit all that is there."""
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Results")


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    """Return a repository that holds a reference, and where it was made: here."""
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
    return platforms.describe_platform(os.environ)


def write_record(root: Path, stages: dict[str, Any], about: dict[str, str]) -> None:
    """Say what gave the results of the reference, and where they were made."""
    read = results.from_lock(stages)
    held = {name: dataclasses.asdict(stage) for name, stage in read.items()}
    text = json.dumps({"platform": about, "stages": held})
    text = text.replace("mine", "<package>")
    (root / OPTIONS.reference).write_text(text, encoding="utf-8")


def said(root: Path, revision: str = "HEAD", pinned: bool = True) -> str:
    """Return what is said."""
    place = Place(root, OPTIONS, os.environ, pinned)
    return "\n".join(report(place, revision))


def short(root: Path, revision: str = "HEAD") -> str:
    """Return the short name of a commit."""
    return git(root, "rev-parse", "--short", revision).strip()


def test_the_same_is_identical_to_the_reference(root: Path) -> None:
    assert said(root) == "Identical to the reference."


def test_after_another_commit_head_is_what_counts(root: Path) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    commit(root)
    at = short(root)
    assert said(root) == f"Identical to what is committed (HEAD {at})."
    write_lock(root, lock())
    text = said(root)
    assert f"Not identical to what is committed (HEAD {at})." in text
    changing = "Another system or C library may change the last digits"
    assert changing in text and "was made on" not in text
    assert "Another processor, system or C library may" in said(root, pinned=False)


def test_results_that_are_half_committed_are_named(root: Path) -> None:
    (root / "reports/metrics.json").write_text("{}", encoding="utf-8")
    assert "but reports/ is not; commit both" in said(root)


def test_what_no_stage_wrote_is_no_result(root: Path) -> None:
    (root / "reports/notes.md").write_text("Mine\n", encoding="utf-8")
    assert said(root) == "Identical to the reference."


def test_what_differs_first_is_named_and_by_how_much(root: Path) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    set_md5(stages, "models", "7.dir")
    set_md5(stages, "reports/metrics.json", "8")
    write_lock(root, stages)
    (root / "reports/metrics.json").write_text('{"auc": 0.8}', encoding="utf-8")
    first, metrics, trials, made_on, end = said(root).splitlines()
    # What follows from it is not named.
    assert first == (
        "Not identical to the reference. Differs first: models/model (stage 'train')."
    )
    assert "reports/metrics.json: different, auc: 0.9 against 0.8" in metrics
    assert trials == "  reports/trials.csv: identical"
    assert made_on.startswith("The reference was made on ")
    # Made here: no platform explains it, unless nothing is pinned on this one.
    assert end == SAME


def differs_from_one_made_on(root: Path, pinned: bool = True, **about: str) -> str:
    """Return what is said of another model than that of a reference made elsewhere."""
    write_lock(root, lock())
    write_record(root, lock(), {**here(), **about})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Another reference", "--allow-empty")
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    return said(root, pinned=pinned)


def test_another_platform_is_named_beside_that_of_the_reference(root: Path) -> None:
    text = differs_from_one_made_on(root, system="Abacus", c_library="beads 3")
    assert "The reference was made on Abacus, beads 3, " in text
    assert f"This is {platforms.sentence(here())}." in text
    assert "With another system and C library the last digits may differ." in text


@pytest.mark.parametrize("about", [{"cpu": "Abacus 3"}, {"python": "3.1"}])
def test_another_processor_or_python_explains_nothing(
    root: Path, about: dict[str, str]
) -> None:
    text = differs_from_one_made_on(root, True, **about)
    assert text.endswith(SAME) and next(iter(about.values())) in text


def test_where_nothing_is_pinned_the_processor_may_explain_it(root: Path) -> None:
    assert differs_from_one_made_on(root, pinned=False).endswith(FREE)
    text = differs_from_one_made_on(root, pinned=False, cpu="Abacus 3")
    assert "With another processor the last digits may differ." in text


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
    assert said(root).startswith("These results have other inputs than the reference: ")
    assert shows in said(root) and "all outputs are the same" in said(root)
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    if stage == "train":  # so the model may be another
        assert "Not identical" not in said(root) and "are the same" not in said(root)
    else:
        assert "Differs first: models/model" in said(root)


def test_a_nested_parameter_is_named(root: Path) -> None:
    stages = copy.deepcopy(lock())
    stages["train"]["params"]["params.yaml"]["tune"]["folds"] = 4
    write_lock(root, stages)
    assert "the reference: params.yaml (tune.folds); all" in said(root)


def test_a_new_and_a_removed_stage_are_other_inputs(root: Path) -> None:
    stages = lock()
    stages["extra"] = stages["show"]  # DVC leaves in its lock what isn't declared
    write_lock(root, stages)
    text = PIPELINE.replace("show: {cmd: show}", "extra: {cmd: show}")
    (root / "dvc.yaml").write_text(text, encoding="utf-8")
    changed = "dvc.yaml (stage 'extra'), dvc.yaml (stage 'show'); all outputs are"
    assert f"have other inputs than the reference: {changed} the same." in said(root)


def test_a_stage_that_a_merge_left_out_of_the_lock_is_no_change(root: Path) -> None:
    """Its dvc.yaml is the same, and so is all that needs it, if it gives the same."""
    stages = lock()
    del stages["make"]
    write_lock(root, stages)
    commit(root)
    at = short(root)
    write_lock(root, lock())
    first = f"Not compared with what is committed (HEAD {at}): stage 'make' (not run"
    assert said(root).splitlines() == [
        f"{first} there).",
        f"All else is identical to what is committed (HEAD {at}).",
    ]
    stages = lock()
    set_md5(stages, "data/table", "9")
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    assert said(root).splitlines() == [
        f"{first} there).",
        f"What follows from it differs from what is committed (HEAD {at}).",
    ]
    set_md5(stages, "train.py", "9")
    write_lock(root, stages)
    inputs = f"have other inputs than what is committed (HEAD {at}): train.py."
    assert inputs in said(root) and "dvc.yaml" not in said(root)


def test_a_lock_that_is_committed_and_no_text_is_one_line(root: Path) -> None:
    (root / "dvc.lock").write_bytes(b"\xff\xfe\x00")
    commit(root)
    write_lock(root, lock())
    assert said(root).startswith(
        "There is nothing to compare with: HEAD:dvc.lock can't be"
    )


@pytest.mark.parametrize("name", ["dvc.lock", "dvc.yaml"])
def test_a_conflict_that_is_committed_is_one_line(root: Path, name: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    path.write_text(f"<<<<<<< ours\n{text}", encoding="utf-8")
    commit(root)
    path.write_text(text, encoding="utf-8")
    assert said(root) == (
        f"There is nothing to compare with: HEAD:{name} can't be used: a merge left a "
        "conflict in it (line 1); commit the one that is here now."
    )


@pytest.mark.parametrize("record", NO_RECORDS)
def test_a_record_of_other_results_is_not_cited(root: Path, record: str) -> None:
    (root / OPTIONS.reference).write_text(record, encoding="utf-8")
    commit(root)
    assert "Identical to what is committed" in said(root)


@pytest.fixture(name="uncommitted")
def fixture_uncommitted(root: Path) -> Path:
    """Return the same folder without a commit, as an archive gives it."""
    (root / ".git").rename(root / "history")
    return root


def test_without_a_commit_the_record_is_what_counts(uncommitted: Path) -> None:
    assert said(uncommitted) == "Identical to the reference."


def test_without_a_commit_other_outputs_and_inputs_are_named(
    uncommitted: Path,
) -> None:
    stages = lock()
    set_md5(stages, "models/model", "6")
    set_md5(stages, "reports/metrics.json", "8")
    write_lock(uncommitted, stages)
    first, made_on, _ = said(uncommitted).splitlines()
    # Nothing holds the metrics of before, so nothing is said of them.
    assert first == (
        "Not identical to the reference. Differs first: models/model (stage 'train'), "
        "reports/metrics.json (stage 'show')."
    )
    assert made_on.startswith("The reference was made on ")
    set_md5(stages, CODE, "9")
    write_lock(uncommitted, stages)
    assert f"have other inputs than the reference: {CODE}." in said(uncommitted)


@pytest.mark.parametrize("record", NO_RECORDS)
def test_with_neither_a_commit_nor_a_record_it_says_so(
    uncommitted: Path, record: str
) -> None:
    (uncommitted / OPTIONS.reference).write_text(record, encoding="utf-8")
    assert said(uncommitted) == head.nothing(OPTIONS)
    (uncommitted / OPTIONS.reference).write_bytes(b"\xff\xfe")
    assert said(uncommitted) == head.nothing(OPTIONS)
    (uncommitted / OPTIONS.reference).unlink()
    assert said(uncommitted) == head.nothing(OPTIONS)


def test_a_revision_by_its_name_is_what_counts(root: Path) -> None:
    first = short(root)
    stages = lock()
    set_md5(stages, "models/model", "6")
    set_md5(stages, "models", "7.dir")
    write_lock(root, stages)
    git(root, "commit", "-qam", "Another model")
    assert said(root) == f"Identical to what is committed (HEAD {short(root)})."
    text = said(root, "HEAD^")
    assert text.startswith(
        "Not identical to the reference. Differs first: models/model"
    )
    git(root, "tag", "old", first)
    write_lock(root, lock())
    assert said(root, "old") == "Identical to the reference."
    assert said(root, "none") == (
        "There is nothing to compare with: git knows no revision 'none'."
    )


def test_a_repository_that_keeps_no_reference_is_compared_with_its_commits(
    root: Path,
) -> None:
    place = Place(root, Options(), os.environ)
    assert list(report(place)) == [
        f"Identical to what is committed (HEAD {short(root)})."
    ]
    shutil.rmtree(root / ".git")
    assert list(report(place)) == [
        "There is nothing to compare with: no commit holds dvc.lock."
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "dvc.lock is missing; bring back a whole one with `git checkout HEAD"),
        (b"", "dvc.lock can't be used: it is empty; "),
        (b"# nothing", "dvc.lock can't be used: it is empty; "),
        (b"\xff", "dvc.lock can't be used: it is not UTF-8 text; "),
        (b"a: [", "dvc.lock can't be used: it is not YAML (line 1); "),
        (b"- a", "dvc.lock can't be used: it holds no mapping of names to values; "),
        (b"stages: []", "its `stages` isn't a mapping of stages; "),
        (b"stages: {a: 1}", "its stage 'a' isn't a mapping; "),
        (
            b"stages: {a: {outs: [1]}}",
            "`outs` of its stage 'a' isn't a list of paths; ",
        ),
        (b"stages: {a: {params: 1}}", "`params` of its stage 'a' isn't a mapping; "),
    ],
)
def test_a_lock_that_is_here_and_no_lock_is_one_line(
    root: Path, content: bytes | None, reason: str
) -> None:
    (root / "dvc.lock").unlink()
    if content is not None:
        (root / "dvc.lock").write_bytes(content)
    with pytest.raises(Refusal) as caught:
        said(root)
    assert reason in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).endswith("or remove it and run the pipeline")


def test_what_is_printed_moves_no_cursor(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = lock()
    stages["make"]["cmd"] = "other"
    stages["make"]["deps"] = [item("a\x1b[31m", "1")]
    write_lock(root, stages)
    head.print_report(Place(root, OPTIONS, os.environ))
    assert "a\\x1b[31m" in capsys.readouterr().out


def test_a_record_is_of_the_results_that_are_here_and_of_no_repository(
    root: Path,
) -> None:
    record = reference.make_record(root, OPTIONS, os.environ)
    assert record == json.loads((root / OPTIONS.reference).read_text("utf-8"))
    assert "mine" not in json.dumps(record["stages"])
    write_record(root, lock(), {**here(), "cpu": "Abacus 3"})
    again = reference.make_record(root, OPTIONS, os.environ)
    assert again["platform"]["cpu"] == "Abacus 3"  # the same results were made there
    stages = lock()
    set_md5(stages, "models/model", "6")
    write_lock(root, stages)
    assert reference.make_record(root, OPTIONS, os.environ)["platform"] == here()


def test_the_platform_has_a_system_and_a_machine() -> None:
    about = platforms.describe_platform()
    assert about["system"] and about["machine"]
    assert about["python"] in platforms.sentence(about)
