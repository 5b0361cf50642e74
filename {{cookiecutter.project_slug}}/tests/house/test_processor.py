"""What pins the computation, by the processor; machines are named, not imitated."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.runtime import imports, process, processor
from {{ cookiecutter.package_name }}.runtime.processor import Processor

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
