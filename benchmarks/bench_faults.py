"""The fault bench: what `dvc status`, a re-run, the verifier and the rules catch.

It is the verifier's own, `verifier/bench/`, in the environment that the locks give.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT

from tests.e2e.environment import build_interpreter


def main() -> int:
    """Run the bench with the options that are given; see ``python -m bench --help``."""
    with tempfile.TemporaryDirectory() as scratch:
        interpreter = build_interpreter(Path(scratch))
    home = ROOT / "verifier"
    path = os.pathsep.join([str(home), str(home / "src")])
    command = [sys.executable, "-m", "bench", "--python", str(interpreter)]
    return subprocess.run(
        [*command, *sys.argv[1:]],
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
