"""The door builds the environment when it must, and recovers when interrupted."""

import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def load(root: Path) -> ModuleType:
    """Import the door by its path: it is no part of the package."""
    spec = importlib.util.spec_from_file_location("door", root / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


door = load(Path(__file__).parents[2])
install, settings, state = door.install, door.settings, door.state


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    """Return a project with two locks, and no packages in them."""
    (tmp_path / "requirements").mkdir()
    for layer in ("build", "runtime"):
        (tmp_path / "requirements" / f"{layer}.txt").write_text(f"# {layer}\n")
    return tmp_path


@pytest.fixture(name="calls")
def fixture_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the commands; the first makes what is looked at in an environment."""
    calls: list[list[str]] = []

    def call(command: list[str], *_: object) -> None:
        calls.append(command)
        if "venv" in command:
            python = state.interpreter_of(Path(command[-1]))
            state.packages_of(Path(command[-1])).mkdir(parents=True, exist_ok=True)
            python.parent.mkdir(exist_ok=True)
            python.touch()
            (Path(command[-1]) / "pyvenv.cfg").touch()

    monkeypatch.setattr(install, "call", call)
    monkeypatch.setattr(settings, "for_installers", lambda *_: {})
    return calls


def test_an_environment_is_built_once(root: Path, calls: list[list[str]]) -> None:
    door.prepare(root)
    assert len(calls) == 3, "an environment, the builders, the rest"
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
    record = install.call

    def interrupted(command: list[str], *rest: object) -> None:
        record(command, *rest)
        if "-r" in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(install, "call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        door.prepare(root)
    monkeypatch.setattr(install, "call", record)
    calls.clear()
    door.prepare(root)
    assert len(calls) == 3 and "--clear" in calls[0]


def test_with_and_without_uv(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = door.find_locks(root)
    monkeypatch.setattr(install.shutil, "which", lambda _: None)
    with_pip = install.install_commands(Path("python"), locks)
    assert with_pip[0][:5] == ["python", "-I", "-m", "pip", "install"]
    monkeypatch.setattr(install.shutil, "which", lambda _: "uv")
    with_uv = install.install_commands(Path("python"), locks)
    assert with_uv[0][:3] == ["uv", "pip", "install"]
    assert all("--compile-bytecode" in command for command in with_uv)
    for builders, rest in (with_pip, with_uv):
        assert "--require-hashes" in builders and "--require-hashes" in rest
        assert "--no-build-isolation" in rest


def add_wheel(root: Path) -> Path:
    """Give a project a wheel of its own, and return the file that names it."""
    folder = root / "requirements" / "verifier"
    folder.mkdir()
    (folder / "a_tool-1.2-py3-none-any.whl").write_bytes(b"wheel")
    digest = hashlib.sha256(b"wheel").hexdigest()
    line = "./requirements/verifier/a_tool-1.2-py3-none-any.whl --hash=sha256:"
    path = root / "requirements" / "verifier.txt"
    path.write_text(f"# A wheel\n{line}{digest}\n", encoding="utf-8")
    return path


def test_a_wheel_of_the_project_is_installed_from_its_root_and_by_no_name(
    root: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_wheel(root)
    record, folders = install.call, []

    def call(*given: Any) -> None:
        record(*given)
        folders.append(given[3:])
        (state.packages_of(root / ".venv") / "a_tool-1.2.dist-info").mkdir(
            exist_ok=True
        )

    monkeypatch.setattr(install, "call", call)
    door.prepare(root)
    assert len(calls) == 4 and not any("verifier" in each for each in calls[2])
    assert {"--require-hashes", "--no-deps", "--no-index"} < {*calls[3]}
    assert calls[3][-1] == str(root / "requirements" / "verifier.txt")
    assert folders == [(), (), (), (root,)]


def test_a_wheel_that_is_not_installed_is_missed(
    root: Path, calls: list[list[str]]
) -> None:
    add_wheel(root)
    with pytest.raises(install.Failure, match="a-tool is missing, not 1.2"):
        door.prepare(root)
    assert len(calls) == 4


def test_a_wheel_is_known_by_name_version_and_hash(root: Path) -> None:
    lock = add_wheel(root)
    (wheel,) = state.read_wheels(lock)
    assert (wheel.name, wheel.version) == ("a-tool", "1.2")
    assert state.read_pins([lock]) == {"a-tool": "1.2"}
    assert state.wheel_problems(root, lock) == []
    (root / wheel.path).write_bytes(b"another")
    (problem,) = state.wheel_problems(root, lock)
    assert problem == f"verifier.txt: {wheel.path} has another hash"
    (root / wheel.path).unlink()
    (problem,) = state.wheel_problems(root, lock)
    assert problem.endswith(f"{wheel.path} is missing; restore it from git")


def test_the_wheels_of_this_project_are_what_is_named() -> None:
    here = Path(__file__).parents[2]
    lock = here / "requirements" / "verifier.txt"
    (wheel,) = state.read_wheels(lock)
    assert state.wheel_problems(here, lock) == []
    rules = (here / ".flake8").read_text(encoding="utf-8")
    assert f"\npaths = {wheel.path.removeprefix('./')}\n" in rules


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0), (2, 7, 18)])
def test_an_unsupported_python_is_named(version: tuple[int, ...]) -> None:
    problem = door.check_python(Path(), version)
    assert problem == (
        f"Python {version[0]}.{version[1]} is not supported; use Python 3.11 to 3.13"
    )


def test_the_way_out_is_a_python_that_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'requires-python = ">=3.11,<3.14"\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (root / ".python-version").write_text(f"{here}\n", encoding="utf-8")
    program = Path(sys.base_exec_prefix) / "bin" / f"python{here}"
    if not program.is_file():
        pytest.skip("this Python has another name")
    monkeypatch.setenv("PATH", str(program.parent))
    words = f": `python{here} bootstrap.py TASK`, or `make TASK PYTHON='python{here}'`"
    assert door.way_out(root) == words
    monkeypatch.setenv("PATH", str(root))
    assert door.way_out(root) == ". None of them is on PATH; install one"


@pytest.mark.parametrize(
    ("name", "version", "maxsize", "words"),
    [
        ("cpython", "3.13.0 (main)", 2**63 - 1, ""),
        ("pypy", "3.11.0 (main)", 2**63 - 1, "pypy"),
        ("cpython", "3.13.0 experimental free-threading build", 2**63 - 1, "threaded"),
        ("cpython", "3.11.0 (main)", 2**31 - 1, "32-bit"),
    ],
)
def test_a_build_without_wheels_is_named(
    name: str, version: str, maxsize: int, words: str
) -> None:
    python = SimpleNamespace(
        implementation=SimpleNamespace(name=name), version=version, maxsize=maxsize
    )
    problem = door.check_build(python)
    assert words in problem if words else problem == ""


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 9)])
def test_a_supported_python_is_taken(version: tuple[int, ...]) -> None:
    assert door.check_python(Path(), version) == ""


@pytest.mark.parametrize("text", ["", 'requires-python = ">=3.11"\n'])
def test_a_range_of_versions_in_another_form_is_one_line(root: Path, text: str) -> None:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        door.supported(root)
    assert refused.value.code == (
        "bootstrap.py: pyproject.toml: requires-python is not of the form >=3.X,<3.Y"
    )


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
    monkeypatch.setattr(install, "install_commands", lambda *_: [fail])
    assert door.main(root, []) == 1
    shown = capsys.readouterr().err
    assert "ended with 3" in shown and shown.count("\n") == 1
    assert not (root / ".venv/built-from").exists()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("error: Permission denied (os error 13)", "this user may not write there"),
        ("Killed", "the next call starts afresh"),
    ],
)
def test_a_failed_install_ends_in_what_helps(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], said: str, advice: str
) -> None:
    fail = [sys.executable, "-c", f"raise SystemExit({said!r})"]
    with (tmp_path / "lock").open("a") as held:
        with pytest.raises(install.Failure) as failure:
            install.call(fail, dict(os.environ), held.fileno())
    assert str(failure.value).endswith(f"ended with 1, see above): {advice}")
    assert capfd.readouterr().err == f"{said}\n"


def test_an_installer_that_cannot_be_started_is_one_line(tmp_path: Path) -> None:
    missing = str(tmp_path / "uv")
    with (tmp_path / "lock").open("a") as held:
        with pytest.raises(install.Failure) as failure:
            install.call([missing], dict(os.environ), held.fileno())
    assert str(failure.value).startswith(f"{missing} can't be started: ")
    assert "\n" not in str(failure.value)


def test_a_folder_in_the_place_of_the_file_that_is_held_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / ".venv.lock").mkdir()
    assert door.main(root, []) == 1
    said = capsys.readouterr().err
    assert said.startswith("bootstrap.py: ") and ".venv.lock" in said
    assert said.count("\n") == 1


@pytest.mark.usefixtures("calls")
def test_what_an_installer_left_out_is_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "requirements/runtime.txt").write_text("science==1.0 --hash=sha256:0\n")
    assert door.main(root, []) == 1
    said = "the environment could not be built: science is missing, not 1.0"
    assert capsys.readouterr().err == f"bootstrap.py: {said}\n"
    assert not (root / ".venv/built-from").exists()


def test_a_python_without_venv_says_what_to_install(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Debian's is without the package python3-venv.
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ensurepip", raising=False)
    assert door.main(root, []) == 1
    said = capsys.readouterr().err
    assert "this Python has no module" in said and "apt install python3." in said
    assert said.count("\n") == 1


def test_a_file_in_the_place_of_the_environment_is_left(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / ".venv").write_text("mine")
    assert door.main(root, []) == 1
    assert ".venv is a file, and must be a folder" in capsys.readouterr().err
    assert (root / ".venv").read_text() == "mine"


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
    bootstrap.install.install_commands = lambda *_: [wait]
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
    words = [str(Path(__file__).parents[2]), str(root), during]
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
