"""A verification, two traced runs and all comparisons, against one forced cold run."""

import shutil
import tempfile
from pathlib import Path

from measure import Cost, compare, time_process, with_tools

from tests.e2e.environment import baked_project, build_interpreter

RUNS = 3  # of minutes each


def main() -> None:
    """Print the ratio."""
    scratch = Path(tempfile.mkdtemp())
    python = build_interpreter(scratch)
    project = baked_project(scratch / "project", python)
    env = with_tools(python)

    def verify() -> Cost:
        target = scratch / "certificate.json"
        command = [str(python), "-m", "dvc_verify", "run", "--to", str(target)]
        return time_process(command, project.root, env)

    def run() -> Cost:
        command = [str(python), "-m", "dvc", "repro", "--force"]
        return time_process(command, project.root, env)

    run()
    compare("`invoke verify`, against a forced cold run", verify, run, 2.5, RUNS)
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
