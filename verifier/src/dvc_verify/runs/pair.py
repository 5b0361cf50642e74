"""Run the pipeline twice in fresh clones, and look at what came out."""

import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..observe import declared
from ..runs import environments, factors, machine
from ..causes.search import OTHER, REMEDIES
from ..observe.declared import Finding
from ..errors import Refusal
from ..runs.factors import A, B
from ..runs.janitor import Janitor
from ..compare.outcome import Judge, Result
from ..repository.source import Repository, Stage
from ..runs.session import Run, Session, check_failure
from ..observe.traces import Trace

SLOWER = 10  # times its plain time that a stage may take
SHORTEST = 60.0  # seconds that a stage may take in any case


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    lock: str = ""
    rebuild: bool = False
    passed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A whole run, what its ``dvc.lock`` says, and what was seen of its stages."""

    run: Run
    state: Mapping[str, Stage]
    traces: Mapping[str, Trace]  # of the stages that were traced


@dataclass
class Verification:
    """Two runs of one commit, and what they showed."""

    session: Session
    say: Callable[[str], None]
    shortest: float = SHORTEST
    runs: list[Seen] = field(default_factory=list)  # one, if that failed
    failure: Finding | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)  # digest, "failed" or ""

    @property
    def stages(self) -> list[Stage]:
        """The stages that must run."""
        return [stage for stage in self.session.stages if stage.kind == "run"]

    @property
    def scratch(self) -> Path:
        """Where committed contents are brought to."""
        return self.session.base / "committed"

    def stage(self, name: str) -> Stage:
        """Return a stage by its name."""
        return next(each for each in self.stages if each.name == name)

    def add(self, finding: Finding) -> None:
        """Add a finding once."""
        if finding not in self.findings:
            self.findings.append(finding)

    def note(self, text: str) -> None:
        """Add a note once."""
        if text not in self.notes:
            self.notes.append(text)

    def limit(self, stage: str) -> float:
        """Return the seconds that a stage may take."""
        plain = self.runs[0].run.seconds() if self.runs else {}
        return max(SLOWER * plain.get(stage, 0.0), self.shortest)


def verify(
    session: Session, say: Callable[[str], None], shortest: float = SHORTEST
) -> Verification:
    """Make both runs, hold them against what is declared, and compare the outputs.

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
    done = Verification(session, say, shortest)
    if reason := session.settings.tools.no_strace:
        done.note(f"nothing is traced: {reason}")
    for label, side in (("A", A), ("B", B)):
        run = session.prepare(factors.everywhere(side))
        if not done.stages:
            raise Refusal("no stage here runs a command: there is nothing to verify")
        if done.runs:
            limits = {stage.name: done.limit(stage.name) for stage in done.stages}
            session.change(run, {"limits": limits})
        _run_all(done, label, run)
        done.runs.append(_look_at(done, run))
        if done.failure:
            return done
        _check_counts(done, label, done.runs[-1].run)
    _compare(done)
    return done


def _run_all(done: Verification, label: str, run: Run) -> None:
    """Run the pipeline in a clone, and note the stage that failed, if one did."""
    seen: list[str] = []

    def progress(name: str) -> None:
        seen.append(name)
        done.say(f"run {label}: stage {len(seen)} of {len(done.stages)}, {name}")

    if not done.session.reproduce(run, progress):
        return
    check_failure(run)
    failed = run.failure()
    if failed is None:
        raise Refusal(f"DVC failed in run {label}: {run.said()}")
    kind, said = "failed", f"ended with {failed.get('code')}: {run.said()}"
    if failed.get("hang"):
        kind, said = "hang", f"took over {SLOWER} times its plain time and was ended"
    text = f"in run {label} `{failed['command']}` {said}"
    done.failure = Finding(kind, failed["stage"], "", kind, text[:500])


def _look_at(done: Verification, run: Run) -> Seen:
    """Read the traces of a run where it stands, then put it aside."""
    finished = {record["stage"] for record in run.records() if not record.get("code")}
    traces = {}
    for stage in done.stages:
        trace = run.trace(stage) if stage.name in finished else None
        if trace:
            traces[stage.name] = trace
        digest = _check_trace(done, stage, run, trace) if trace else ""
        if done.traces.get(stage.name) not in ("", "failed"):
            done.traces[stage.name] = digest
    state = done.session.locked(run)
    return Seen(done.session.keep(run), state, traces)


def _check_trace(done: Verification, stage: Stage, run: Run, trace: Trace) -> str:
    """Return the digest of a trace, ``failed`` if it can't be trusted."""
    if problems := declared.unproved(stage, trace, run.root):
        done.note(f"the trace of {stage.name} failed: {problems[0]}")
        return "failed"
    allowed = declared.allowed_folders(run.own)
    for finding in declared.check_stage(stage, trace, run.root, run.top, allowed):
        done.add(finding)
    for path in declared.never_read(stage, trace, run.root):
        done.note(f"{stage.name} declares {path} and never reads it")
    return trace.digest(run.root)


def _check_counts(done: Verification, label: str, run: Run) -> None:
    """Every stage that isn't frozen must have run exactly once."""
    ran = [record["stage"] for record in run.records()]
    for stage in done.session.stages:
        wanted = len(stage.commands) if stage.kind == "run" else 0
        count = ran.count(stage.name)
        if count != wanted and (stage.kind == "run" or count):
            kind = "not run as declared"
            text = f"{count} of its {wanted} commands ran in run {label}"
            done.add(Finding(kind, stage.name, "", kind, text))


def _compare(done: Verification) -> None:
    """Grade every output, and hold dvc.lock against what the stages really read."""
    first, second = done.runs
    judge = Judge(done.session.repository, first.run, second.run, done.scratch)
    done.results = judge.compare(done.stages, first.state, second.state)
    made = {out.path for stage in done.stages for out in stage.outputs}
    for stage in done.stages:
        now = first.state[stage.name].reads
        for path, digest in stage.reads.items():
            if digest and now.get(path) != digest and path not in made:
                text = f"dvc.lock was written for another {path}; {REMEDIES[OTHER]}"
                done.add(Finding("difference", stage.name, path, OTHER, text))
        for out in (out for other in first.state.values() for out in other.outputs):
            read = now.get(out.path)
            if read and out.digest and read != out.digest:
                kind = "input changed"
                text = f"{kind}: {out.path} is not as it was written when it is read"
                done.add(Finding(kind, stage.name, out.path, kind, text))


def open_door(done: Verification, setting: str) -> list[str]:
    """Run once with what the launcher fixes left open; return what differs from run A.

    Parameters
    ----------
    setting
        ``NAME=VALUE`` of the variable that tells the launcher to fix nothing.
    """
    name, _, value = setting.partition("=")
    done.session.drop()
    run = done.session.prepare(factors.everywhere(B))
    given: dict[str, Any] = {**run.configuration["environment"], name: value}
    done.session.change(run, {"environment": given, "strace": []})
    code = done.session.reproduce(run, lambda stage: done.say(f"open door: {stage}"))
    if code:
        failed = run.failure() or {"stage": "DVC"}
        return [f"{failed['stage']} failed"]
    state = done.session.locked(run)
    return [
        out.path
        for name, stage in done.runs[0].state.items()
        for out, other in zip(stage.outputs, state[name].outputs, strict=True)
        if out.digest != other.digest
    ]


@contextmanager
def open_session(
    repository: Repository, options: Options, say: Callable[[str], None]
) -> Iterator[Session]:
    """Make ready what runs need, and remove all of it at the end.

    Raises
    ------
    Refusal
        If the environment is not that of the lock.
    """
    if options.lock and not options.rebuild:
        environments.check_environment(repository, options.lock)
    token = f"verify-{secrets.token_hex(6)}"
    base = Path(tempfile.gettempdir()).resolve() / token
    with ExitStack() as stack:
        janitor = stack.enter_context(Janitor())
        tools = machine.find_tools(repository.size())
        for path in machine.shared_files(token):
            janitor.tell("path", path)
        clock = stack.enter_context(machine.shared_clock(token)) if tools.clock else {}
        interpreter = Path(sys.executable)
        settings = factors.Settings(tools, clock, interpreter, options.passed)
        session = Session(repository, settings, janitor, base)
        if options.rebuild:
            say(f"building an environment from {options.lock}")
            python = environments.rebuild(repository, options.lock, base / "rebuilt")
            session.settings = factors.Settings(tools, clock, python, options.passed)
        yield session
