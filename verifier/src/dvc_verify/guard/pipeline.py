"""Run the pipeline: one run at a time; after a failure the last results are back."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Refusal
from ..repository import files
from ..repository.git import config_problem
from . import copies, dvc_locks, restoring, runs, state
from .cache import check_digests
from .processes import call

INTERRUPTED = 130
RUNNER = f"{__package__}.runner"  # which imports DVC


@dataclass(frozen=True)
class Pipeline:
    """The pipeline of a DVC repository.

    Parameters
    ----------
    root
        The root of the DVC repository.
    command
        What a user types to run it.
    results
        A file that holds the results of a run, from the root, or "" if none does. By it
        a failure says which results are there.
    environ
        The environment of DVC and the stages.
    """

    root: Path
    command: str = "dvc-verify repro"
    results: str = ""
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of a run in the root, once what an earlier one left is undone.

        Raises
        ------
        Refusal
            If another run or pull, or DVC itself, is at work here, or a file can't be
            used.
        """
        with contextlib.chdir(self.root), runs.exclusive():
            self.recover()
            check_files()
            state.allow_no_git()
            yield

    def recover(self) -> None:
        """Undo what a killed run left.

        Raises
        ------
        Refusal
            If DVC is at work here beside that run, or this is interrupted.
        """
        last = runs.last()
        ended = runs.end_processes(last) if last else []
        if ended:
            numbers = ", ".join(map(str, ended))
            print(f"Processes that the last run left at work were ended: {numbers}.")
        # A living DVC may write what is brought back.
        dvc_locks.release(dvc_locks.HOLDERS)
        if copies.HOME.exists():
            print(f"The last run was killed; {self.restore('that run')}.")
        runs.RUNNING.unlink(missing_ok=True)

    def run(self, force: bool, stage: str) -> None:
        """Run DVC, and bring back what it removed if it fails.

        Parameters
        ----------
        force
            Run all stages, changed or not.
        stage
            Run this one and what it needs, or "" for all.

        Raises
        ------
        Refusal
            If DVC fails, refuses to begin, or is interrupted.
        """
        options = [
            *(["--first"] if state.is_first_run() else []),
            *(["--force"] if force else []),
            *([stage] if stage else []),
        ]
        this = runs.begin()
        environ = {**self.environ, runs.MARK: this.mark}
        try:
            code = call([sys.executable, "-m", RUNNER, *options], self.root, environ)
        except KeyboardInterrupt:
            code = INTERRUPTED
        runs.end_processes(this)  # a stage may outlive its DVC
        if code and copies.HOME.exists():
            said = self.restore("this run")
            runs.RUNNING.unlink(missing_ok=True)
            end = code if code == INTERRUPTED else 1
            raise Refusal(f"{reason(code)}; {said}", end)
        if not code:
            for said in restoring.keep().others():
                print(f"{said[0].upper()}{said[1:]}.")
        runs.RUNNING.unlink(missing_ok=True)
        if code == INTERRUPTED or code < 0:
            raise Refusal(f"{reason(code)}; nothing had run", max(code, 1))
        if code:
            raise Refusal(code=code)  # what refused has said why
        if not stage:
            state.end_first_run()

    def restore(self, run: str) -> str:
        """Bring the outputs back, and say what there is now.

        Parameters
        ----------
        run
            What to call the run that failed or was killed.

        Raises
        ------
        Refusal
            If it is interrupted.
        """
        try:
            outcome = restoring.restore(self.environ)
        except KeyboardInterrupt:
            raise Refusal(
                f"interrupted while outputs were brought back; the next "
                f"`{self.command}` goes on with that",
                INTERRUPTED,
            ) from None
        back = outcome.back()
        said = describe(outcome, run, self.results) + (f": {back}" if back else "")
        return "; ".join([said, *outcome.others()])


def check_files() -> None:
    """Refuse files that can't be used or lead out of the project, before DVC runs.

    Raises
    ------
    Refusal
        If there is one.
    """
    here = Path()
    files.check_config(here)
    if problem := config_problem(Path.cwd()):
        raise Refusal(problem)
    files.read_yaml(here / "dvc.yaml")
    if (here / "params.yaml").exists():
        files.read_yaml(here / "params.yaml")
    if (here / "dvc.lock").exists():
        files.read_lock(here / "dvc.lock")
    check_digests()


def reason(code: int) -> str:
    """Say why a run failed, by the exit code of DVC."""
    if code == INTERRUPTED:
        return "interrupted"
    if code < 0:
        return f"DVC was ended by signal {-code}"
    return "the pipeline failed, see above"


def describe(outcome: restoring.Outcome, run: str, results: str) -> str:
    """Say in a few words which results are here.

    Parameters
    ----------
    outcome
        What was brought back.
    run
        What to call the run that failed or was killed.
    results
        The file that holds them, "" if none does.
    """
    folder = Path(results).parent.as_posix()
    place = f"{folder}/ is" if results else "the outputs are"
    if outcome.unlisted:
        return f"{place} as {run} left {'it' if results else 'them'}"
    if results and not Path(results).exists():
        return "there are no results yet" + (", but back" if outcome.back() else "")
    if results in outcome.new:
        return f"the results are those of {run}"
    if state.is_first_run():
        changed = not results or any(
            path.startswith(f"{folder}/") for path in (*outcome.new, *outcome.gone)
        )
        kept = "" if changed else f", and {place} as it was before"
        return f"no run has ended here yet{kept}"
    if outcome.gone:
        return "not all of the last results are back"
    return f"the last results are {'back' if outcome.back() else 'still there'}"
