"""Runs of stages in clones, without DVC; what is read back; and the spot check."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.certificate.recheck import recheck
from dvc_verify.errors import Refusal
from dvc_verify.observe import declared
from dvc_verify.runs import factors, launch, machine
from dvc_verify.runs.factors import CONTROL, EXPERIMENT, PLAIN, everywhere
from dvc_verify.runs.janitor import Janitor
from dvc_verify.runs.run import Run, check_failure, signature
from dvc_verify.runs.session import Session
from made import (
    made_output,
    made_record,
    make_repository,
    output,
    put_in_cache,
    stage,
    tools,
    write,
)

USE = """\
import os, sys
text = open("data.txt").read()
open("out.txt", "w").write(text * 2)
print("wrote for", os.environ["DVC_STAGE"])
"""
FILES = {"use.py": USE, "data.txt": "1 2", "out.txt": "old", "sub/x.txt": ""}
STAGES = [
    stage("make", outputs=("made.txt",), commands=("echo x > made.txt",)),
    stage("use", ("use.py", "data.txt"), ("out.txt",), commands=("python use.py",)),
]


def opened(folder: Path, janitor: Janitor, **changes: Any) -> Session:
    """Return a session over a repository of two stages."""
    (folder / "memory").mkdir()
    made = make_repository(folder / "project", FILES)
    plain: dict[str, Any] = {"tmpfs": folder / "memory", "strace": [], "clock": {}}
    own = tools(**plain | {"cpus": [], "namespaces": "not tried here"} | changes)
    settings = factors.Setup(own, {}, Path(sys.executable))
    session = Session(made, settings, janitor, folder / "base")
    session.stages = list(STAGES)
    return session


@pytest.fixture(name="session")
def fixture_session(tmp_path: Path) -> Iterator[Session]:
    """Yield a session whose folders are removed."""
    with Janitor() as janitor:
        yield opened(tmp_path, janitor)
    assert not (tmp_path / "base").exists()
    assert not list((tmp_path / "memory").iterdir())


def test_a_clone_is_ready_for_its_stages(session: Session) -> None:
    run = session.prepare(everywhere(CONTROL))
    assert run.top == run.root
    assert run.root.is_relative_to(session.base)
    names = {path.name for path in run.root.iterdir()}
    assert names == {".git", ".dvc", "use.py", "data.txt", "sub"}
    given = run.configuration["environment"]
    for name in ("HOME", "TMPDIR"):
        assert Path(given[name]).is_dir()
        assert Path(given[name]).is_relative_to(session.base)
    listed = {path.name for path in Path(run.configuration["order"]).iterdir()}
    assert len(listed) == 26


def test_only_side_b_of_the_directory_order_stands_in_memory(session: Session) -> None:
    for side, place in ((CONTROL, 0), (PLAIN, 0), (EXPERIMENT, 1)):
        run = session.prepare({**everywhere(CONTROL), "directory order": side})
        assert run.root.is_relative_to(session.folders[place])
        session.drop()
        assert not run.root.exists()


def test_a_run_that_is_put_aside_makes_place_for_another(session: Session) -> None:
    one = session.prepare(everywhere(EXPERIMENT))
    assert session.run_stage(one, STAGES[0]) == 0
    kept = session.keep(one)
    two = session.prepare(everywhere(EXPERIMENT))
    assert (two.root, two.log) == (one.root, one.log)
    assert (kept.root / "made.txt").read_text() == "x\n"
    assert not (two.root / "made.txt").exists()
    assert kept.root.is_relative_to(kept.top)
    assert [each["stage"] for each in kept.records()] == ["make"]
    assert two.records() == []


def test_a_stage_runs_with_what_it_needs_and_is_written_down(session: Session) -> None:
    run = session.prepare(everywhere(CONTROL))
    assert session.run_stage(run, STAGES[1]) == 0
    assert (run.root / "out.txt").read_text() == "1 21 2"
    assert run.said() == "wrote for use"
    (record,) = run.records()
    assert (record["stage"], record["code"]) == ("use", 0)
    assert run.seconds() == {"use": record["seconds"]}
    assert run.failure() is None
    (probe,) = run.probes()
    assert probe["home"] == run.configuration["environment"]["HOME"]


def test_commands_run_in_the_folder_of_their_stage_until_one_fails(
    session: Session,
) -> None:
    run = session.prepare(everywhere(CONTROL))
    commands = ("pwd", "echo first > a; exit 3", "echo second > b")
    failing = stage("bad", commands=commands, folder="sub")
    session.stages.append(failing)
    assert session.run_stage(run, failing) == 3
    assert run.said() == str(run.root / "sub")
    assert (run.root / "sub" / "a").exists()
    assert not (run.root / "sub" / "b").exists()
    failure = run.failure()
    assert failure and failure["command"] == commands[1]


def test_what_is_changed_counts_for_the_stages_to_come(session: Session) -> None:
    run = session.prepare(everywhere(CONTROL))
    session.change(run, {"limit": 0.5, "umask": 0o027})
    slow = stage("slow", commands=("umask > mask; sleep 300",))
    assert session.run_stage(run, slow) == 124
    assert int((run.root / "mask").read_text(), 8) == 0o027
    failure = run.failure()
    assert failure and failure["hang"]


def test_a_stage_is_traced_apart_from_others(tmp_path: Path) -> None:
    strace, reason = machine.find_strace()
    if reason:
        pytest.skip(reason)
    with Janitor() as janitor:
        session = opened(tmp_path, janitor, strace=strace)
        run = session.prepare(everywhere(CONTROL))
        for each in STAGES:
            assert session.run_stage(run, each) == 0
        make, use = (run.trace(each) for each in STAGES)
        assert make and str(run.root / "made.txt") in make.writes
        assert use and str(run.root / "made.txt") not in use.writes
        assert not declared.unproved(STAGES[1], use, run.root)
        allowed = declared.allowed_folders(run.own)
        found = declared.check_stage(STAGES[1], use, run.root, run.top, allowed)
        assert found == []
        assert run.trace(stage("another")) is None


def test_what_a_stage_fetched_is_brought_again_and_not_fetched(
    session: Session,
) -> None:
    digest = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
    put_in_cache(session.repository, digest, b"x")
    fetching = stage(
        "get", outputs=(output("got.csv", digest),), kind="fetch", commands=("exit 1",)
    )
    session.stages.append(fetching)
    run = session.prepare(everywhere(CONTROL))
    (run.root / "got.csv").unlink()  # as DVC does
    assert session.run_stage(run, fetching) == 0
    assert (run.root / "got.csv").read_text() == "x"
    assert run.records() == []


def test_an_environment_installed_afresh_may_be_read(session: Session) -> None:
    python = session.base / "rebuilt" / "environment" / "bin" / "python"
    session.setup = replace(session.setup, interpreter=python)
    run = session.prepare(everywhere(CONTROL))
    allowed = declared.allowed_folders(run.own)
    assert declared.inside(f"{session.base}/rebuilt/environment/lib/x.py", allowed)
    assert not declared.inside(f"{session.base}/another", allowed)


def test_the_outputs_of_all_earlier_stages_come_before_one(session: Session) -> None:
    assert session.before(STAGES[0]) == []
    assert session.before(STAGES[1]) == [output("made.txt")]


def said(folder: Path, text: str) -> Run:
    """Return a run that printed something."""
    (folder / "output").write_text(text)
    return Run(folder, folder, folder, {}, {}, ())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ntwo \n\nERROR: failed to reproduce 'use': failed to run\n", "two"),
        ("ERROR: failed to reproduce 'use'\n", "ERROR: failed to reproduce 'use'"),
        ("\n", "it printed nothing"),
    ],
)
def test_the_last_line_that_tells_something_is_shown(
    tmp_path: Path, text: str, line: str
) -> None:
    assert said(tmp_path, text).said() == line


def test_what_the_machine_refused_is_no_failure_of_the_stage(tmp_path: Path) -> None:
    check_failure(said(tmp_path, "ValueError: no\n"))
    with pytest.raises(Refusal, match=f"^{launch.REFUSED}: x$"):
        check_failure(
            said(tmp_path, f"{launch.REFUSED}: x\nERROR: failed to reproduce")
        )


def test_a_signature_tells_outputs_apart_and_those_that_are_missing(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"a": "x", "b": "y", "c/a": "x"})
    found = signature(tmp_path, stage(outputs=("a", "b", "c", "none")))
    assert found.pop("none") == ""
    assert sorted(found) == ["a", "b", "c"]
    assert len({*found.values()}) == 3


def certified(text: str = "1 21 2") -> dict[str, Any]:
    """Return a certificate of the two stages, in which the second wrote a text."""

    def md5(content: str) -> str:
        return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()

    outputs = [("made.txt", "x\n"), ("out.txt", text)]
    return made_record(
        outputs=[made_output(path, control=md5(content)) for path, content in outputs]
    )


def test_a_stage_that_gives_what_is_certified_passes_its_recheck(
    session: Session,
) -> None:
    write(session.repository.root, {"made.txt": "x\n"})
    assert recheck(session, certified(), "use") == []


def test_what_comes_before_is_taken_from_the_cache_if_it_is_there(
    session: Session,
) -> None:
    digest = certified()["outputs"][0]["control"]
    put_in_cache(session.repository, digest, b"x\n")
    assert recheck(session, certified(), "use") == []


def test_a_stage_that_gives_something_else_is_told(session: Session) -> None:
    write(session.repository.root, {"made.txt": "x\n"})
    record = certified("another")
    told = [each["control"][:8] for each in record["outputs"]]
    (line,) = recheck(session, record, "use")
    assert line.startswith("out.txt is another one: ")
    assert line.endswith(f", not {told[1]}")


def test_a_stage_that_fails_at_its_recheck_is_told(session: Session) -> None:
    write(session.repository.root, {"made.txt": "x\n"})
    session.stages[1] = stage("use", commands=("echo why; exit 1",))
    assert recheck(session, certified(), "use") == ["it failed: why"]


@pytest.mark.parametrize("text", [None, "another"])
def test_without_what_comes_before_there_is_no_recheck(
    session: Session, text: str | None
) -> None:
    if text:
        write(session.repository.root, {"made.txt": text})
    with pytest.raises(Refusal, match="made.txt, which comes before use, is not at"):
        recheck(session, certified(), "use")


def test_only_a_stage_that_runs_can_be_rechecked(session: Session) -> None:
    session.stages.append(stage("frozen", kind="frozen"))
    for name in ("frozen", "nothing"):
        with pytest.raises(Refusal, match=f"'{name}'; choose one of make, use"):
            recheck(session, certified(), name)
        session.drop()
