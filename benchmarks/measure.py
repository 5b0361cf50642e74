"""Time whole processes, two sides in turn, so that a drifting machine hits both."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RUNS = 5
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # to share the bake and the environment of the tests


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a process with its children, and its peak in MB.

    The peak is that of the largest process: their memory isn't added up.
    """

    wall: float
    cpu: float
    peak: float


def spent_by_children() -> float:
    """Return the CPU seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def time_process(command: list[str], cwd: Path, env: dict[str, str]) -> Cost:
    """Run a command to its end and return what it cost."""
    if sys.platform == "win32":
        raise SystemExit("the benchmarks need wait4, which Windows hasn't got")
    with tempfile.TemporaryFile() as shown:
        start = time.perf_counter()
        with subprocess.Popen(
            command, cwd=cwd, env=env, stdout=shown, stderr=subprocess.STDOUT
        ) as process:
            _, status, used = os.wait4(process.pid, 0)  # with all that it waited for
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if process.returncode:
            shown.seek(0)
            raise SystemExit(f"{command} failed: {shown.read().decode()}")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale)


def compare(
    title: str,
    ours: Callable[[], Cost],
    other: Callable[[], Cost],
    bound: float | None = None,
    runs: int = RUNS,
) -> None:
    """Run both sides in turn after a warm-up, and print medians and the ratio."""
    ours()
    other()
    pairs = [(ours(), other()) for _ in range(runs)]
    print(f"\n{title}")
    for unit in ("wall", "cpu"):
        left = [getattr(pair[0], unit) for pair in pairs]
        right = [getattr(pair[1], unit) for pair in pairs]
        ratio = statistics.median(a / b for a, b in zip(left, right, strict=True))
        print(
            f"  {unit:4} s: {statistics.median(left):6.3f} against "
            f"{statistics.median(right):6.3f}, median ratio {ratio:.2f}"
            + (f" (aim: at most {bound})" if bound and unit == "wall" else "")
        )


def with_tools(interpreter: Path) -> dict[str, str]:
    """Return an environment in which the tools of an interpreter come first."""
    path = os.pathsep.join([str(interpreter.parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path}
