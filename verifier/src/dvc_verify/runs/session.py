"""Make runs in fresh clones: of the whole pipeline under DVC, or of one stage."""

import json
import secrets
import shlex
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..repository import clone
from ..repository.source import Repository
from ..repository.stages import Output, Stage, read_stages
from . import environments, factors, launch, machine
from .janitor import Janitor, remove
from .run import Run

WORK = "work"  # the folder of a run that isn't put aside
LETTERS = string.ascii_lowercase[::-1]  # in an order that is not the alphabet's


class Session:
    """Make runs of one commit, in folders that the janitor removes.

    Parameters
    ----------
    repository
        What is verified.
    setup
        What is the same for all runs.
    janitor
        Who is told of each folder and process before it is there.
    base
        Where clones are made.
    """

    def __init__(
        self,
        repository: Repository,
        setup: factors.Setup,
        janitor: Janitor,
        base: Path,
    ) -> None:
        self.repository = repository
        self.setup = setup
        self.janitor = janitor
        self.base = base
        self.stages: list[Stage] = []
        self._kept = 0
        tmpfs = setup.tools.tmpfs
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
        in_memory = choice["directory order"] == factors.EXPERIMENT
        top = factors.clone_path(self.folders[-1 if in_memory else 0] / WORK, choice)
        own = self.base / WORK
        places = factors.Places(
            top, own / "home", own / "temporary", own / "log", top / ".git" / "order"
        )
        root = clone.make_clone(self.repository, top, self.repository.head)
        remotes = clone.remote_urls(self.repository)
        clone.configure(root, own / "cache", remotes)
        environment = clone.dvc_environment(own / "dvc")
        configuration = factors.launch_configuration(choice, places, self.setup)
        given = configuration["environment"]
        wanted = (places.log, places.order, given.get("HOME"), given.get("TMPDIR"))
        for folder in filter(None, wanted):
            Path(folder).mkdir(parents=True, exist_ok=True)
        for letter in LETTERS:
            (places.order / letter).touch()
        if not self.stages:
            with clone.environment(environment):
                self.stages = read_stages(root)
        clone.remove_outputs(root, self.stages)
        clone.bring_data(self.repository, root, self.stages, environment)
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
                self.setup.interpreter.parents[1],
            ),
        )

    def _put_by(self, folder: Path, root: Path) -> dict[str, list[list[str]]]:
        """Copy what stages that fetch gave: DVC deletes it before it "runs" them."""
        found: dict[str, list[list[str]]] = {}
        for stage in self.stages:
            for out in stage.outputs if stage.kind == "fetch" else ():
                clone.copy(root / out.path, folder / out.path)
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
        path, written = own / "shell", own / "configuration.json"
        written.write_text(json.dumps(configuration), encoding="utf-8")
        launcher = Path(launch.__file__)
        start = [sys.executable, "-I", "-S", str(launcher), str(written)]
        path.write_text(f'#!/bin/sh\nexec {shlex.join(start)} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    def change(self, run: Run, values: Mapping[str, Any]) -> None:
        """Change the configuration of the launcher for the stages to come.

        Parameters
        ----------
        run
            The run, whose folder is still in its place.
        values
            What is another one, by its key in the configuration.
        """
        path = run.log.parent / "configuration.json"
        configuration = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**configuration, **values}), encoding="utf-8")

    def reproduce(self, run: Run, progress: Callable[[str], None]) -> int:
        """Run the whole pipeline under DVC; return DVC's exit code.

        Parameters
        ----------
        run
            The run, freshly made.
        progress
            Is told the name of each stage as it starts.
        """
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
        """Run one stage without DVC; what it reads must be there.

        Parameters
        ----------
        run
            The run.
        stage
            The stage; what it reads must be there.
        """
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
            [*self.setup.tools.process_namespace, *command],
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
        with clone.environment(run.environment):
            return {stage.name: stage for stage in read_stages(run.root)}


@contextmanager
def open_session(
    repository: Repository,
    lock: str,
    rebuild: bool,
    passed: tuple[str, ...],
    say: Callable[[str], None],
) -> Iterator[Session]:
    """Make ready what runs need, and remove all of it at the end.

    Parameters
    ----------
    repository
        What is verified.
    lock
        The file of HEAD that pins the environment, or "" if there is none.
    rebuild
        Whether to install the lock afresh, instead of checking what is installed.
    passed
        Variables that stages need, such as a credential.
    say
        Shows progress.

    Raises
    ------
    Refusal
        If the environment is not that of the lock.
    """
    if lock and not rebuild:
        environments.check_environment(repository, lock)
    token = f"verify-{secrets.token_hex(6)}"
    base = Path(tempfile.gettempdir()).resolve() / token
    with ExitStack() as stack:
        janitor = stack.enter_context(Janitor())
        tools = machine.find_tools(repository.size())
        for path in machine.shared_files(token):
            janitor.tell("path", path)
        clock = stack.enter_context(machine.shared_clock(token)) if tools.clock else {}
        setup = factors.Setup(tools, clock, Path(sys.executable), passed)
        session = Session(repository, setup, janitor, base)
        if rebuild:
            say(f"building an environment from {lock}")
            python = environments.rebuild(repository, lock, base / "rebuilt")
            session.setup = replace(setup, interpreter=python)
        yield session
