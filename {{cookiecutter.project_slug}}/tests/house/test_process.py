"""The process starts itself again, once, with the right environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.runtime import imports, process

PACKAGE = process.__name__.partition(".")[0]
SCRIPT = """
import json, os, sys
from {package}.runtime import process
print("start", file=sys.stderr)
process.reexecute_if_needed()
# Python itself sets the last where it finds no locale.
left = dict(os.environ)
for name in (process.MARKER, "LC_CTYPE"):
    left.pop(name, None)
print(json.dumps([sys.argv[1:], hash("a"), left], sort_keys=True))
"""


def run(*options: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the script; its own starts are counted on stderr."""
    script = SCRIPT.format(package=PACKAGE)
    command = [sys.executable, *options, "-c", script, "one two", "three"]
    return subprocess.run(
        command, env={**base(), **environ}, capture_output=True, text=True, check=False
    )


def base() -> dict[str, str]:
    """Return what a process needs to start at all."""
    names = ("PATH", "SYSTEMROOT")
    return {name: os.environ[name] for name in names if name in os.environ}


def test_two_processes_from_different_environments_agree() -> None:
    one = run(PYTHONHASHSEED="1", TZ="Asia/Tokyo", OMP_NUM_THREADS="8", KEPT="yes")
    two = run("-B", LC_ALL="C", KEPT="yes")
    assert one.stdout == two.stdout
    arguments, _, left = json.loads(one.stdout)
    assert arguments == ["one two", "three"]
    assert process.REQUIRED.items() <= left.items() and left["KEPT"] == "yes"


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
    assert run().stderr.count("start") == 2
    assert run(**process.fix({})).stderr.count("start") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2"),
        ("NPY_DISABLE_CPU_FEATURES", ""),
        ("NPY_DISABLE_CPU_FEATURES", "X86_V2"),
        ("NPY_ENABLE_CPU_FEATURES", "X86_V3"),
        ("OPENBLAS_BLOCK_FACTOR", "3"),
        ("OPENBLAS_CORETYPE", ""),
        ("OPENBLAS_CORETYPE", "Prescott"),
        ("OPENBLAS_L2_SIZE", ""),
        ("SKLEARN_WORKING_MEMORY", "1"),
    ],
)
def test_a_variable_that_chooses_code_starts_it_again(name: str, value: str) -> None:
    fixed = process.fix({})
    finished = run(**{**fixed, name: value})
    assert finished.stderr.count("start") == 2
    assert json.loads(finished.stdout) == json.loads(run(**fixed).stdout)


def test_another_environment_is_not_pinned_and_a_line_says_so() -> None:
    given = {imports.OVERRIDE: "1", "OPENBLAS_CORETYPE": "Prescott", "NPY_X": ""}
    finished = run(**given)
    left = json.loads(finished.stdout)[2]
    assert {**given, **process.REQUIRED}.items() <= left.items()
    assert "NPY_DISABLE_CPU_FEATURES" not in left
    assert finished.stderr.count(f"{imports.OVERRIDE} is 1") == 1
    assert imports.OVERRIDE not in run(**given, **{process.NOTED: "1"}).stderr


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


AGAIN = """
import os, sys
from {package}.runtime import process
if process.MARKER in os.environ:
    sys.exit(sys.argv[1] + " in " + os.environ["TZ"])
process.start_again(process.fix(os.environ), replace={replace})
"""


@pytest.mark.parametrize("replace", [os.name == "posix", False])
def test_both_ways_to_start_again_end_as_the_second_process_does(replace: bool) -> None:
    package = process.__name__.partition(".")[0]
    script = AGAIN.format(package=package, replace=replace)
    finished = subprocess.run(
        [sys.executable, "-c", script, "one two"],
        env={**base(), "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (1, "one two in UTC\n")


def test_the_exit_code_is_passed_on() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", PACKAGE, "no-such-stage"],
        env={**os.environ, "TZ": "Asia/Tokyo", process.NOTED: "1"},
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
    monkeypatch.setenv(process.UNFIXED, "1")
    process.reexecute_if_needed()
    assert "nothing is fixed" in capsys.readouterr().err
    assert os.environ["TZ"] == "Asia/Tokyo"
