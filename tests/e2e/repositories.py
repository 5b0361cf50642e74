"""Small DVC repositories that are no bake, for the verifier, which knows no package."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.checkout import SETTINGS, VERIFIER, Checkout, command, commit

from .project import Project

PIPELINE = """\
stages:
  make:
    cmd: python make.py
    deps: [make.py]
    outs: [data.txt]
  use:
    cmd: python use.py
    deps: [use.py, data.txt]
    outs: [out.txt]
    metrics:
      - metrics.json: {cache: false}
"""
MAKE = 'with open("data.txt", "w") as stream:\n    stream.write("1 2 3")\n'
USE = """\
text = open("data.txt").read()
open("out.txt", "w").write(text * 2)
open("metrics.json", "w").write('{"size": %d}' % len(text))
"""
FILES = {"dvc.yaml": PIPELINE, "make.py": MAKE, "use.py": USE}


def repository(
    root: Path, interpreter: Path, files: Mapping[str, str], run: bool = True
) -> Project:
    """Write files into a new DVC repository, run its pipeline and commit."""
    project = Project(root, interpreter, SETTINGS)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.tool("dvc", "init", "--quiet")
    if run:
        project.tool("dvc", "repro")
    commit(project)
    return project


def verifier(project: Checkout, *words: str, code: int = 0) -> str:
    """Run the verifier on a repository, check how it ends, and return its words."""
    finished = subprocess.run(
        command(project, *words),
        cwd=VERIFIER,
        env={**project.environ(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert finished.returncode == code, finished.stdout
    assert "Traceback" not in finished.stdout
    return finished.stdout
