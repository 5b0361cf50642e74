"""What tests of the verifier are made of: stages, tools, repositories, a record."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.certificate import document
from dvc_verify.repository.source import Repository
from dvc_verify.repository.stages import Output, Stage
from dvc_verify.runs import factors, launch, machine
from dvc_verify.runs.machine import Tools

SHA = "0" * 64
MD5 = "0" * 32


def output(path: str, digest: str = "", **changes: Any) -> Output:
    """Return an output that is cached and not persistent."""
    return replace(Output(path, digest, True, False, {}), **changes)


def stage(
    name: str = "use",
    reads: tuple[str, ...] = (),
    outputs: tuple[str | Output, ...] = (),
    **changes: Any,
) -> Stage:
    """Return a stage that runs; outputs may be given by their path alone."""
    outs = tuple(output(each) if isinstance(each, str) else each for each in outputs)
    made = Stage(name, "run", ("true",), ".", dict.fromkeys(reads, ""), outs, {})
    return replace(made, **changes)


def tools(**changes: Any) -> Tools:
    """Return the tools of a machine on which everything works."""
    made = Tools(
        strace=["strace"],
        no_strace="",
        process_namespace=[],
        namespaces="",
        clock={"FAKETIME": machine.SHIFT},
        no_clock="",
        tmpfs=Path("/memory"),
        cpus=[0, 1],
    )
    return replace(made, **changes)


def git(folder: Path, *words: str) -> str:
    """Run git as an author, and return what it prints."""
    settings = ("user.name=A", "user.email=a@example.com", "commit.gpgsign=false")
    options = [word for each in settings for word in ("-c", each)]
    finished = subprocess.run(
        ["git", *options, *words], cwd=folder, check=True, capture_output=True
    )
    return finished.stdout.decode()


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write texts into files of a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def commit(root: Path, files: Mapping[str, str]) -> None:
    """Write files into a git repository, and commit all that is there."""
    write(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Change")


def make_repository(root: Path, files: Mapping[str, str]) -> Repository:
    """Commit files into a new repository, which has a cache where DVC puts it."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, {".dvc/config": "", ".dvc/.gitignore": "/cache\n", **files})
    return with_settings(Repository(root), {})


def with_settings(repository: Repository, settings: Mapping[str, Any]) -> Repository:
    """Give a repository the settings that DVC, which isn't here, would read."""
    repository.__dict__["settings"] = settings
    return repository


def put_in_cache(repository: Repository, digest: str, content: bytes) -> Path:
    """Put a content into DVC's cache under a digest, whether it is its own or not."""
    place = repository.cache / "files" / "md5" / digest[:2] / digest[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the digest that its content has."""
    return {**record, "digest": document.canonical_digest(record)}


def made_output(path: str = "out.txt", **changes: Any) -> dict[str, Any]:
    """Return what a certificate says of an output that both runs gave alike."""
    return {
        "stage": "use",
        "path": path,
        "size": 3,
        "locked": MD5,
        "control": MD5,
        "experiment": MD5,
        "runs": "identical",
        "committed": "identical",
        "grade": "identical",
        "detail": "",
        "inherited": False,
        "stale": False,
        **changes,
    }


def made_record(**changes: Any) -> dict[str, Any]:
    """Return a certificate that is consistent, and verified if nothing is changed."""
    graded = [
        {"name": name, "grade": "tried", "control": 1, "experiment": 2}
        for name in factors.NAMES
    ]
    graded[0]["grade"] = "tried and fixed by the launcher"
    graded[1]["grade"] = "not tried: there is one CPU"
    record = {
        "format": 2,
        "verifier": {"version": "1.0", "wheel": SHA, "code": SHA},
        "commit": "0" * 40,
        "lock": "",
        "inputs": {"tree": SHA, "files": {"dvc.yaml": SHA}, "packages": SHA},
        "platform": dict.fromkeys(
            ("blas", "c_library", "cpu", "machine", "python", "system"), "é"
        ),
        "stages": [{"name": "use", "runs": 2, "trace": SHA}],
        "not_rerun": [],
        "outputs": [made_output()],
        "factors": graded,
        "findings": [],
        "notes": [],
        "scope": {
            "stages": 1,
            "traced": 1,
            "tried": len(graded) - 2,
            "fixed": 1,
            "missing": [],
        },
        "grade": "identical",
        "verdict": "verified",
    }
    return sealed({**record, **changes})


FINDING = {
    "kind": "undeclared read",
    "stage": "use",
    "path": "in.txt",
    "cause": "undeclared read",
    "message": "undeclared read: in.txt; declare it under `deps:`",
}


def run_as_another(script: str, *words: str) -> str:
    """Return what a Python script prints as a user to whom permissions apply.

    They don't to root: it becomes another id first, which owns the same files.
    """
    import os

    before = ""
    if sys.platform == "win32":
        raise NotImplementedError
    if os.geteuid() == 0:
        if reason := machine.find_namespaces():
            pytest.skip(f"permissions don't apply to root: {reason}")
        # Only a new program has no rights left.
        before = "launch.isolate(54321, True, '')\n"
    start = f"import os, sys\nsys.path.insert(0, sys.argv[1])\nimport launch\n{before}"
    start += "os.execv(sys.executable, [sys.executable, '-B', '-c', *sys.argv[2:]])"
    finished = subprocess.run(
        [sys.executable, "-B", "-c", start, str(Path(launch.__file__).parent)]
        + [script, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
