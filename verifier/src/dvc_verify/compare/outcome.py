"""Each output of two runs against each other and against what is committed."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..observe.declared import Finding
from ..repository.clone import copy, copy_out, dvc_digest
from ..repository.source import Repository
from ..repository.stages import Output, Stage
from ..runs.pair import Runs
from ..runs.run import Run
from . import contents, decoding
from .contents import Agreement

PREDICTING = 60  # seconds that a command may take to predict
NOT_GIVEN = "not what the stage gives"  # a cause
REMEDY = "run `dvc repro --force` and commit what it gives"


@dataclass(frozen=True)
class Result:
    """What two runs gave of one output, and what is committed of it."""

    stage: str
    path: str
    size: int
    locked: str  # digests of DVC, "" where there is none
    control: str
    experiment: str
    runs: Agreement  # of the two runs
    committed: Agreement  # of the control and what is committed
    inherited: bool  # an earlier output, which its stage reads, differs too
    stale: bool  # what is committed isn't what dvc.lock says

    @property
    def grade(self) -> str:
        """The worse of both grades."""
        return contents.worst([self.runs.grade, self.committed.grade])


@dataclass(frozen=True)
class Comparison:
    """Every output of two runs, graded, and what the runs show of ``dvc.lock``."""

    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    committed: Path = Path()  # the folder to which committed contents were brought


def compare_runs(repository: Repository, runs: Runs, scratch: Path) -> Comparison:
    """Grade every output, and hold ``dvc.lock`` against what stages really read.

    Parameters
    ----------
    repository
        Where the committed contents are.
    runs
        The two runs; if the first failed there is nothing to compare.
    scratch
        A folder for what is brought from git and from the cache.
    """
    if runs.failure:
        return Comparison(committed=scratch)
    control, experiment = runs.control, runs.experiment
    judge = Judge(repository, control.run, experiment.run, scratch)
    results = judge.compare(runs.running, control.locked, experiment.locked)
    return Comparison(tuple(results), tuple(_stale_inputs(runs)), scratch)


def _stale_inputs(runs: Runs) -> Iterator[Finding]:
    """Yield what the control read that is not what ``dvc.lock``, or its maker, says."""
    locked = runs.control.locked
    made = {out.path for stage in runs.running for out in stage.outputs}
    for stage in runs.running:
        now = locked[stage.name].reads
        for path, digest in stage.reads.items():
            if digest and now.get(path) != digest and path not in made:
                text = f"dvc.lock was written for another {path}; {REMEDY}"
                yield Finding("difference", stage.name, path, NOT_GIVEN, text)
        for out in (out for other in locked.values() for out in other.outputs):
            read = now.get(out.path)
            if read and out.digest and read != out.digest:
                kind = "input changed"
                text = f"{kind}: {out.path} is not as it was written when it is read"
                yield Finding(kind, stage.name, out.path, kind, text)


class Judge:
    """Compare the outputs of two runs in the order of their stages.

    Parameters
    ----------
    repository
        Where the committed contents are.
    control, experiment
        The two runs.
    scratch
        A folder for what is brought from git and from the cache.
    """

    def __init__(
        self, repository: Repository, control: Run, experiment: Run, scratch: Path
    ) -> None:
        self.repository = repository
        self.control, self.experiment = control, experiment
        self.scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)

    def compare(
        self,
        stages: list[Stage],
        control: Mapping[str, Stage],
        experiment: Mapping[str, Stage],
    ) -> list[Result]:
        """Grade every output.

        Parameters
        ----------
        stages
            The stages as committed, in order.
        control, experiment
            The stages by name as the two runs left them.
        """
        results: list[Result] = []
        differ: set[str] = set()
        for stage in stages:
            inherited = any(
                _overlap(path, each) for path in stage.reads for each in differ
            )
            for out in stage.outputs:
                digests = [
                    _digest_of(side, stage.name, out.path)
                    for side in (control, experiment)
                ]
                result = self._grade(stage, out, digests, inherited)
                results.append(result)
                if result.grade != "identical":
                    differ.add(out.path)
        return results

    def _grade(
        self, stage: Stage, out: Output, digests: list[str], inherited: bool
    ) -> Result:
        control = self.control.root / out.path
        experiment = self.experiment.root / out.path
        kept = self._committed(out)
        stale = kept is not None and out.digest not in ("", dvc_digest(kept))
        if kept is not None:
            committed = self._judge(out, control, kept)
        elif not out.digest or out.digest == digests[0]:
            committed = Agreement("identical")
        else:
            known = f"dvc.lock says {out.digest[:8]}, the run gives {digests[0][:8]}"
            committed = Agreement("different", f"{known}; its bytes are not at hand")
        return Result(
            stage.name,
            out.path,
            _size(control),
            out.digest,
            digests[0],
            digests[1],
            self._judge(out, control, experiment),
            committed,
            inherited,
            stale,
        )

    def _committed(self, out: Output) -> Path | None:
        """Bring what is committed of an output, or return None if it isn't at hand."""
        place = self.scratch / out.path
        if out.cached:
            found = out.digest and copy_out(self.repository, out.digest, place, False)
            return place if found else None
        content = self.repository.committed(out.path)
        if content is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            return place
        for name in self.repository.committed_files(out.path):
            inner = self.scratch / name
            inner.parent.mkdir(parents=True, exist_ok=True)
            inner.write_bytes(self.repository.committed(name) or b"")
        return place if place.exists() else None

    def _judge(self, out: Output, control: Path, experiment: Path) -> Agreement:
        tolerance, free = _tolerance(out), out.meta.get("order") == "free"
        found = contents.compare(control, experiment, tolerance, free)
        command = out.meta.get("predictions")
        if found.grade != "different" or not command:
            return found
        said = [
            self._predict(out, path, str(command)) for path in (control, experiment)
        ]
        if said[0] is None or said[1] is None:
            return found
        graded = contents.compare_contents(said[0], said[1], tolerance, False)
        if graded.grade == "same content":
            return Agreement("same predictions", found.detail)
        return Agreement(graded.grade, f"predictions: {graded.detail}")

    def _predict(self, out: Output, model: Path, command: str) -> Any:
        """Return what a command predicts with a model in place, None if it fails."""
        place, aside = self.control.root / out.path, self.scratch / "aside"
        if model != place:
            shutil.copyfile(place, aside)
            copy(model, place)
        try:
            finished = subprocess.run(
                [self.control.configuration["shell"], "-c", command],
                cwd=self.control.root,
                env=dict(self.control.environment),
                capture_output=True,
                text=True,
                timeout=PREDICTING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        finally:
            if model != place:
                shutil.copyfile(aside, place)
        if finished.returncode:
            return None
        try:
            return json.loads(finished.stdout)
        except ValueError:
            rows = (line.split(",") for line in finished.stdout.splitlines())
            return [[decoding.number(cell) for cell in row] for row in rows]


def _overlap(one: str, other: str) -> bool:
    return (one + "/").startswith(other + "/") or (other + "/").startswith(one + "/")


def _digest_of(stages: Mapping[str, Stage], name: str, path: str) -> str:
    found = (out.digest for out in stages[name].outputs if out.path == path)
    return next(found, "") if name in stages else ""


def _tolerance(out: Output) -> float:
    value = out.meta.get("tolerance", 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Refusal(
            f"meta.tolerance of {out.path} is {value!r}; give a relative difference "
            "such as 1e-9"
        )
    if value and Path(out.path).suffix not in ("", *decoding.DECODERS):
        known = ", ".join(decoding.DECODERS)
        raise Refusal(
            f"meta.tolerance of {out.path} can't be applied: numbers are read from "
            f"{known} alone"
        )
    return float(value)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size if path.exists() else 0
