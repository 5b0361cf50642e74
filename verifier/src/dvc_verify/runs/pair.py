"""Run the pipeline twice in fresh clones: the control, and the experiment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..observe import declared
from ..observe.declared import Finding
from ..observe.traces import Trace
from ..repository.stages import Stage
from . import factors
from .factors import CONTROL, EXPERIMENT
from .machine import Tools
from .run import Run, check_failure
from .session import Session

SLOWER = 10  # times its plain time that a stage may take
SHORTEST = 60.0  # seconds that a stage may take in any case
Say = Callable[[str], None]  # shows progress


@dataclass(frozen=True)
class Observed:
    """A whole run, what its ``dvc.lock`` says, and what was seen of its stages."""

    run: Run
    locked: Mapping[str, Stage]
    traces: Mapping[str, Trace]  # of the stages that were traced
    digests: Mapping[str, str]  # of the trace of each stage: "failed", or "" of none
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Runs:
    """The two runs of one commit, and what was seen of them."""

    stages: tuple[Stage, ...]  # all that there are, in an order they can run in
    tools: Tools
    folders: tuple[Path, ...]  # in which the clones are
    observed: tuple[Observed, ...]  # control and experiment; one if the first failed
    failure: Finding | None = None
    shortest: float = SHORTEST

    @property
    def running(self) -> list[Stage]:
        """The stages that must run."""
        return [stage for stage in self.stages if stage.kind == "run"]

    @property
    def control(self) -> Observed:
        """The run with every factor on the side of the control."""
        return self.observed[0]

    @property
    def experiment(self) -> Observed:
        """The run under perturbation."""
        return self.observed[1]

    @property
    def findings(self) -> list[Finding]:
        """What either run did wrong, each thing once."""
        return list(
            dict.fromkeys(each for seen in self.observed for each in seen.findings)
        )

    @property
    def notes(self) -> list[str]:
        """What is worth knowing of either run, each thing once."""
        reason = self.tools.no_strace
        first = [f"nothing is traced: {reason}"] if reason else []
        return list(
            dict.fromkeys(
                [*first, *(note for seen in self.observed for note in seen.notes)]
            )
        )

    @property
    def traces(self) -> dict[str, str]:
        """The digest of each stage's trace, "failed" or "" if one run lacks it."""
        found: dict[str, str] = {}
        for seen in self.observed:
            for name, digest in seen.digests.items():
                if found.get(name) not in ("", "failed"):
                    found[name] = digest
        return found

    def stage(self, name: str) -> Stage:
        """Return a stage by its name."""
        return next(each for each in self.running if each.name == name)

    def limit(self, stage: str) -> float:
        """Return the seconds that a stage may take, from what the control took."""
        return limit(self.control.run.seconds(), stage, self.shortest)


def limit(seconds: Mapping[str, float], stage: str, shortest: float) -> float:
    """Return the seconds that a stage may take.

    Parameters
    ----------
    seconds
        What each stage took before.
    stage
        The name of the stage.
    shortest
        What any stage may take.
    """
    return max(SLOWER * seconds.get(stage, 0.0), shortest)


def make_runs(session: Session, say: Say, shortest: float = SHORTEST) -> Runs:
    """Make both runs, and hold what stages did against what they declare.

    Parameters
    ----------
    session
        Makes the runs.
    say
        Shows progress.
    shortest
        Seconds that a stage may take in any case; otherwise ten times its plain time.

    Raises
    ------
    Refusal
        If there is nothing to run, or the machine can't run it.
    """
    observed: list[Observed] = []
    failure = None
    for side in (CONTROL, EXPERIMENT):
        run = session.prepare(factors.everywhere(side))
        names = [stage.name for stage in session.stages if stage.kind == "run"]
        if not names:
            raise Refusal("no stage here runs a command: there is nothing to verify")
        if observed:
            seconds = observed[0].run.seconds()
            limits = {name: limit(seconds, name, shortest) for name in names}
            session.change(run, {"limits": limits})
        failure = _run_all(session, side, run, len(names), say)
        observed.append(_look_at(session, side, run, failed=failure is not None))
        if failure:
            break
    return Runs(
        tuple(session.stages),
        session.setup.tools,
        tuple(session.folders),
        tuple(observed),
        failure,
        shortest,
    )


def _run_all(
    session: Session, side: str, run: Run, count: int, say: Say
) -> Finding | None:
    """Run the pipeline in a clone, and return the stage that failed, if one did."""
    started: list[str] = []

    def progress(name: str) -> None:
        started.append(name)
        say(f"{side} run: stage {len(started)} of {count}, {name}")

    if not session.reproduce(run, progress):
        return None
    check_failure(run)
    failed = run.failure()
    if failed is None:
        raise Refusal(f"DVC failed in the {side} run: {run.said()}")
    kind, said = "failed", f"ended with {failed.get('code')}: {run.said()}"
    if failed.get("hang"):
        kind, said = "hang", f"took over {SLOWER} times its plain time and was ended"
    text = f"in the {side} run `{failed['command']}` {said}"
    return Finding(kind, failed["stage"], "", kind, text[:500])


def _look_at(session: Session, side: str, run: Run, failed: bool) -> Observed:
    """Read the traces of a run where it stands, then put it aside."""
    finished = {record["stage"] for record in run.records() if not record.get("code")}
    traces: dict[str, Trace] = {}
    digests: dict[str, str] = {}
    findings: list[Finding] = []
    notes: list[str] = []
    for stage in (each for each in session.stages if each.kind == "run"):
        trace = run.trace(stage) if stage.name in finished else None
        digests[stage.name] = ""
        if trace is None:
            continue
        traces[stage.name] = trace
        if problems := declared.unproved(stage, trace, run.root):
            notes.append(f"the trace of {stage.name} failed: {problems[0]}")
            digests[stage.name] = "failed"
            continue
        digests[stage.name] = trace.digest(run.root)
        allowed = declared.allowed_folders(run.own)
        findings += declared.check_stage(stage, trace, run.root, run.top, allowed)
        notes += [
            f"{stage.name} declares {path} and never reads it"
            for path in declared.never_read(stage, trace, run.root)
        ]
    if not failed:
        findings += _check_counts(session.stages, side, run)
    locked = session.locked(run)
    return Observed(
        session.keep(run), locked, traces, digests, tuple(findings), tuple(notes)
    )


def _check_counts(stages: list[Stage], side: str, run: Run) -> list[Finding]:
    """Return the stages that didn't run exactly once though they aren't frozen."""
    ran = [record["stage"] for record in run.records()]
    found = []
    for stage in stages:
        wanted = len(stage.commands) if stage.kind == "run" else 0
        count = ran.count(stage.name)
        if count != wanted and (stage.kind == "run" or count):
            kind = "not run as declared"
            text = f"{count} of its {wanted} commands ran in the {side} run"
            found.append(Finding(kind, stage.name, "", kind, text))
    return found


def run_unfixed(session: Session, runs: Runs, setting: str, say: Say) -> list[str]:
    """Run once with nothing fixed by the launcher; return what differs then.

    Parameters
    ----------
    session
        Makes the run.
    runs
        What it is compared with: the control.
    setting
        ``NAME=VALUE`` of the variable that tells the launcher to fix nothing.
    say
        Shows progress.
    """
    name, _, value = setting.partition("=")
    session.drop()
    run = session.prepare(factors.everywhere(EXPERIMENT))
    given: dict[str, Any] = {**run.configuration["environment"], name: value}
    session.change(run, {"environment": given, "strace": []})
    if session.reproduce(run, lambda stage: say(f"unfixed run: {stage}")):
        failed = run.failure() or {"stage": "DVC"}
        return [f"{failed['stage']} failed"]
    locked = session.locked(run)
    return [
        out.path
        for name, stage in runs.control.locked.items()
        for out, other in zip(stage.outputs, locked[name].outputs, strict=True)
        if out.digest != other.digest
    ]
