"""Run DVC in a process of its own, once there is a copy of what it would remove.

    python -m dvc_verify.guard.runner [--first] [--force] [STAGE]

DVC itself is asked for the outputs, in the process that then runs it: no other reader
of `dvc.yaml` knows all of its forms, and to import it twice takes a second more.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..repository.files import broken
from . import copies, dvc_locks, runs
from .cache import refused
from .state import BEGUN, FIRST

if TYPE_CHECKING:
    from dvc.output import Output
    from dvc.repo import Repo
    from dvc.stage import PipelineStage


def main(arguments: list[str]) -> int:
    """Copy, then run DVC, and return its exit code; a refusal is one line."""
    from dvc.cli import main as dvc
    from dvc.exceptions import DvcException

    from . import guarded_dvc

    guarded_dvc.guard()  # the run cache, too, may come from a remote
    stage = [each for each in arguments if not each.startswith("--")]
    first = "--first" in arguments
    try:
        prepare(stage)
    except (DvcException, OSError, ValueError) as error:
        print(explain(error), file=sys.stderr)
        return 1
    if first:
        FIRST.write_text(BEGUN, encoding="utf-8")
    if first and not stage and "--force" not in arguments:
        print("No full run has ended here yet, so all stages run.", flush=True)
    force = ["--force"] if "--force" in arguments or (first and not stage) else []
    sys.argv = ["dvc", "repro", *force, *stage]  # which DVC's locks name
    return int(dvc(sys.argv[1:]))


def prepare(targets: list[str]) -> None:
    """Refuse a stage that isn't there, and copy what only this folder holds."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    with Repo(os.getcwd()) as repo:
        stages = list(pipeline_stages(repo))
        known = {name for stage in stages for name in names_of(stage)}
        if unknown := [target for target in targets if target not in known]:
            listed = ", ".join(stage.addressing for stage in stages)
            raise DvcException(f"no stage is called '{unknown[0]}'; there is {listed}")
        with repo.lock:
            copies.write(copies.Copies([*outputs(stages)]))


def names_of(stage: "PipelineStage") -> set[str]:
    """Return what a stage may be called: a group of `foreach` by its name, too."""
    return {stage.addressing, stage.addressing.partition("@")[0]}


def pipeline_stages(repo: "Repo") -> "Iterator[PipelineStage]":
    """Yield the stages that run a command, in the order of dvc.yaml."""
    from dvc.stage import PipelineStage

    for stage in repo.index.stages:
        if isinstance(stage, PipelineStage) and stage.cmd:
            yield stage


def outputs(stages: "list[PipelineStage]") -> Iterator[copies.Output]:
    """Yield every output on this machine; `copy` is set where it needs one."""
    here = Path.cwd()
    for stage in stages:
        lock = Path(stage.path).with_suffix(".lock").relative_to(here).as_posix()
        for out in stage.outs:
            if out.protocol != "local":
                continue
            place = Path(out.fs_path)
            inside = place.is_relative_to(here)
            edited = out.exists and out.changed_checksum()
            yield copies.Output(
                path=place.relative_to(here).as_posix() if inside else str(place),
                stage=stage.name,
                lock=lock,
                digest=(out.hash_info.value or "") if out.hash_info else "",
                persist=bool(out.persist),
                edited=edited,
                copy="yes" if needs_copy(out, edited) else "",
            )


def needs_copy(out: "Output", edited: bool) -> bool:
    """Say whether an output is there, and nowhere else."""
    return out.exists and (edited or not out.use_cache or out.changed_cache())


def explain(error: Exception) -> str:
    """Say in one line why nothing has run."""
    from dvc.config import ConfigError
    from dvc.lock import LockError
    from dvc.utils.strictyaml import YAMLFileCorruptedError, YAMLValidationError

    if isinstance(error, OSError):
        return (
            f"nothing has run: what only this folder holds couldn't be copied to "
            f"{copies.HOME.as_posix()}: {runs.reason(error)}"
        )
    if isinstance(error, LockError):
        return dvc_locks.busy(dvc_locks.holder())
    said = refused(error)
    if isinstance(error, YAMLValidationError):
        return str(broken(error.path.removeprefix("./"), str(error.exc)))
    if isinstance(error, YAMLFileCorruptedError):
        return f"{said}; fix it"
    if isinstance(error, ConfigError):
        return f"a configuration of DVC can't be used: {said}; fix it"
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
