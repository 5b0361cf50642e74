"""How a stage is made to compute the same bytes on every x86-64 processor with AVX2.

numpy and OpenBLAS choose their code by the processor, and other code gives other last
digits. So numpy is kept from choosing, and OpenBLAS is given one kernel.
"""

import ctypes
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

X86_64 = ("x86_64", "amd64")
# All that numpy dispatches on; a test compares them with numpy's own list.
NUMPY_DISPATCH = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
# The kernel of OpenBLAS for AVX2 and FMA. Without them it dies, so it must be chosen
# only where they are seen.
KERNEL = "Haswell"
NEEDED = {"avx2", "fma"}
SYSCTL = ("hw.optional.avx2_0", "hw.optional.fma")
PF_AVX2 = 40  # of Windows, which has no number for FMA: what has AVX2 has both
# By these, libraries of the lock compute otherwise: with other code, in other blocks,
# or by other rules.
PREFIXES = ("NPY_", "OPENBLAS_", "PANDAS_", "SCIPY_", "SKLEARN_")
NAMES = ("ARROW_USER_SIMD_LEVEL", "FREETYPE_PROPERTIES", "GLIBC_TUNABLES")


@dataclass(frozen=True)
class Processor:
    """What the choice of code depends on."""

    machine: str  # as `platform.machine` calls it
    avx2: bool  # whether AVX2 and FMA are seen

    @property
    def is_x86_64(self) -> bool:
        """Whether this is an x86-64 processor."""
        return self.machine.lower() in X86_64

    @property
    def is_pinned(self) -> bool:
        """Whether a stage computes here as on any other processor of the kind."""
        return self.is_x86_64 and self.avx2


def find_processor() -> Processor:
    """Return the processor of this machine."""
    found = Processor(platform.machine(), avx2=False)
    return replace(found, avx2=sees_avx2()) if found.is_x86_64 else found


def sees_avx2() -> bool:
    """Say whether the system tells of AVX2 and FMA; numpy is too heavy to be asked."""
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(PF_AVX2))
    if sys.platform == "darwin":
        return sysctl_tells_avx2()
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            return cpuinfo_tells_avx2(lines)
    except OSError:
        return False


def sysctl_tells_avx2() -> bool:
    """Ask macOS; it prints a 1 for each that is there."""
    try:
        shown = subprocess.check_output(["/usr/sbin/sysctl", "-n", *SYSCTL], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return shown.split() == ["1"] * len(SYSCTL)


def cpuinfo_tells_avx2(lines: Iterable[str]) -> bool:
    """Read the flags of the first processor, in the form of Linux.

    Examples
    --------
    >>> cpuinfo_tells_avx2(["processor: 0", "flags : fpu avx avx2 fma"])
    True
    >>> cpuinfo_tells_avx2(["Features : asimd"])
    False
    """
    for line in lines:
        name, _, flags = line.partition(":")
        if name.strip() == "flags":
            return NEEDED <= set(flags.split())
    return False


def variables(names: Iterable[str], found: Processor) -> dict[str, str | None]:
    """Return the variables that pin the computation; None is for one that must go.

    Parameters
    ----------
    names
        The variables that are set.
    found
        The processor.

    Examples
    --------
    >>> variables(["OPENBLAS_L2_SIZE", "HOME"], Processor("arm64", avx2=False))
    {'OPENBLAS_L2_SIZE': None}
    """
    pinned: dict[str, str | None] = {
        name: None for name in names if name.startswith(PREFIXES) or name in NAMES
    }
    if found.is_x86_64:
        pinned["NPY_DISABLE_CPU_FEATURES"] = NUMPY_DISPATCH
    if found.is_pinned:
        pinned |= {"OPENBLAS_CORETYPE": KERNEL, "ARROW_USER_SIMD_LEVEL": "AVX2"}
    return pinned


def note(found: Processor) -> str:
    """Return a line to show where nothing makes the bytes those of other processors."""
    if found.is_pinned:
        return ""
    seen = f"this processor is of type {found.machine}"
    if found.is_x86_64:
        seen = "AVX2 and FMA are not seen on this processor"
    return f"note: {seen}, so bytes may differ from another's"
