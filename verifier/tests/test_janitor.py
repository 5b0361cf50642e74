"""What is cleaned up when a verification ends, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dvc_verify.runs import janitor
from dvc_verify.runs.janitor import Janitor, kill_session, members, remove
from made import run_as_another, write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="it knows sessions")
CHILDREN = "import subprocess, sys, time\n"
CHILDREN += (
    "each = [sys.executable, '-I', '-S', '-c', 'import time; time.sleep(300)']\n"
)
CHILDREN += "nested = 'import subprocess, sys; subprocess.run(sys.argv[1:])'\n"
CHILDREN += "subprocess.Popen([*each[:4], nested, *each])\n"
CHILDREN += "print('started', flush=True)\ntime.sleep(300)\n"


@contextmanager
def session() -> Iterator[int]:
    """Yield the leader of a session of three processes or more."""
    words = [sys.executable, "-I", "-S", "-c", CHILDREN]
    process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.PIPE)
    try:
        assert process.stdout and process.stdout.readline() == b"started\n"
        ended = time.monotonic() + 20
        while len(members(process.pid)) < 3 and time.monotonic() < ended:
            time.sleep(0.01)
        assert len(members(process.pid)) == 3
        yield process.pid
    finally:
        kill_session(process.pid)
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_a_session_is_killed_with_all_that_its_processes_started() -> None:
    with session() as leader, session() as other:
        kill_session(leader)
        assert members(leader) == []
        assert len(members(other)) == 3


def test_a_session_outlives_its_leader_until_it_is_killed() -> None:
    with session() as leader:
        os.kill(leader, signal.Signals["SIGKILL"])
        os.waitpid(leader, 0)
        assert len(members(leader)) == 2
        kill_session(leader)
        assert members(leader) == []


def test_at_the_end_of_its_input_it_kills_and_removes_though_it_is_interrupted(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"folder é/deep/a": "", "file": "", "stays": ""})
    words = [sys.executable, "-I", "-S", janitor.__file__]
    with session() as leader:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, text=True)
        assert process.stdin
        told = [("group", leader), ("path", tmp_path / "folder é")]
        told += [("path", tmp_path / name) for name in ("not there", "file")]
        for kind, value in told:
            process.stdin.write(json.dumps([kind, str(value)]) + "\n")
        process.stdin.flush()
        # It must be there before it can be told to end.
        status = Path(f"/proc/{process.pid}/status")
        ended = time.monotonic() + 20
        while status.exists() and time.monotonic() < ended:
            ignored = int(status.read_text().partition("SigIgn:")[2].split()[0], 16)
            if ignored >> (signal.SIGTERM - 1) & 1:
                break
            time.sleep(0.01)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            process.send_signal(signal.Signals[name])
        assert len(members(leader)) == 3
        assert (tmp_path / "file").exists()
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert members(leader) == []
    assert [path.name for path in tmp_path.iterdir()] == ["stays"]


def test_it_cleans_up_after_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"made/a": ""})
    with session() as leader:
        with pytest.raises(ZeroDivisionError), Janitor() as cleaner:
            cleaner.tell("group", leader)
            cleaner.tell("path", tmp_path / "made")
            raise ZeroDivisionError
        assert members(leader) == []
    assert not (tmp_path / "made").exists()


KILLED = """
import sys, time
from dvc_verify.runs.janitor import Janitor
with Janitor() as cleaner:
    cleaner.tell("path", sys.argv[1])
    print(cleaner._process.pid, flush=True)
    time.sleep(300)
"""


def test_it_cleans_up_after_a_kill(tmp_path: Path) -> None:
    write(tmp_path, {"made/a": ""})
    words = [sys.executable, "-c", KILLED, str(tmp_path / "made")]
    home = Path(janitor.__file__).parents[2]
    with subprocess.Popen(words, cwd=home, stdout=subprocess.PIPE) as process:
        assert process.stdout
        cleaner = int(process.stdout.readline())
        assert members(cleaner) == [cleaner]  # not in the session that is killed
        process.kill()
    ended = time.monotonic() + 20
    while members(cleaner) and time.monotonic() < ended:
        time.sleep(0.01)
    assert not (tmp_path / "made").exists()


def test_a_link_is_removed_and_not_what_it_names(tmp_path: Path) -> None:
    write(tmp_path, {"precious/a": "x", "made/b": ""})
    for name in ("link", "made/link"):
        (tmp_path / name).symlink_to(tmp_path / "precious")
    remove(tmp_path / "link")
    remove(tmp_path / "made")
    remove(tmp_path / "not there")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "precious"]


REMOVE = """
import os, sys
sys.path.insert(0, sys.argv[1])
import janitor
from pathlib import Path
made = Path(sys.argv[2])
try:
    os.listdir(made / "locked")
    print("permissions don't apply")
except PermissionError:
    janitor.remove(made)
    print("there" if made.exists() else "gone")
"""


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o500])
def test_folders_are_removed_whatever_their_permissions(
    tmp_path: Path, mode: int
) -> None:
    write(tmp_path, {"made/locked/deep/a": "", "made/b/c": "", "made/read only": ""})
    (tmp_path / "made" / "locked").chmod(0o000)
    (tmp_path / "made" / "read only").chmod(0o400)
    (tmp_path / "made" / "b").chmod(mode)
    shown = run_as_another(
        REMOVE, str(Path(janitor.__file__).parent), f"{tmp_path}/made"
    )
    assert shown == "gone\n"


def test_what_can_not_be_removed_leaves_the_rest_of_the_machine_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"made/deep/a": "", "precious": ""})
    tmp_path.chmod(0o750)
    (tmp_path / "precious").chmod(0o640)
    (tmp_path / "made" / "link").symlink_to(tmp_path / "precious")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    for name in ("unlink", "rmdir"):
        monkeypatch.setattr(os, name, refuse)
    remove(tmp_path / "made")
    remove(tmp_path / "precious")
    monkeypatch.undo()
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path, tmp_path / "precious")]
    assert modes == [0o750, 0o640]
