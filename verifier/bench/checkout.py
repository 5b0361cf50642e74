"""A repository in a folder, and the environment in which its commands run."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERIFIER = Path(__file__).resolve().parents[1] / "src"
SETTINGS = {"DVC_NO_ANALYTICS": "1"} | {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
}


@dataclass(frozen=True)
class Checkout:
    """A DVC repository, with the Python whose environment has DVC."""

    root: Path
    interpreter: Path
    settings: Mapping[str, str] = field(default_factory=dict)  # of the environment

    def environ(self) -> dict[str, str]:
        """Return the environment of the commands: its tools come first on PATH."""
        path = os.pathsep.join([str(self.interpreter.parent), os.environ["PATH"]])
        return {**os.environ, "PATH": path, **self.settings}

    def run(self, *command: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a command in the root and check its exit code."""
        finished = subprocess.run(
            command,
            cwd=self.root,
            env=self.environ(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if finished.returncode != code:
            shown = finished.stdout[-4000:] + finished.stderr[-4000:]
            raise AssertionError(f"{command} ended with {finished.returncode}\n{shown}")
        return finished

    def python(self, *words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run the Python of the environment."""
        return self.run(str(self.interpreter), *words, code=code)

    def tool(self, name: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a tool of the environment as a module."""
        return self.python("-m", name, *words)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace one text in a file."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def commit(checkout: Checkout) -> None:
    """Commit all that is there."""
    checkout.run("git", "add", "--all")
    checkout.run("git", "commit", "--quiet", "--message", "Change")


def command(checkout: Checkout, *words: str) -> list[str]:
    """Return the command that runs the verifier, as it is here, on a repository."""
    name, *options = words or ("run",)
    module = [str(checkout.interpreter), "-m", "dvc_verify", name]
    return [*module, str(checkout.root), *options]
