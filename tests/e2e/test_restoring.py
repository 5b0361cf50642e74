"""After a failure or a kill nothing is lost, and what is said is so."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .project import Project
from .tiny import (
    PIPELINE,
    contents,
    go_on,
    make_tiny,
    processes,
    set_values,
    stop,
    stopped,
    wait_until_none,
)

pytestmark = pytest.mark.e2e
if sys.platform != "linux":
    pytest.skip("there is no /proc, which Linux alone has", allow_module_level=True)

BACK = "the last results are back"
COPY = "from the copy made before the run"
CACHE = "from DVC's cache"


def fail(project: Project, stage: str, **values: int) -> str:
    """Let a stage fail with these parameters, and return the last line."""
    set_values(project, **{"make": 1, "train": 1, "show": 1, **values})
    stop(project, stage, "fail")
    said = project.invoke("repro", code=1).stderr
    assert "Traceback" not in said
    go_on(project)
    return said.splitlines()[-1]


def test_uncommitted_results_come_back_without_git(
    tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_values(tiny, make=1, train=1, show=2)
    tiny.invoke("repro")  # its results are in no commit
    before = contents(tiny)
    said = fail(tiny, "show", show=3)
    assert f"{BACK}: reports/pages, reports/metrics.json {COPY};" in said
    assert contents(tiny) == before
    # No git command: PATH has the shell and the Python of a stage alone.
    tools = tiny.scratch / "tools"
    tools.mkdir()
    for name, target in (("sh", "/bin/sh"), ("python", tiny.interpreter)):
        (tools / name).symlink_to(target)
    monkeypatch.setenv("PATH", str(tools))
    assert f"{BACK}: " in fail(tiny, "show", show=3)
    assert contents(tiny) == before
    # Nor a repository: an archive has none.
    shutil.rmtree(tiny.root / ".git")
    assert f"{BACK}: " in fail(tiny, "show", show=3)
    assert contents(tiny) == before


@pytest.mark.parametrize("owner", [0, 12345])
def test_committed_results_come_back_below_the_top_of_a_repository(
    tiny: Project, owner: int
) -> None:
    """As root in somebody else's clone, git doesn't answer."""
    if owner and os.getuid():
        pytest.skip("only root can give files to somebody else")
    shutil.rmtree(tiny.root / ".git")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tiny.root.parent, check=True)
    before = contents(tiny)
    for path in (tiny.root.parent, *tiny.root.parent.rglob("*")):
        if owner:
            os.chown(path, owner, owner, follow_symlinks=False)
    for _ in range(2):
        assert f"{BACK}: reports/pages, reports" in fail(tiny, "show", show=2)
        assert contents(tiny) == before
    shown = tiny.invoke("repro").stdout
    refused = "Git doesn't read the repository here" in shown
    assert refused == bool(owner) and "No commit holds results" not in shown


def test_an_unknown_stage_touches_nothing(fresh: Project) -> None:
    make_tiny(fresh)
    (fresh.root / "side/folder").mkdir(parents=True)
    tracked = fresh.root / "side/tracked.txt"
    tracked.write_text("one")
    (fresh.root / "side/folder/one").touch()
    fresh.tool("dvc", "add", "side/tracked.txt", "side/folder")
    tracked.write_text("edited")
    (fresh.root / "side/folder/new").touch()
    said = fresh.invoke("repro", "--stage", "typo", code=1).stderr
    assert said == "no stage is called 'typo'; there is make, train, show\n"
    assert not (fresh.root / ".dvc/tmp/first-run").exists()
    assert not (fresh.root / "dvc.lock").exists()
    # A failure leaves them alone, too; the data that was added is no first run.
    stop(fresh, "train", "fail")
    failed = fresh.invoke("repro", code=1)
    assert "No full run has ended here yet, so all stages run." in failed.stdout
    assert "there are no results yet" in failed.stderr
    assert tracked.read_text() == "edited" and (fresh.root / "side/folder/new").exists()
    assert not (fresh.root / "models/model.txt").exists()  # train wrote half
    assert (fresh.root / "data/raw.txt").exists()  # make ended
    new, aside = failed.stderr.splitlines()[-1].split("; ")[-2:]
    assert new == "new, as the stage had ended: data/raw.txt, data/parts"
    assert aside.endswith(": models/model.txt, notes/train.txt")


def test_what_was_edited_by_hand_is_never_lost(tiny: Project) -> None:
    model = tiny.root / "models/model.txt"
    model.write_text("by hand")
    said = fail(tiny, "train", train=2)
    assert f"{BACK}: models/model.txt, notes/train.txt {COPY}" in said
    assert model.read_text() == "by hand"
    # Its stage ends, and another one fails: the edit is kept aside.
    said = fail(tiny, "show", show=2)
    assert "is now in .dvc/tmp/replaced: models/model.txt" in said
    assert '"value": "1"' in model.read_text()
    assert (tiny.root / ".dvc/tmp/replaced/models/model.txt").read_text() == "by hand"
    # So it is if all ends well.
    (tiny.root / "notes/train.txt").write_text("by hand, too")
    shown = tiny.invoke("repro").stdout
    assert "is now in .dvc/tmp/replaced: notes/train.txt." in shown
    kept = tiny.root / ".dvc/tmp/replaced/notes/train.txt"
    assert kept.read_text() == "by hand, too"


def test_what_a_user_edits_during_a_run_stays(tiny: Project) -> None:
    page = tiny.root / "reports/pages/page.txt"
    set_values(tiny, make=2, train=1, show=1)
    with stopped(tiny, "make") as process:
        page.write_text("mine")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert page.read_text() == "mine"


def test_outputs_of_every_kind_come_back(tiny: Project) -> None:
    """Outside the project, below a working folder, kept by DVC, of a group, links."""
    (tiny.root / "work").mkdir()
    shutil.copy(tiny.root / "step.py", tiny.root / "work")
    (tiny.root / "work/params.yaml").write_text("more: 1\n")
    kinds = """\
  more:
    cmd: python step.py more far.txt ../kept.txt ../../outside.txt
    wdir: work
    deps: [step.py]
    outs:
      - far.txt
      - ../kept.txt: {persist: true}
      - ../../outside.txt: {cache: false}
  each:
    foreach: [a, b]
    do:
      cmd: python step.py show each/${item}.txt
      deps: [step.py]
      outs: [{"each/${item}.txt": {cache: false}}]
"""
    (tiny.root / "dvc.yaml").write_text(PIPELINE + kinds)
    tiny.invoke("repro")
    outside = tiny.root.parent / "outside.txt"
    names = ("work/far.txt", "kept.txt", "each/a.txt", "each/b.txt")
    paths = [*(tiny.root / name for name in names), outside]
    before = [path.read_text() for path in paths]
    # One more input makes it stale; it fails when half is written.
    (tiny.root / "work/step.py").write_text((tiny.root / "step.py").read_text() + "\n")
    (tiny.root / "work/stop-more").write_text("fail")
    said = tiny.invoke("repro", code=1).stderr.splitlines()[-1]
    assert f"{outside} {COPY} and kept.txt {CACHE}" in said  # far.txt was written
    assert [path.read_text() for path in paths] == before
    assert tiny.invoke("repro", "--stage", "each").stdout.count("each@") == 2


@pytest.mark.parametrize("name", ["invoke", "dvc", "stage"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whatever_is_killed_nothing_is_lost_and_nothing_runs_on(
    tiny: Project, name: str, number: signal.Signals
) -> None:
    before = contents(tiny)
    set_values(tiny, make=1, train=2, show=1)
    with stopped(tiny, "train") as process:
        os.kill(processes(tiny.root)[name], number)
        process.wait(timeout=60)
        go_on(tiny)
        if (name, number) != ("invoke", signal.SIGKILL):
            assert not wait_until_none(tiny.root)
            assert contents(tiny) == before
        left = set(processes(tiny.root).values())
        said = tiny.invoke("repro").stdout
        assert not wait_until_none(tiny.root)
    if left:
        first, second = said.splitlines()[:2]
        told, numbers = first.rstrip(".").split(": ")
        assert told == "Processes that the last run left at work were ended"
        # A shell between DVC and its stage may be one more.
        assert left <= {int(number) for number in numbers.split(", ")}
        assert second.startswith(f"The last run was killed; {BACK}: notes/train.txt")
    assert '"value": "2"' in contents(tiny)["models/model.txt"]
    assert not list(tiny.root.glob(".dvc/tmp/before-run*"))


@contextmanager
def killed_in_train(tiny: Project) -> Iterator[None]:
    """Kill a run of other values in its second stage; what it left runs on inside."""
    set_values(tiny, make=2, train=1, show=1)
    with stopped(tiny, "train") as process:
        process.kill()
        process.wait(timeout=60)
        yield


def test_a_lock_that_a_kill_cut_off_is_put_back(tiny: Project) -> None:
    before = contents(tiny)
    with killed_in_train(tiny):
        (tiny.root / "dvc.lock").write_text("")
        set_values(tiny, make=3, train=1, show=1)
        stop(tiny, "make", "fail")
        said = tiny.invoke("repro", code=1).stdout.splitlines()[1]
    assert "as before the run, for it was cut off: dvc.lock" in said
    assert contents(tiny) == before


RESTORE = """\
import builtins, os, shutil, sys
from pathlib import Path
from dvc_verify.guard import restoring, runs
left = int(sys.argv[1])
def die(call):
    def counted(*words, **options):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return call(*words, **options)
    return counted
runs.end_processes(runs.last())
Path.rename = die(Path.rename)
Path.unlink = die(Path.unlink)
os.rmdir = die(os.rmdir)
os.unlink = die(os.unlink)
restoring.restore()
"""


def test_a_restoring_that_is_killed_is_done_once_more(tiny: Project) -> None:
    before = contents(tiny)
    with killed_in_train(tiny):
        pass
    assert contents(tiny)["notes/train.txt"] == "half"
    codes = []
    for moment in range(40):
        command = [str(tiny.interpreter), "-c", RESTORE, str(moment)]
        finished = subprocess.run(
            command, cwd=tiny.root, env=tiny.environ(), check=False
        )
        codes.append(finished.returncode)
        if codes[-1] == 0:
            break
    assert codes[-1] == 0 and codes.count(9) == len(codes) - 1 > 3
    after = contents(tiny)
    # make had ended, so its outputs are new.
    for name in ("models/model.txt", "notes/train.txt", "reports/metrics.json"):
        assert after[name] == before[name]


def test_a_second_run_and_one_beside_dvc_are_one_line(tiny: Project) -> None:
    before = contents(tiny)
    set_values(tiny, make=1, train=1, show=2)
    with stopped(tiny, "show") as process:
        during = contents(tiny)
        said = tiny.invoke("repro", code=1)
        line = f"a run (process {process.pid}) is at work here; wait for it, or end it"
        assert said.stderr == f"{line}\n" and not said.stdout
        assert contents(tiny) == during
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert contents(tiny) == before
    stop(tiny, "show")
    with subprocess.Popen(
        [str(tiny.interpreter), "-m", "dvc", "repro"],
        cwd=tiny.root,
        env=tiny.environ(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        while "half of show" not in process.stdout.readline():
            assert process.poll() is None
        said = tiny.invoke("repro", code=1)
        os.kill(processes(tiny.root)["stage"], signal.SIGKILL)
    line = f"DVC is at work here (process {process.pid}); wait for it, or end it"
    assert said.stderr == f"{line}\n" and not said.stdout


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("dvc.lock", "", "it is empty; bring back a whole one with `git checkout"),
        ("dvc.lock", "<<<<<<< HEAD\n", "a merge left a conflict in it (line 1); bring"),
        ("params.yaml", "[]\n", "it holds no mapping of names to values; fix it"),
        ("dvc.yaml", "stages: 3\n", "expected a dictionary"),
        (".dvc/config", "[core", "Invalid line ('[core')"),
        (".dvc/config.local", "<<<<<<< HEAD\n", "a merge left a conflict in it"),
    ],
)
def test_a_broken_file_is_one_line(
    tiny: Project, name: str, text: str, words: str
) -> None:
    before = contents(tiny)
    (tiny.root / name).write_text(text)
    said = tiny.invoke("repro", code=1)
    assert said.stderr.startswith(f"{name} can't be used: {words}")
    assert said.stderr.count("\n") == 1 and not said.stdout
    if name == "params.yaml":
        assert tiny.invoke("summary", code=1).stderr == said.stderr
    assert {**contents(tiny), "dvc.lock": ""} == {**before, "dvc.lock": ""}


@pytest.mark.skipif(shutil.which("unshare") is None, reason="mounts")
@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ("mount --bind . . && mount -o remount,ro,bind . .", "Read-only file system"),
        ("mount -t tmpfs -o size=1m none .dvc/tmp", "No space left on device"),
    ],
)
def test_where_nothing_can_be_written_nothing_runs(
    tiny: Project, mount: str, words: str
) -> None:
    if os.getuid():
        pytest.skip("only root can mount")
    (tiny.root / "reports/pages/large").write_bytes(b"x" * 2_000_000)
    digests = tiny.digests()
    command = f'{mount} && cd "$PWD" && exec "$@"'
    python = [str(tiny.interpreter), "-m", "invoke", "repro"]
    said = tiny.run("unshare", "-m", "sh", "-c", command, "sh", *python, code=1)
    assert words in said.stderr and said.stderr.count("\n") == 1, said.stderr
    assert "Running stage" not in said.stdout and tiny.digests() == digests


def test_a_lock_of_a_dead_dvc_whose_number_is_used_again(tiny: Project) -> None:
    set_values(tiny, make=1, train=1, show=2)
    holder = {"pid": os.getpid(), "cmd": "/some/where/dvc repro"}
    paths = {str(tiny.root / "reports/metrics.json"): holder}
    text = json.dumps({"write": paths, "read": {}})
    (tiny.root / ".dvc/tmp/rwlock").write_text(text)
    tiny.invoke("repro")
    assert '"value": "2"' in contents(tiny)["reports/metrics.json"]
