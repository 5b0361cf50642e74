"""The tasks' own logic: locks, hooks, the makefile, and the first run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from invoke.exceptions import Exit

from tasks import commands, hooks, locks, namespace


def test_what_make_offers_is_a_task_that_needs_no_answer() -> None:
    text = Path("Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^TASKS := (.*)$", text, re.M)
    callable_bare = {
        name for name, task in namespace.tasks.items() if not task.positional
    }
    assert targets and set(targets[1].split()) <= callable_bare


@pytest.mark.parametrize(
    ("source", "lock", "words"),
    [
        ("a>=2", "a==1 \\\n    --hash=sha256:0\n", "'a>=2' has no pin"),
        ("a", "b==1 \\\n    --hash=sha256:0\n", "'a' has no pin"),
        ("a", "a==1\n", "a==1 has no hash"),
        ("", "--index-url x\n", "belongs to one machine"),
        ("", "a @ file:///x\n", "belongs to one machine"),
    ],
)
def test_a_bad_lock_is_found(
    tmp_path: Path, source: str, lock: str, words: str
) -> None:
    (tmp_path / "x.in").write_text(f"# a comment\n-c y.txt\n{source}\n")
    (tmp_path / "x.txt").write_text(lock)
    (problem,) = locks.problems_of(tmp_path / "x.in")
    assert words in problem


@pytest.mark.parametrize("layer", locks.LAYERS)
def test_the_committed_locks_are_right(layer: str) -> None:
    assert locks.problems_of(locks.FOLDER / f"{layer}.in") == []


def test_the_hooks_have_the_versions_of_the_locks(tmp_path: Path) -> None:
    lock = locks.FOLDER / "dev.txt"
    assert locks.hook_problems(locks.HOOKS, lock) == []
    hooks = tmp_path / "hooks.yaml"
    text = locks.HOOKS.read_text(encoding="utf-8")
    hooks.write_text(re.sub(r"black==\S+", "black==1.0", text), encoding="utf-8")
    assert len(locks.hook_problems(hooks, lock)) == 1
    locks.pin_hooks(hooks, lock)
    assert hooks.read_text(encoding="utf-8") == text


def test_another_version_of_the_verifier_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert locks.verifier_problems() == []
    text = locks.VERIFIER.read_text(encoding="utf-8")
    for old, new, said in (
        (r"-\d[^-]*-py3", "-0.0.1-py3", r"dvc-verify is \d\S*, not 0\.0\.1"),
        ("dvc_verify", "no_such_tool", r"no-such-tool is missing, not \d"),
    ):
        changed = tmp_path / "verifier.txt"
        changed.write_text(re.sub(old, new, text), encoding="utf-8")
        monkeypatch.setattr(locks, "VERIFIER", changed)
        (problem,) = locks.verifier_problems()
        assert re.match(said, problem)


def test_what_no_lock_names_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert locks.extra_problems() == []
    monkeypatch.setattr(locks, "LAYERS", ("build", "runtime", "pipeline"))
    assert "pytest is installed, but in no lock" in locks.extra_problems()


def test_locks_are_compiled_on_the_lowest_python_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "LOWEST", "3.0")
    with pytest.raises(Exit, match="python3.0 bootstrap.py lock"):
        locks.check_compiler()


def test_a_compiler_knows_an_index_and_no_file_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://packages.example.com/simple"
    given = {"PIP_INDEX_URL": url, "PIP_CERT": "own.pem", "PIP_FIND_LINKS": "here"}
    given |= {"PIP_CONSTRAINT": "c", "UV_FIND_LINKS": "here", "PYTHONPATH": "there"}
    given |= {"PIP_NO_INDEX": "1", "UV_NO_INDEX": "1"}
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name, value in {**given, "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    told = locks.hermetic()
    assert told["PIP_INDEX_URL"] == told["UV_DEFAULT_INDEX"] == url
    assert told["PIP_CERT"] == "own.pem"
    assert not (given.keys() - {"PIP_INDEX_URL", "PIP_CERT"}) & told.keys()


def test_settings_that_cannot_be_read_stop_a_compiler_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.toml").write_text("[[[\n", encoding="utf-8")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.delenv("UV_NO_CONFIG", raising=False)
    with pytest.raises(Exit, match="uv.toml is not TOML") as refused:
        locks.hermetic()
    assert "\n" not in str(refused.value)


def test_without_uv_locks_are_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Exit, match="^uv is missing; run `python bootstrap.py`$"):
        locks.add_systems("dev", locks.FOLDER)


def test_a_checkout_before_the_first_run_brings_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "dvc_command", lambda root: ["false"])
    assert hooks.dvc_hook(tmp_path, "post-checkout") == 0
    assert "Nothing has run here yet" in capsys.readouterr().out


def test_a_failing_command_is_one_line() -> None:
    with pytest.raises(Exit, match="ended with 3"):
        commands.python("-c", "raise SystemExit(3)")
    assert commands.python("-c", "raise SystemExit(3)", check=False) == 3


def test_what_a_shell_would_run_first_stays_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may put another Python first; and a service's user has no shell at all."""
    monkeypatch.setenv("BASH_ENV", "modules.sh")
    monkeypatch.setenv("SHELL", "/usr/sbin/nologin")
    assert not {"BASH_ENV", "SHELL"} & commands.environ().keys()
    monkeypatch.setenv("SHELL", sys.executable)
    assert commands.environ()["SHELL"] == sys.executable


ASK = "import getpass; getpass.getpass()"  # it sets the terminal, then reads from it
CALL = f"from tasks import commands; commands.python('-c', {ASK!r}, check=False)"
IN_TERMINAL = f"""
import os, pty, sys
ended = pty.spawn([sys.executable, "-c", {CALL!r}])
sys.exit(os.waitstatus_to_exitcode(ended))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
def test_a_command_that_asks_the_terminal_fails_and_does_not_wait_for_ever() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", IN_TERMINAL],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stdout
    assert "Input/output error" in finished.stdout
