"""What the last digits of a result may depend on, besides the packages."""

import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any


def describe_platform() -> dict[str, str]:
    """Return what the last digits of a result may depend on."""
    libc = " ".join(platform.libc_ver()).strip()
    return {
        "system": platform.system(),
        "c_library": libc or platform.release(),
        "machine": platform.machine(),
        "cpu": cpu_model(),
        "blas": blas_kernel(),
        "python": platform.python_version(),
    }


def sentence(about: dict[str, str]) -> str:
    """Write a platform in a few words."""
    keys = ("system", "c_library", "machine", "cpu", "blas")
    words = [about[key] for key in keys if about.get(key)]
    return ", ".join([*words, f"Python {about.get('python', '?')}"])


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


def blas_kernel() -> str:
    """Return the library of linear algebra, and for which CPU it computes."""
    try:
        import numpy as np
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown"

    for library in threadpool_info():
        if library["user_api"] == "blas":
            kernel = (
                f" for {library['architecture']}" if "architecture" in library else ""
            )
            return f"{library['internal_api']} {library['version']}{kernel}"
    config: Any = np.show_config(mode="dicts")
    return str(config["Build Dependencies"]["blas"]["name"])
