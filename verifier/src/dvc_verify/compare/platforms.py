"""What the last digits of a result may depend on, besides the packages."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# Run apart, since it is the environment that chooses a kernel, when numpy starts.
BLAS = """
import json
import numpy
from threadpoolctl import threadpool_info
built = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
found = [each for each in threadpool_info() if each["user_api"] == "blas"]
print(json.dumps(found[0] if found else {"internal_api": built}))
"""
TUNING = ("NPY_", "OPENBLAS_")  # of numpy and its library


def describe_platform(stages: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the last digits of a result may depend on.

    Parameters
    ----------
    stages
        The environment that stages compute in, if it is known. It decides for which
        processor linear algebra computes; without it that isn't told.
    """
    libc = " ".join(platform.libc_ver()).strip()
    return {
        "system": platform.system(),
        "c_library": libc or platform.release(),
        "machine": platform.machine(),
        "cpu": cpu_model(),
        "blas": blas_library(stages),
        "python": platform.python_version(),
    }


def sentence(about: Mapping[str, str]) -> str:
    """Write a platform in a few words."""
    keys = ("system", "c_library", "machine", "cpu", "blas")
    told = [about[key] for key in keys if about.get(key)]
    return ", ".join([*told, f"Python {about.get('python', '?')}"])


def cpu_model() -> str:
    """Return what the CPU calls itself."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"^model name\s*: *(.+)$", info.read_text("utf-8"), re.M)
        return found[1] if found else ""
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.check_output(command, text=True).strip()
    return platform.processor()


def blas_library(stages: Mapping[str, str] | None = None) -> str:
    """Return the library of linear algebra, and for which processor it computes.

    Parameters
    ----------
    stages
        See `describe_platform`.
    """
    if stages is None:
        plain = os.environ.items()
        environment = {k: v for k, v in plain if not k.startswith(TUNING)}
    else:
        environment = dict(stages)
    finished = subprocess.run(
        [sys.executable, "-P", "-c", BLAS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:  # numpy is not there
        return "unknown"
    found: dict[str, str] = json.loads(finished.stdout)
    told = [found["internal_api"], found.get("version")]
    if stages is not None and "architecture" in found:
        told.append(f"for {found['architecture']}")
    return " ".join(each for each in told if each)
