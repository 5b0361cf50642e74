"""Runs in fresh clones: of the whole pipeline under DVC, or of one stage without it."""

import json
import shlex
import string
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..repository import clone as workspace
from ..runs import factors, launch
from ..errors import Refusal, check_disk
from ..runs.janitor import Janitor, remove
from ..repository.source import Output, Repository, Stage, read_stages
from ..observe.traces import Trace, read_trace

WORK = "work"  # the folder of a run that isn't put aside
SUMMARY = "ERROR: failed to reproduce"
LETTERS = string.ascii_lowercase[::-1]  # in an order that is not the alphabet's


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


class Session:
    """Make runs of one commit, in folders that the janitor removes.

    Parameters
    ----------
    repository
        What is verified.
    settings
        What is the same for all runs.
    janitor
        Who is told of each folder and process before it is there.
    base
        Where clones are made.
    """

    def __init__(
        self,
        repository: Repository,
        settings: factors.Settings,
        janitor: Janitor,
        base: Path,
    ) -> None:
        self.repository = repository
        self.settings = settings
        self.janitor = janitor
        self.base = base
        self.stages: list[Stage] = []
        self._kept = 0
        tmpfs = settings.tools.tmpfs
        self._memory = tmpfs / f"{base.name}-clones" if tmpfs else None
        self.folders = [base, *([self._memory] if self._memory else [])]
        for folder in self.folders:
            janitor.tell("path", folder)
            folder.mkdir(mode=0o700)

    def prepare(self, choice: factors.Choice) -> Run:
        """Make a clone for a choice of sides, without what its stages write.

        It stands where every other of the same choice stands: put the last one aside
        with `keep` first.
        """
        in_memory = choice["directory order"] == factors.B
        top = factors.clone_path(self.folders[-1 if in_memory else 0] / WORK, choice)
        own = self.base / WORK
        places = factors.Places(
            top, own / "home", own / "temporary", own / "log", top / ".git" / "order"
        )
        root = workspace.make_clone(self.repository, top, self.repository.head)
        remotes = workspace.remote_urls(self.repository)
        workspace.configure(root, own / "cache", remotes)
        environment = workspace.dvc_environment(own / "dvc")
        configuration = factors.launch_configuration(choice, places, self.settings)
        given = configuration["environment"]
        wanted = (places.log, places.order, given.get("HOME"), given.get("TMPDIR"))
        for folder in filter(None, wanted):
            Path(folder).mkdir(parents=True, exist_ok=True)
        for letter in LETTERS:
            (places.order / letter).touch()
        if not self.stages:
            with workspace.environment(environment):
                self.stages = read_stages(root)
        workspace.remove_outputs(root, self.stages)
        workspace.bring_data(self.repository, root, self.stages, environment)
        configuration["brought"] = self._put_by(own / "brought", root)
        shell = self._shell(own, configuration)
        return Run(
            root,
            top,
            places.log,
            {**environment, "SHELL": str(shell)},
            configuration,
            (
                places.home,
                places.temporary,
                self.repository.objects,
                self.settings.interpreter.parents[1],
            ),
        )

    def _put_by(self, folder: Path, root: Path) -> dict[str, list[list[str]]]:
        """Copy what stages that fetch gave: DVC deletes it before it "runs" them."""
        found: dict[str, list[list[str]]] = {}
        for stage in self.stages:
            for out in stage.outputs if stage.kind == "fetch" else ():
                workspace.copy(root / out.path, folder / out.path)
                pair = [str(folder / out.path), str(root / out.path)]
                found.setdefault(stage.name, []).append(pair)
        return found

    def keep(self, run: Run) -> Run:
        """Put a run aside, so that the next one can stand in its place."""
        self._kept += 1
        moved = {}
        for folder in self.folders:
            if (folder / WORK).exists():
                moved[folder / WORK] = (folder / WORK).rename(f"{folder}/{self._kept}")

        def place(path: Path) -> Path:
            found = (
                new / path.relative_to(old)
                for old, new in moved.items()
                if path.is_relative_to(old)
            )
            return next(found, path)

        return replace(
            run, root=place(run.root), top=place(run.top), log=place(run.log)
        )

    def drop(self) -> None:
        """Remove the last run."""
        for folder in self.folders:
            if (folder / WORK).exists():
                remove(folder / WORK)

    def _shell(self, own: Path, configuration: Mapping[str, Any]) -> Path:
        """Write what DVC starts in the place of a shell."""
        path, settings = own / "shell", own / "configuration.json"
        settings.write_text(json.dumps(configuration), encoding="utf-8")
        launcher = Path(factors.__file__).with_name("launch.py")
        words = [sys.executable, "-I", "-S", str(launcher), str(settings)]
        path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    def change(self, run: Run, values: Mapping[str, Any]) -> None:
        """Change the configuration of the launcher for the stages to come."""
        path = run.log.parent / "configuration.json"
        configuration = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**configuration, **values}), encoding="utf-8")

    def reproduce(self, run: Run, progress: Callable[[str], None]) -> int:
        """Run the whole pipeline under DVC; return DVC's exit code."""
        command = [sys.executable, "-m", "dvc", "repro", "--force"]
        command += ["--all-pipelines"]
        running = {stage.name for stage in self.stages if stage.kind == "run"}
        with (run.log / "output").open("w", encoding="utf-8") as stream:
            process = self._start(command, run.root, run.environment)
            for line in process.stdout or ():
                stream.write(line)
                name = line.partition("'")[2].rpartition("'")[0]
                if line.startswith("Running stage ") and name in running:
                    progress(name)
            return process.wait()

    def before(self, stage: Stage) -> list[Output]:
        """Return the outputs of all stages that come before one."""
        names = [each.name for each in self.stages]
        earlier = self.stages[: names.index(stage.name)]
        return [out for each in earlier for out in each.outputs]

    def run_stage(self, run: Run, stage: Stage) -> int:
        """Run one stage without DVC; what it reads must be there."""
        given = {"DVC_STAGE": stage.name, "DVC_ROOT": str(run.root)}
        shell = run.environment["SHELL"]
        with (run.log / "output").open("a", encoding="utf-8") as stream:
            for command in stage.commands:
                process = self._start(
                    [shell, "-c", command],
                    run.root / stage.folder,
                    {**run.environment, **given},
                )
                stream.writelines(process.stdout or ())
                if code := process.wait():
                    return code
        return 0

    def _start(
        self, command: list[str], folder: Path, environment: Mapping[str, str]
    ) -> "subprocess.Popen[str]":
        # pylint: disable-next=consider-using-with  # it outlives this function
        process = subprocess.Popen(
            [*self.settings.tools.process_namespace, *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.janitor.tell("group", process.pid)
        return process

    def locked(self, run: Run) -> dict[str, Stage]:
        """Return the stages of a run by name, with what its ``dvc.lock`` says."""
        with workspace.environment(run.environment):
            return {stage.name: stage for stage in read_stages(run.root)}


def signature(root: Path, stage: Stage) -> dict[str, str]:
    """Return the digest of each output of a stage in a clone, "" of a missing one."""
    return {out.path: workspace.dvc_digest(root / out.path) for out in stage.outputs}


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
