"""What is started in the place of a shell: how a stage is set, ended and recorded."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.runs import launch, machine
from dvc_verify.runs.janitor import members
from dvc_verify.runs.launch import shell_command, stage_environment, wait

PROBE = Path(launch.__file__).with_name("probe.py")
posix = pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell elsewhere")
pytestmark = posix


def launched(
    folder: Path, command: str, **changes: Any
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any], dict[str, Any]]:
    """Run a command through the launcher; return how it went, record and probe."""
    (folder / "log").mkdir(exist_ok=True)
    (folder / "order").mkdir(exist_ok=True)
    configuration = {
        "log": str(folder / "log"),
        "order": str(folder / "order"),
        "environment": {"PATH": os.environ["PATH"], "GIVEN": "x"},
        "umask": 0o022,
        "cpus": [],
        "uid": None,
        "host": "",
        "brought": {},
        "network": True,
        "clock": {},
        "strace": [],
        "probe": [sys.executable, "-P", "-S", "-B", str(PROBE)],
        "shell": "/bin/sh",
        "limits": {},
        "limit": 60,
        **changes,
    }
    settings = folder / "configuration.json"
    settings.write_text(json.dumps(configuration))
    words = [sys.executable, "-I", "-S", launch.__file__, str(settings), "-c", command]
    finished = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "DVC_STAGE": "use", "DVC_ROOT": "/x", "NOT_GIVEN": "y"},
        capture_output=True,
        text=True,
        check=False,
    )
    record = json.loads(sorted((folder / "log").glob("*.json"))[-1].read_text())
    probes = sorted((folder / "log").glob("*.probe"))
    return finished, record, json.loads(probes[-1].read_text()) if probes else {}


def test_a_stage_gets_what_is_given_and_what_dvc_adds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in list(os.environ):
        if name.startswith("DVC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MINE", "1")
    for name in ("STAGE", "SITE_CACHE_DIR", "GLOBAL_CONFIG_DIR", "SYSTEM_CONFIG_DIR"):
        monkeypatch.setenv(f"DVC_{name}", name)
    found = stage_environment({"environment": {"A": "b"}})
    assert found == {"A": "b", "DVC_STAGE": "STAGE"}


@pytest.mark.parametrize(
    ("shell", "options"),
    [
        ("/bin/sh", []),
        ("/usr/bin/bash", ["--noprofile", "--norc"]),
        ("/opt/zsh", ["--no-rcs"]),
        ("/usr/bin/fish", []),
    ],
)
def test_a_shell_is_started_as_dvc_does(shell: str, options: list[str]) -> None:
    assert shell_command(shell, "a && b") == [shell, *options, "-c", "a && b"]


def test_a_command_runs_as_it_is_set_and_is_recorded(tmp_path: Path) -> None:
    command = "umask; echo $GIVEN $NOT_GIVEN $DVC_STAGE; pwd"
    cpu = next(iter(machine.find_cpus()), None)
    finished, record, probe = launched(
        tmp_path, command, umask=0o077, cpus=[] if cpu is None else [cpu]
    )
    lines = finished.stdout.split("\n")
    assert (int(lines[0], 8), lines[1:3]) == (0o077, ["x use", str(tmp_path)])
    assert record.pop("seconds") >= 0
    assert record == {"stage": "use", "command": command, "code": 0, "hang": False}
    assert probe["umask"] == "077"
    assert probe["path"] == str(tmp_path)
    if cpu is not None:
        assert probe["cpu count"] == 1


def test_commands_are_recorded_in_their_order(tmp_path: Path) -> None:
    for command in ("exit 0", "exit 3", "true"):
        launched(tmp_path, command)
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("log/*"))]
    told = [(each["command"], each["code"]) for each in records if "command" in each]
    assert told == [("exit 0", 0), ("exit 3", 3), ("true", 0)]


@pytest.mark.parametrize(
    ("command", "code", "recorded"),
    [("exit 7", 7, 7), ("kill -TERM $$", 143, -15), ("kill -KILL $$", 137, -9)],
)
def test_how_a_stage_ends_is_passed_on(
    tmp_path: Path, command: str, code: int, recorded: int
) -> None:
    finished, record, _ = launched(tmp_path, command)
    assert finished.returncode == code
    assert (record["code"], record["hang"]) == (recorded, False)


def test_a_stage_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    command = "sleep 300 & echo $! > child; sleep 300"
    finished, record, _ = launched(tmp_path, command, limits={"use": 1})
    assert finished.returncode == 124
    assert (record["code"], record["hang"]) == (124, True)
    assert "the stage was ended after 1 s" in finished.stderr
    child = int((tmp_path / "child").read_text())
    status = Path(f"/proc/{child}/stat")
    ended = time.monotonic() + 10
    while sys.platform == "linux" and time.monotonic() < ended:
        if (
            not status.exists()
            or status.read_text().rpartition(")")[2].split()[0] == "Z"
        ):
            return
        time.sleep(0.01)
    if sys.platform == "linux":
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child of the stage still runs")


def test_each_stage_has_a_limit_of_its_own(tmp_path: Path) -> None:
    finished, _, _ = launched(tmp_path, "sleep 0.2", limits={"other": 0}, limit=60)
    assert finished.returncode == 0
    finished, _, _ = launched(tmp_path, "sleep 300", limits={"other": 60}, limit=0.5)
    assert finished.returncode == 124


def test_waiting_says_whether_a_process_had_to_be_killed() -> None:
    words = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(300)"]
    process = subprocess.Popen(words, start_new_session=True)
    assert wait(process.pid, 0.01) == (124, True)
    assert members(process.pid) == []
    with subprocess.Popen([*words[:-1], "raise SystemExit(5)"]) as process:
        assert wait(process.pid, 60) == (5, False)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system sets CPUs")
def test_what_the_machine_refuses_is_told_apart_from_the_stage(tmp_path: Path) -> None:
    finished, record, _ = launched(tmp_path, "exit 0", cpus=[100_000])
    assert finished.returncode == launch.FAILED
    assert record["code"] == launch.FAILED
    assert finished.stderr.startswith(f"{launch.REFUSED}: ")
    assert "EINVAL" in finished.stderr


def test_a_shifted_clock_is_the_stages_alone_and_not_its_tracers(
    tmp_path: Path,
) -> None:
    words, reason = machine.find_strace()
    if reason:
        pytest.skip(reason)
    shown = tmp_path / "tracer"
    shown.write_text(f'#!/bin/sh\necho "tracer $SHIFT"\nexec {words[0]} "$@"\n')
    shown.chmod(0o755)
    finished, _, _ = launched(
        tmp_path,
        "echo stage $SHIFT",
        strace=[str(shown), *words[1:]],
        clock={"SHIFT": "+1d"},
    )
    assert finished.stdout == "tracer \nstage +1d\n"
    assert list(tmp_path.glob("log/0000.trace.*"))
    finished, _, _ = launched(tmp_path, "echo $SHIFT", clock={"SHIFT": "+1d"})
    assert finished.stdout == "+1d\n"


INSIDE = """
import socket, sys, os
sys.path.insert(0, sys.argv[1])
import launch, probe
uid = int(sys.argv[2]) if sys.argv[2] else None
launch.isolate(uid, sys.argv[3] == "network", sys.argv[4])
with socket.socket() as server, socket.socket() as client:
    server.bind(("127.0.0.1", 0))
    server.listen()
    client.connect(server.getsockname())
print(socket.gethostname(), probe.network(), probe.user()[0])
open("written", "w").close()
"""


@pytest.mark.parametrize("uid", [None, 54321])
@pytest.mark.parametrize("network", [True, False])
def test_isolation_takes_network_user_and_host_name_away(
    tmp_path: Path, uid: int | None, network: bool
) -> None:
    if reason := machine.find_namespaces():
        pytest.skip(reason)
    words = [str(PROBE.parent), str(uid or ""), "network" if network else "none"]
    words += ["another" if uid else ""]
    shown = subprocess.run(
        [sys.executable, "-S", "-B", "-c", INSIDE, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    found = re.fullmatch(r"(\S+) (.+) (\d+)\n", shown.stdout)
    assert found is not None
    host, way, told = found.groups()
    if sys.platform == "win32":
        raise NotImplementedError
    assert host == ("another" if uid else socket.gethostname())
    assert int(told) == (uid or os.getuid())
    # A machine without a network has no way out in any case.
    assert way == "none" or network
    # What it writes belongs to the user who verifies.
    assert (tmp_path / "written").stat().st_uid == os.getuid()


@pytest.mark.parametrize("name", ["clock", "cpu count", "umask", "time zone"])
def test_the_probe_sees_what_a_factor_changes(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, no_clock = machine.find_clock()
    cpus = machine.find_cpus()
    changes: dict[str, dict[str, Any]] = {
        "clock": {"clock": clock},
        "cpu count": {"cpus": cpus[:1]},
        "umask": {"umask": 0o027},
        "time zone": {"environment": {"TZ": "<+1345>-13:45"}},
    }
    if name == "clock" and no_clock:
        pytest.skip(no_clock)
    if name == "cpu count" and len(cpus) < 2:
        pytest.skip("there is one CPU")
    monkeypatch.setenv("TZ", "UTC0")
    one = launched(tmp_path, "true")[2]
    other = launched(tmp_path, "true", **changes[name])[2]
    assert one[name] != other[name]


def test_what_a_stage_that_fetches_gave_is_brought_and_it_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "inner").write_text("as it was")
    brought = {"use": [[str(tmp_path / "kept"), str(tmp_path / "given")]]}
    settings = tmp_path / "configuration.json"
    settings.write_text(json.dumps({"brought": brought}))
    monkeypatch.setattr(sys, "argv", ["launch.py", str(settings), "-c", "exit 1"])
    monkeypatch.setenv("DVC_STAGE", "use")
    assert launch.main() == 0
    assert (tmp_path / "given" / "inner").read_text() == "as it was"
    monkeypatch.setenv("DVC_STAGE", "another")
    with pytest.raises(KeyError):  # it would be run, and is not told where to log
        launch.main()
