"""What comes back after a run that failed, what is put aside, and what is said."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.repo import Repo
from invoke.exceptions import Exit

from tasks import commands, copies, pipeline, restoring

PROJECT = Path(commands.__file__).parents[1]
CONFLICT = "<<<<<<< ours\nschema: '2.0'\n=======\n>>>>>>> theirs\n"

Put = Callable[..., copies.Output]


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project in which a run has begun."""
    root = tmp_path / "project"
    folder = root / ".dvc/tmp"
    folder.mkdir(parents=True)
    for module in (commands, copies, restoring, pipeline):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(restoring, "REPLACED", folder / "replaced")
    monkeypatch.setattr(restoring, "UNFINISHED", folder / "unfinished")
    monkeypatch.setattr(copies, "HOME", folder / "before-run")
    monkeypatch.setattr(pipeline, "METRICS", root / "reports/metrics.json")
    monkeypatch.setattr(pipeline, "FIRST", folder / "first-run")
    return root


@pytest.fixture(name="put")
def fixture_put(root: Path) -> Put:
    """Return a function that writes an output, and gives it as a run begins with it."""

    def put(path: str, text: str | None = "old", copy: bool = True) -> copies.Output:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            place.write_text(text, encoding="utf-8")
        copied = "yes" if copy and place.exists() else ""
        stage = place.stem
        return copies.Output(path, stage, "dvc.lock", "", False, False, copied)

    return put


def begin(*outputs: copies.Output) -> None:
    """Copy the outputs, and remove them as DVC does before it runs a stage."""
    copies.write(copies.Copies([*outputs]))
    for output in outputs:
        copies.remove(output.place)


def write_lock(root: Path, *stages: str) -> None:
    """Write the lock of a run in which these stages have ended."""
    entries = {stage: {"cmd": f"make {stage}"} for stage in stages}
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": entries}))


def test_a_stage_that_ended_in_the_first_run_keeps_its_outputs(
    root: Path, put: Put
) -> None:
    begin(put("made", None), put("half", None))
    put("made", "new")
    put("half", "half")
    write_lock(root, "made")
    outcome = restoring.restore()
    assert outcome == restoring.Outcome(new=["made"], unfinished=["half"])
    assert (root / "made").read_text() == "new" and not (root / "half").exists()
    assert (root / ".dvc/tmp/unfinished/half").read_text() == "half"


def test_what_a_stage_left_unfinished_takes_the_place_of_the_last(
    root: Path, put: Put
) -> None:
    for text in ("half", "half of another"):
        write_lock(root, "pages")
        put("pages/table")
        begin(put("pages", None))
        put("pages/table", text)
        outcome = restoring.restore()
        assert outcome.unfinished == outcome.copied == ["pages"]
        assert (root / "pages/table").read_text() == "old"
        assert (root / ".dvc/tmp/unfinished/pages/table").read_text() == text
    (said,) = outcome.others()
    assert said == "not recorded as done, and now in .dvc/tmp/unfinished: pages"


def test_what_no_cache_holds_is_said_to_be_gone(root: Path, put: Put) -> None:
    with Repo.init(str(root), no_scm=True, force=True) as repo:
        outputs = [put(name, name, copy=False) for name in ("kept", "lost")]
        repo.add([str(output.place) for output in outputs])
    for name in ("tasks", "requirements"):
        shutil.copytree(PROJECT / name, root / name)
    begin(*outputs)
    lost = copies.digest_of(put("lost", "lost").place)
    (root / "lost").unlink()
    (root / f".dvc/cache/files/md5/{lost[:2]}/{lost[2:]}").unlink()
    outcome = restoring.restore()
    assert outcome == restoring.Outcome(cached=["kept"], gone=["lost"])
    assert (root / "kept").read_text() == "kept" and not (root / "lost").exists()
    (said,) = outcome.others()
    assert said == "not back, for `dvc checkout` did not bring it: lost"
    put("reports/metrics.json")
    pipeline.end_first_run()
    said = pipeline.results(outcome, "this run")
    assert said == "not all of the last results are back"


def test_a_lock_in_conflict_stays_and_nothing_is_brought_back(
    root: Path, put: Put
) -> None:
    write_lock(root, "table")
    begin(put("table"))
    (root / "dvc.lock").write_text(CONFLICT)
    for _ in range(2):  # the next run doesn't go on, either
        with pytest.raises(Exit, match="a merge left a conflict in it .line 1."):
            restoring.restore()
    assert (root / "dvc.lock").read_text() == CONFLICT
    assert not (root / "table").exists() and copies.HOME.exists()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("text", ["", "schema: ["])
def test_a_lock_that_a_kill_cut_off_is_as_before_the_run(
    root: Path, put: Put, text: str, before: bool
) -> None:
    if before:
        write_lock(root, "table")
    begin(put("table"))
    (root / "dvc.lock").write_text(text)
    outcome = restoring.restore()
    assert outcome == restoring.Outcome(copied=["table"], locks=["dvc.lock"])
    assert (root / "dvc.lock").exists() == before
    assert (root / ".dvc/tmp/unfinished/dvc.lock").exists() == bool(text)


def test_a_half_copy_goes_and_a_file_of_a_similar_name_stays(
    root: Path, put: Put
) -> None:
    begin(put("t[a]ble"))
    (root / ".t[a]ble.partial").touch()
    (root / ".table.partial").touch()
    assert restoring.restore().copied == ["t[a]ble"]
    assert [path.name for path in root.glob(".t*")] == [".table.partial"]


def test_after_a_run_that_ended_copies_without_a_list_are_kept(
    root: Path, put: Put
) -> None:
    begin(put("table"))
    (copies.HOME / copies.MANIFEST).write_text("")
    outcome = restoring.keep()
    assert outcome == restoring.Outcome(unlisted=".dvc/tmp/replaced/before-run")
    (kept,) = (root / outcome.unlisted).glob("*-table")
    assert kept.read_text() == "old" and not copies.HOME.exists()


def test_an_interrupt_while_outputs_come_back_leaves_the_rest_to_the_next(
    root: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(put("one"), put("two"))
    move = copies.move

    def interrupted(source: Path, target: Path) -> None:
        move(source, target)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(copies, "move", interrupted)
    with pytest.raises(Exit, match="interrupted while outputs were") as refused:
        pipeline.restore("this run")
    assert refused.value.code == 130
    monkeypatch.setattr(copies, "move", move)
    assert (root / "one").exists() and not (root / "two").exists()
    said = pipeline.restore("that run")
    assert said.endswith(": two from the copy made before the run")
    assert (root / "one").read_text() == (root / "two").read_text() == "old"


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (restoring.Outcome(new=["data/raw"]), True),
        (restoring.Outcome(new=["data/raw", "reports/card.md"]), False),
        (restoring.Outcome(gone=["reports/card.md"]), False),
    ],
)
def test_in_a_first_run_reports_that_changed_are_not_as_before(
    put: Put, outcome: restoring.Outcome, kept: bool
) -> None:
    put("reports/metrics.json")
    pipeline.FIRST.write_text(pipeline.BEGUN)
    said = pipeline.results(outcome, "this run")
    assert said.startswith("no run has ended here yet")
    assert said.endswith(", and reports/ is as it was before") == kept
