"""Run the pipeline twice in fresh clones, made hard, and look at what came out."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import declared, environments, factors, machine
from .culprit import OTHER, REMEDIES
from .declared import Finding
from .errors import Refusal
from .factors import A, B
from .janitor import Janitor
from .outcome import Judge, Result
from .repository import Repository, Stage
from .runs import Run, Session, check_failure
from .tracing import Trace

SLOWER = 10  # times its plain time that a stage may take
SHORTEST = 60.0  # seconds that a stage may take at least


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    lock: str = ""
    rebuild: bool = False
    open_door: str = ""
    passed: tuple[str, ...] = ()


@dataclass
class Verification:
    """Two runs of one commit, and what was seen of them."""

    session: Session
    say: Callable[[str], None]
    first: Run
    second: Run | None = None  # none if the first one failed
    failure: Finding | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)  # digest, "failed" or ""
    _seen: dict[tuple[Path, str], Trace | None] = field(default_factory=dict)

    @property
    def stages(self) -> list[Stage]:
        """The stages that must run."""
        return [stage for stage in self.session.stages if stage.kind == "run"]

    @property
    def runs(self) -> list[Run]:
        """The runs that were made."""
        return [self.first, *([self.second] if self.second else [])]

    @property
    def scratch(self) -> Path:
        """Where committed contents are brought to."""
        return self.session.base / "committed"

    def trace(self, run: Run, stage: Stage) -> Trace | None:
        """Return what was seen of a stage in a run, None if it was not traced."""
        key = (run.log, stage.name)
        if key not in self._seen:
            self._seen[key] = run.trace(stage)
        return self._seen[key]

    def add(self, finding: Finding) -> None:
        """Add a finding once."""
        if finding not in self.findings:
            self.findings.append(finding)

    def limit(self, stage: str) -> float:
        """Return the seconds that a stage may take."""
        return max(SLOWER * self.first.seconds().get(stage, 0.0), SHORTEST)


def verify(session: Session, say: Callable[[str], None]) -> Verification:
    """Make both runs, hold them against what is declared, and compare the outputs.

    Raises
    ------
    Refusal
        If there is nothing to run, or the machine can't run it.
    """
    first = session.prepare(factors.everywhere(A))
    done = Verification(session, say, first)
    if not done.stages:
        raise Refusal("no stage here runs a command, so there is nothing to verify")
    run_all(done, "A", first)
    if done.failure:
        return done
    done.second = session.prepare(factors.everywhere(B))
    limits = {stage.name: done.limit(stage.name) for stage in done.stages}
    session.change(done.second, {"limits": limits})
    run_all(done, "B", done.second)
    if not done.failure:
        _check_counts(done)
        for stage in done.stages:
            _check_stage(done, stage)
        _compare(done)
    return done


def run_all(done: Verification, label: str, run: Run) -> None:
    """Run the pipeline in a clone, and note the stage that failed, if one did."""
    count = len(done.stages)
    seen: list[str] = []

    def progress(name: str) -> None:
        seen.append(name)
        done.say(f"run {label}: stage {len(seen)} of {count}, {name}")

    if not done.session.reproduce(run, progress):
        return
    check_failure(run)
    failed = run.failure()
    lines = [line for line in run.said().splitlines() if line.strip()]
    if failed is None:
        raise Refusal(f"DVC failed in run {label}: {' / '.join(lines[-2:])}")
    said = f"ended with {failed.get('code')}: {' / '.join(lines[-4:])}"
    kind = "failed"
    if failed.get("hang"):
        kind, said = "hang", f"took over {SLOWER} times its plain time and was ended"
    text = f"in run {label} `{failed['command']}` {said}"[:900]
    done.failure = Finding(kind, failed["stage"], "", kind, text)


def _check_counts(done: Verification) -> None:
    """Every stage that isn't frozen must have run exactly once in each run."""
    for label, run in zip("AB", done.runs, strict=True):
        ran = [record["stage"] for record in run.records()]
        for stage in done.session.stages:
            wanted = len(stage.commands) if stage.kind == "run" else 0
            count = ran.count(stage.name)
            if count != wanted and (stage.kind == "run" or count):
                text = f"{count} of its {wanted} commands ran in run {label}"
                kind = "not run as declared"
                done.add(Finding(kind, stage.name, "", kind, text))


def _check_stage(done: Verification, stage: Stage) -> None:
    """Hold what a stage did in both runs against what it declares."""
    digests = []
    for run in done.runs:
        trace = done.trace(run, stage)
        digests.append(_check_trace(done, stage, run, trace) if trace else "")
    unlike = [each for each in digests if each in ("", "failed")]
    done.traces[stage.name] = (unlike or digests)[0]


def _check_trace(done: Verification, stage: Stage, run: Run, trace: Trace) -> str:
    """Return the digest of a trace, ``failed`` if it can't be trusted."""
    if problems := declared.unproved(stage, trace, run.root):
        done.notes.append(f"the trace of {stage.name} failed: {problems[0]}")
        return "failed"
    allowed = declared.allowed_folders(run.own)
    for finding in declared.check_stage(stage, trace, run.root, run.top, allowed):
        done.add(finding)
    for path in declared.never_read(stage, trace, run.root):
        note = f"{stage.name} declares {path} and never reads it"
        if note not in done.notes:
            done.notes.append(note)
    return trace.digest(run.root)


def _compare(done: Verification) -> None:
    """Grade every output, and hold dvc.lock against what the stages really read."""
    session = done.session
    first, second = done.runs
    states = [session.locked(run) for run in (first, second)]
    judge = Judge(session.repository, first, second, done.scratch)
    done.results = judge.compare(done.stages, states[0], states[1])
    made = {out.path for stage in done.stages for out in stage.outputs}
    for stage in done.stages:
        for path, digest in stage.reads.items():
            now = states[0][stage.name].reads.get(path)
            if digest and now != digest and path not in made:
                text = f"dvc.lock was written for another {path}; {REMEDIES[OTHER]}"
                done.add(Finding("difference", stage.name, path, OTHER, text))
        _check_inputs(done, stage, states[0])


def _check_inputs(done: Verification, stage: Stage, state: Mapping[str, Stage]) -> None:
    """Find outputs that were changed between their stage and one that reads them."""
    for other in done.stages:
        for out in state[other.name].outputs:
            read = state[stage.name].reads.get(out.path)
            if read and out.digest and read != out.digest:
                kind = "input changed"
                text = f"{kind}: {out.path} is not as {other.name} wrote it when read"
                done.add(Finding(kind, stage.name, out.path, kind, text))


def open_door(done: Verification, setting: str) -> list[str]:
    """Run once with what the launcher fixes left open; return what differs from run A.

    Parameters
    ----------
    setting
        ``NAME=VALUE`` of the variable that tells the launcher to fix nothing.
    """
    name, _, value = setting.partition("=")
    run = done.session.prepare(factors.everywhere(B))
    given: dict[str, Any] = {**run.configuration["environment"], name: value}
    done.session.change(run, {"environment": given, "strace": []})
    code = done.session.reproduce(run, lambda stage: done.say(f"open door: {stage}"))
    if code:
        failed = run.failure() or {"stage": "DVC"}
        return [f"{failed['stage']} failed"]
    states = [done.session.locked(each) for each in (done.first, run)]
    return [
        out.path
        for stage in done.stages
        for out, other in zip(
            states[0][stage.name].outputs, states[1][stage.name].outputs, strict=True
        )
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
        interpreter = Path(shutil.which("python") or "python")
        settings = factors.Settings(tools, clock, interpreter, options.passed)
        session = Session(repository, settings, janitor, base)
        if options.rebuild:
            say(f"building an environment from {options.lock}")
            python = environments.rebuild(repository, options.lock, base / "rebuilt")
            session.settings = factors.Settings(tools, clock, python, options.passed)
        yield session
