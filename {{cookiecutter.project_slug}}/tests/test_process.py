"""The process starts itself again, once, with the right environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.core import process

PACKAGE = process.__name__.partition(".")[0]
SCRIPT = """
import json, os, sys
from {package}.core import process
print(os.getpid(), file=sys.stderr)
process.reexecute_if_needed()
names = [*process.REQUIRED, "KEPT"]
print(json.dumps([sys.argv[1:], hash("a"), [os.environ.get(n) for n in names]]))
"""


def run(*options: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the script; its own starts are counted on stderr."""
    script = SCRIPT.format(package=PACKAGE)
    command = [sys.executable, *options, "-c", script, "one two", "three"]
    base = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    return subprocess.run(
        command, env={**base, **environ}, capture_output=True, text=True, check=False
    )


def test_two_processes_from_different_environments_agree() -> None:
    one = run(PYTHONHASHSEED="1", TZ="Asia/Tokyo", OMP_NUM_THREADS="8", KEPT="yes")
    two = run("-B", LC_ALL="C", KEPT="yes")
    assert one.stdout == two.stdout
    arguments, _, values = json.loads(one.stdout)
    assert arguments == ["one two", "three"]
    assert values == [*process.REQUIRED.values(), "yes"]


def test_what_the_user_set_of_pythons_stays_outside(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('another random')")
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.path[:0] = ['/none']")
    hostile = {
        "PYTHONPATH": str(tmp_path),
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "x",
    }
    given = {
        **process.REQUIRED,
        **hostile,
        "PYTHONNOUSERSITE": "",
        "PYTHONUNBUFFERED": "1",
    }
    assert not hostile.keys() & process.fix(given).keys()
    script = SCRIPT + "print([sys.flags.optimize, sys.flags.no_user_site, '/none' in "
    script += (
        "sys.path, os.environ['PYTHONUNBUFFERED']]); import random; random.random()"
    )
    command = [sys.executable, "-c", script.format(package=PACKAGE)]
    shown = subprocess.check_output(command, env={**os.environ, **given}, text=True)
    assert shown.splitlines()[-1] == "[0, 1, False, '1']"


def test_it_starts_again_once_and_not_when_all_is_right() -> None:
    assert len(run().stderr.split()) == 2
    assert len(run(**process.REQUIRED).stderr.split()) == 1


def test_without_the_door_hashes_differ() -> None:
    script = "print(hash('a'))"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 2


def test_a_marker_with_a_wrong_environment_is_no_endless_loop() -> None:
    finished = run(**{process.MARKER: "1"})
    assert finished.returncode == 1
    assert f"unset {process.MARKER}" in finished.stderr


def test_the_exit_code_is_passed_on() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", PACKAGE, "no-such-stage"],
        env={**os.environ, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("error: no stage is called 'no-such-stage'")


@pytest.mark.parametrize("name", process.REQUIRED)
def test_every_setting_is_a_string_that_an_environment_takes(name: str) -> None:
    assert process.fix({name: "other"})[name] == process.REQUIRED[name]


def test_an_open_door_fixes_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv(process.OPEN, "1")
    process.reexecute_if_needed()
    assert "nothing is fixed" in capsys.readouterr().err
    assert os.environ["TZ"] == "Asia/Tokyo"
