"""A run: the clone that stages ran in, and what was written down about them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal, check_disk
from ..observe.traces import Trace, read_trace
from ..repository import clone
from ..repository.stages import Stage
from . import launch

SUMMARY = "ERROR: failed to reproduce"


@dataclass(frozen=True)
class Run:
    """A clone that stages run in, with what was written down about them."""

    root: Path  # of the DVC repository in it
    top: Path  # of the git repository
    log: Path
    environment: Mapping[str, str]  # of DVC
    configuration: Mapping[str, Any]  # of the launcher
    own: tuple[Path, ...]  # what a stage may use outside

    def records(self) -> list[dict[str, Any]]:
        """Return what the launcher wrote down, in the order of the commands."""
        paths = sorted(self.log.glob("*.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def seconds(self) -> dict[str, float]:
        """Return how long each stage took."""
        total: dict[str, float] = {}
        for each in self.records():
            total[each["stage"]] = total.get(each["stage"], 0) + each.get("seconds", 0)
        return total

    def probes(self) -> list[dict[str, Any]]:
        """Return what each command's probe saw."""
        found = sorted(self.log.glob("*.probe"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def trace(self, stage: Stage) -> Trace | None:
        """Return what was seen of a stage, or None if it was not traced."""
        files = [
            path
            for number, record in enumerate(self.records())
            if record["stage"] == stage.name
            for path in self.log.glob(f"{number:04d}.trace.*")
        ]
        return read_trace(files, self.root / stage.folder) if files else None

    def said(self) -> str:
        """Return the last line that was printed, other than DVC's summary."""
        lines = (self.log / "output").read_text("utf-8", "replace").splitlines()
        lines = [line.strip() for line in lines if line.strip()]
        own = [line for line in lines if not line.startswith(SUMMARY)]
        return (own or lines or ["it printed nothing"])[-1]

    def failure(self) -> dict[str, Any] | None:
        """Return the record of the command that failed, if one did."""
        return next((each for each in self.records() if each.get("code")), None)


def signature(root: Path, stage: Stage) -> dict[str, str]:
    """Return the digest of each output of a stage in a clone, "" of a missing one.

    Parameters
    ----------
    root
        The root of DVC in the clone.
    stage
        The stage.
    """
    return {out.path: clone.dvc_digest(root / out.path) for out in stage.outputs}


def check_failure(run: Run) -> None:
    """Refuse to go on if the machine, not the project, is why a run failed.

    Raises
    ------
    Refusal
        If the disk is full or a perturbation was refused.
    """
    said = (run.log / "output").read_text("utf-8", "replace")
    check_disk(said, run.root)
    if launch.REFUSED in said:
        raise Refusal(run.said())
