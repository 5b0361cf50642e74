"""The door builds the environment when it must, and recovers when interrupted."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load(root: Path) -> ModuleType:
    """Import the door by its path: it is no part of the package."""
    spec = importlib.util.spec_from_file_location("door", root / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


door = load(Path(__file__).parents[1])


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    """Return a project with two locks, and no packages in them."""
    (tmp_path / "requirements").mkdir()
    for layer in ("build", "runtime"):
        (tmp_path / "requirements" / f"{layer}.txt").write_text(f"# {layer}\n")
    return tmp_path


@pytest.fixture(name="calls")
def fixture_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the commands; the one that makes the environment makes its Python."""
    calls: list[list[str]] = []

    def call(command: list[str]) -> None:
        calls.append(command)
        if command[1:3] == ["-m", "venv"]:
            python = door.interpreter_of(Path(command[-1]))
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()

    monkeypatch.setattr(door, "call", call)
    return calls


def test_an_environment_is_built_once(root: Path, calls: list[list[str]]) -> None:
    door.prepare(root)
    assert len(calls) == 3, "an environment, the builders, the rest"
    assert "--clear" in calls[0]
    assert all("--require-hashes" in command for command in calls[1:])
    assert "--no-build-isolation" in calls[2]
    door.prepare(root)
    assert len(calls) == 3


@pytest.mark.parametrize("change", ["lock", "more", "python"])
def test_it_is_built_again_when_what_it_is_made_of_changes(
    root: Path, calls: list[list[str]], change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.prepare(root)
    if change == "lock":
        (root / "requirements/runtime.txt").write_text("# other\n")
    elif change == "more":
        (root / "requirements/dev.txt").write_text("# dev\n")
    else:
        monkeypatch.setattr(sys, "version", "3.99")
    door.prepare(root)
    assert len(calls) == 6


def test_after_an_interruption_the_next_call_builds_it(
    root: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = door.call

    def interrupted(command: list[str]) -> None:
        record(command)
        if "-r" in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(door, "call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        door.prepare(root)
    monkeypatch.setattr(door, "call", record)
    calls.clear()
    door.prepare(root)
    assert len(calls) == 3 and "--clear" in calls[0]


def test_with_and_without_uv(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = door.find_locks(root)
    monkeypatch.setattr(door.shutil, "which", lambda _: None)
    with_pip = door.install_commands(Path("python"), locks)
    assert with_pip[0][:4] == ["python", "-m", "pip", "install"]
    monkeypatch.setattr(door.shutil, "which", lambda _: "uv")
    with_uv = door.install_commands(Path("python"), locks)
    assert with_uv[0][:3] == ["uv", "pip", "install"]
    assert all("--compile-bytecode" in command for command in with_uv)


def test_windows_gets_its_own_lock(root: Path) -> None:
    (root / "requirements/windows.txt").write_text("# windows\n")
    names = [lock.name for lock in door.find_locks(root, "win32")]
    assert names == ["build.txt", "runtime.txt", "windows.txt"]
    assert len(door.find_locks(root, "linux")) == 2


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0), (2, 7, 18)])
def test_an_unsupported_python_is_named(version: tuple[int, ...]) -> None:
    problem = door.check_python(Path(), version)
    assert problem == (
        f"Python {version[0]}.{version[1]} is not supported; use Python 3.11 to 3.13"
    )


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 9)])
def test_a_supported_python_is_taken(version: tuple[int, ...]) -> None:
    assert door.check_python(Path(), version) == ""


def test_another_python_than_the_chosen_one_is_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door.note_version(root)
    assert capsys.readouterr().out == ""
    (root / ".python-version").write_text("3.99\n")
    door.note_version(root)
    assert ".python-version says 3.99" in capsys.readouterr().out


def test_a_failed_install_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(door, "install_commands", lambda *_: [fail])
    assert door.main(root, []) == 1
    shown = capsys.readouterr().err
    assert "ended with 3" in shown and shown.count("\n") == 1
    assert not (root / ".venv/built-from").exists()


def test_a_missing_lock_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert door.main(tmp_path, []) == 1
    assert "requirements/build.txt is missing" in capsys.readouterr().err


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
DRIVER = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import bootstrap
wait = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"]
root = pathlib.Path(sys.argv[2])
if sys.argv[3] == "install":
    bootstrap.install_commands = lambda *_: [wait]
    sys.exit(bootstrap.main(root, []))
bootstrap.start(root, wait)
"""


@POSIX
@pytest.mark.parametrize(
    ("during", "code"), [("install", 128 + 15), ("task", -signal.SIGTERM)]
)
def test_a_signal_reaches_what_the_door_started(
    root: Path, during: str, code: int
) -> None:
    words = [str(Path(__file__).parents[1]), str(root), during]
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        while process.stdout.readline() != b"1\n":
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == code
        # The pipe closes when the last that was started is gone.
        assert process.stdout.read() == b""
