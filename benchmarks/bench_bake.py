"""Baking by command line, against the same cookiecutter on an empty template."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure import ROOT, Cost, compare, time_process


def main() -> None:
    """Print the ratio."""
    scratch = Path(tempfile.mkdtemp())
    empty = scratch / "empty"
    (empty / "{{cookiecutter.slug}}").mkdir(parents=True)
    (empty / "cookiecutter.json").write_text(json.dumps({"slug": "empty"}))

    def bake(template: Path) -> Cost:
        output = scratch / "out"
        shutil.rmtree(output, ignore_errors=True)
        words = [sys.executable, "-m", "cookiecutter", "--no-input", "-o"]
        return time_process(
            [*words, str(output), str(template)], scratch, {**os.environ}
        )

    compare(
        "Bake, against an empty template", lambda: bake(ROOT), lambda: bake(empty), 2.5
    )
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
