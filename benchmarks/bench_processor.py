"""What it costs to compute alike on every processor, against code for this one."""

import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from measure import Cost, compare, time_process, with_tools

from tests.e2e.environment import baked_project, build_interpreter

FREE = {"ALLOW_OTHER_ENVIRONMENT": "1"}  # the launcher's word for it
# Both sides of these say how long they took without the start and the imports.
WORK = """
import sys, time
import numpy as np
generator = np.random.default_rng(1)
values = generator.normal(size=2_000_000)
square = values.reshape(2_000, 1_000)
work = {
    "sort": lambda: np.sort(values),
    "argsort": lambda: np.argsort(values),
    "exp": lambda: np.exp(values),
    "product": lambda: square.T @ square,
}[sys.argv[1]]
work()
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(5):
    work()
print((time.perf_counter() - wall) / 5, (time.process_time() - cpu) / 5)
"""
OPERATIONS = ("sort", "argsort", "exp", "product")


def main() -> None:
    """Print the ratios."""
    scratch = Path(tempfile.mkdtemp())
    python = build_interpreter(scratch)
    project = baked_project(scratch / "project", python)
    pinned, plain = project.fixed(), replace(project, settings=FREE).fixed()

    def pipeline(env: dict[str, str]) -> Cost:
        command = [str(python), "-m", "dvc", "repro", "--force"]
        return time_process(command, project.root, env)

    def operation(name: str, env: dict[str, str]) -> Cost:
        command = [str(python), "-c", WORK, name]
        shown = subprocess.check_output(command, env=env, text=True)
        return Cost(*map(float, shown.split()))

    env = with_tools(python)
    compare(
        "A cold pipeline, against one that isn't pinned",
        lambda: pipeline(env),
        lambda: pipeline({**env, **FREE}),
        1.1,
        3,
    )
    for name in OPERATIONS:
        compare(
            f"numpy: {name}, 2 million numbers, against one that isn't pinned",
            partial(operation, name, pinned),
            partial(operation, name, plain),
        )
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
