"""A baked project, and the environment in which its commands run."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from bench.checkout import Checkout

WINDOWS = sys.platform == "win32"
FIXED = """
import json, os
from {package}.runtime import process
print(json.dumps(process.fix(os.environ)))
"""
PINNED = "from tasks import reference; print(reference.is_pinned())"
FIRST_RUN = "first-run.txt"  # in the scratch folder of `ran`: what was printed


@dataclass(frozen=True)
class Project(Checkout):
    """A bake in a folder, with the Python of an environment built from its locks."""

    package: str = ""

    @property
    def scratch(self) -> Path:
        """A folder beside the project, for what must not be in it."""
        folder = self.root.parent / f"{self.root.name}-scratch"
        folder.mkdir(exist_ok=True)
        return folder

    def invoke(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a task."""
        return self.python("-m", "invoke", *words, code=code)

    def artifacts(self) -> list[Path]:
        """All that the pipeline wrote, sorted."""
        found = [
            path
            for folder in ("data", "models", "reports")
            for path in (self.root / folder).rglob("*")
            if path.is_file() and "source" not in path.parts
        ]
        theirs = ("README.md", "reference.json")  # which come with the project
        return sorted(path for path in found if path.name not in theirs)

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each artifact by its path."""
        return {
            path.relative_to(self.root)
            .as_posix(): hashlib.sha256(path.read_bytes())
            .hexdigest()
            for path in self.artifacts()
        }

    def status(self) -> str:
        """What git says of the work tree."""
        return self.run("git", "status", "--porcelain").stdout

    def is_pinned(self) -> bool:
        """Say whether bytes are promised here: on Linux x86-64 with AVX2."""
        shown = self.python("-c", PINNED).stdout
        assert shown in ("True\n", "False\n")
        return shown == "True\n"

    def fixed(self) -> dict[str, str]:
        """The environment that `__main__.py` gives to a stage."""
        shown = self.python("-c", FIXED.format(package=self.package)).stdout
        found: dict[str, str] = json.loads(shown)
        return found

    def copy(self, root: Path) -> "Project":
        """Copy the project, its cache and its git history."""
        shutil.copytree(self.root, root, symlinks=True)
        return replace(self, root=root)
