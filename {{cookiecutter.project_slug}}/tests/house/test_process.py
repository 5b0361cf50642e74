"""The process starts itself again, once, with what fits it and its processor."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.runtime import imports, process, processor
from {{ cookiecutter.package_name }}.runtime.processor import Processor

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
def test_every_variable_that_is_required_replaces_the_users(name: str) -> None:
    assert process.fix({name: "other"})[name] == process.REQUIRED[name]


def test_a_stage_that_stays_unfixed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv(process.UNFIXED, "1")
    process.reexecute_if_needed()
    assert "nothing is fixed" in capsys.readouterr().err
    assert os.environ["TZ"] == "Asia/Tokyo"


AVX2 = Processor("x86_64", avx2=True)
OLD = Processor("x86_64", avx2=False)
ARM = Processor("arm64", avx2=False)
HOSTILE = {
    "ARROW_USER_SIMD_LEVEL": "NONE",
    "FREETYPE_PROPERTIES": "truetype:interpreter-version=35",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2",
    "NPY_DISABLE_CPU_FEATURES": "",
    "NPY_ENABLE_CPU_FEATURES": "X86_V3",
    "OPENBLAS_CORETYPE": "",
    "OPENBLAS_L2_SIZE": "512",
    "OPENBLAS_NUM_THREADS": "7",
    "PANDAS_FUTURE": "legacy",
    "SCIPY_ARRAY_API": "1",
    "SKLEARN_WORKING_MEMORY": "1",
}


@pytest.mark.skipif(
    not processor.find_processor().is_x86_64, reason="numpy has other names elsewhere"
)
def test_all_that_numpy_dispatches_on_is_disabled() -> None:
    """To numpy an unknown name is only a warning, and one of its baseline is fatal."""
    umath = importlib.import_module("numpy._core._multiarray_umath")
    names = processor.NUMPY_DISPATCH.split()
    assert names == list(umath.__cpu_dispatch__)
    assert not set(names) & set(umath.__cpu_baseline__)


def test_with_avx2_one_kernel_is_chosen_and_the_rest_goes() -> None:
    pinned = process.fix({**HOSTILE, "HOME": "here"}, AVX2)
    assert pinned == {
        **process.REQUIRED,
        "ARROW_USER_SIMD_LEVEL": "AVX2",
        "HOME": "here",
        "NPY_DISABLE_CPU_FEATURES": processor.NUMPY_DISPATCH,
        "OPENBLAS_CORETYPE": "Haswell",
    }
    assert process.fix({}, AVX2) == {k: v for k, v in pinned.items() if k != "HOME"}


def test_without_avx2_no_kernel_is_chosen() -> None:
    assert process.fix(HOSTILE, OLD) == {
        **process.REQUIRED,
        "NPY_DISABLE_CPU_FEATURES": processor.NUMPY_DISPATCH,
    }


def test_on_another_machine_only_what_the_user_chose_goes() -> None:
    assert process.fix(HOSTILE, ARM) == process.REQUIRED


@pytest.mark.parametrize("found", [AVX2, OLD, ARM])
def test_with_another_environment_allowed_nothing_is_pinned(found: Processor) -> None:
    given = {**HOSTILE, imports.OVERRIDE: "1"}
    assert process.fix(given, found) == {**given, **process.REQUIRED}
    assert imports.OVERRIDE in process.note(given, found)
    assert not process.is_pinned(given, found)


def test_what_must_be_absent_is_wrong_even_if_it_is_empty() -> None:
    wanted = process.required({"OPENBLAS_L2_SIZE": ""}, AVX2)
    assert wanted["OPENBLAS_L2_SIZE"] is None
    assert process.required({}, AVX2).keys() == wanted.keys() - {"OPENBLAS_L2_SIZE"}


def test_a_line_says_where_bytes_may_differ() -> None:
    assert process.note({}, AVX2) == ""
    assert "not seen on this processor, so bytes may" in process.note({}, OLD)
    assert "of type arm64, so bytes may differ" in process.note({}, ARM)
    assert [process.is_pinned({}, each) for each in (AVX2, OLD, ARM)] == [1, 0, 0]


@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "amd64", "X86_64"])
def test_x86_64_has_several_names(machine: str) -> None:
    assert Processor(machine, avx2=True).is_pinned


@pytest.mark.parametrize("flags", ["fpu avx", "avx2", "fma", "avx2x fma4", ""])
def test_avx2_alone_and_names_that_are_like_it_are_not_enough(flags: str) -> None:
    lines = ["processor\t: 0\n", f"flags\t\t: {flags}\n"]
    assert not processor.cpuinfo_tells_avx2(lines)


def test_flags_are_those_of_the_first_processor() -> None:
    told = ["vendor: avx2 fma\n", "flags\t\t: avx2 fma\n", "flags\t\t: fpu\n"]
    assert processor.cpuinfo_tells_avx2(told)
    assert not processor.cpuinfo_tells_avx2([told[0], *reversed(told[1:])])


@pytest.mark.skipif(sys.platform != "linux", reason="others keep the flags elsewhere")
def test_the_flags_of_this_processor_are_read() -> None:
    text = Path("/proc/cpuinfo").read_text("utf-8")
    told = "avx2" in text.split() and "fma" in text.split()
    assert processor.find_processor().avx2 == told


@pytest.mark.skipif(sys.platform == "darwin", reason="here it may tell of them")
def test_a_system_that_has_no_such_names_tells_of_no_avx2() -> None:
    assert not processor.sysctl_tells_avx2()


KERNELS = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info
from numpy._core import _multiarray_umath as umath
blas = [each for each in threadpool_info() if each["internal_api"] == "openblas"]
print(len(blas), {each["architecture"] for each in blas})
print([name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name]])
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not processor.find_processor().is_pinned,
    reason="OpenBLAS may be another library there, or chooses for itself",
)
def test_numpy_and_scipy_obey() -> None:
    """Nothing but the variables is different from a process of the user's."""
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", KERNELS],
        env=process.fix({**os.environ, **HOSTILE}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown == "2 {'Haswell'}\n[]\n"
