"""Four ways to look for what can't be reproduced, each run on the same repository."""

import ast
import hashlib
import json
import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dvc_verify import lint as rules

from .building import cached, locks, open_case, tools
from .cases import Case
from .checkout import VERIFIER, Checkout, command

PATIENCE = "10"  # seconds after which the verifier ends a stage that hangs
LONGEST = 400  # seconds of one verification


@dataclass(frozen=True)
class Answer:
    """What a detector says of a case."""

    caught: bool
    stage: bool = False  # it named a stage that was stated
    cause: bool = False  # and a cause that was stated, in the same finding
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Examined:
    """A case and what each detector says of it."""

    case: Case
    answers: dict[str, Answer]
    seconds: float = 0.0
    skipped: str = ""  # what this machine lacks
    broken: str = ""  # why the case itself, or the bench, doesn't work


def dvc_status(case: Case, project: Checkout) -> Answer:
    """Ask DVC whether anything changed."""
    said = json.loads(project.tool("dvc", "status", "--json").stdout)
    stage = any(name in said for name in case.stages)
    return Answer(bool(said), stage, detail=", ".join(said))


def rerun(case: Case, project: Checkout) -> Answer:
    """Clone, run all again in the same environment, and compare all bytes."""
    root = project.root.with_name("again")
    project.run("git", "clone", "--quiet", str(project.root), str(root))
    shutil.copytree(project.root / ".dvc/cache", root / ".dvc/cache")
    again = replace(project, root=root)
    pipelines = [path.read_text("utf-8") for path in root.rglob("dvc.yaml")]
    commands = [["repro", "--force", "--all-pipelines"]]
    if case.adds or any("frozen: true" in text for text in pipelines):
        commands.insert(0, ["checkout", "--quiet"])
    for words in commands:
        finished = subprocess.run(
            [str(again.interpreter), "-m", "dvc", *words],
            cwd=root,
            env=again.environ(),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if finished.returncode:
            stage = any(f"stage '{name}'" in finished.stderr for name in case.stages)
            return Answer(True, stage, detail=f"{words[0]} failed")
    changed = project.run("git", "-C", str(root), "diff", "--name-only").stdout
    blamed = compare(project.root, locks(root), changed.splitlines())
    shown = ", ".join(sorted(blamed))
    return Answer(bool(blamed), bool(blamed & {*case.stages}), detail=shown)


def compare(root: Path, again: dict[str, Any], changed: list[str]) -> set[str]:
    """Return the stages whose outputs differ though their dependencies don't."""
    blamed, differs = set(), set()
    kept = locks(root)
    for name, stage in again.items():
        for out in stage.get("outs", []):
            before = {
                each["path"]: each["md5"] for each in kept[name].get("outs", [])
            }.get(out["path"], "")
            content = cached(root, before) if before else root
            if content.is_file() and not before.endswith(".dir"):
                before = file_md5(content)
            committed = any(path.endswith(out["path"]) for path in changed)
            if before != out["md5"] or committed:
                differs.add(name)
    for name in differs:
        now, then = (
            {each["path"]: each["md5"] for each in side[name].get("deps", [])}
            for side in (again, kept)
        )
        if now == then:
            blamed.add(name)
    return blamed or differs


def file_md5(path: Path) -> str:
    """Return the MD5 by which DVC knows a file."""
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False)
    return digest.hexdigest()


def verify(case: Case, project: Checkout) -> Answer:
    """Run the verifier, and read its certificate."""
    target = project.root.with_name("certificate.json")
    words = command(project, "run", "--to", str(target), "--patience", PATIENCE)
    finished = subprocess.run(
        words,
        cwd=VERIFIER,
        env={**project.environ(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    last = (finished.stdout.strip().splitlines() or [""])[-1]
    if not target.exists():
        known = bool(case.refusal) and case.refusal in last
        return Answer(not case.refusal or known, known, known, f"refused: {last}")
    record = json.loads(target.read_text(encoding="utf-8"))
    found = [(each["stage"], each["cause"]) for each in record["findings"]]
    named = [cause for stage, cause in found if stage in case.stages]
    return Answer(
        record["verdict"] == "failed",
        bool(named),
        bool({*named} & {*case.causes}),
        "; ".join(f"{stage}: {cause}" for stage, cause in dict.fromkeys(found)),
    )


def lint(case: Case, project: Checkout | None = None) -> Answer:
    """Let the rules of flake8 look at the Python files."""
    found = [
        f"{name}:{line} {message.split()[0]}"
        for name, text in case.scripts.items()
        for line, _, message, _ in rules.Plugin(ast.parse(text)).run()
    ]
    return Answer(bool(found), detail=", ".join(found))


DETECTORS = {
    "dvc status": dvc_status,
    "re-run": rerun,
    "verify": verify,
    "lint": lint,
}


def examine(
    case: Case, folder: Path, interpreter: Path, names: tuple[str, ...]
) -> Examined:
    """Build a case in a folder, let detectors look at it, and remove it."""
    lacking = [each for each in case.needs if each not in tools(interpreter)]
    if lacking:
        return Examined(case, {}, skipped=", ".join(lacking))
    begun = time.perf_counter()
    answers = {}
    try:
        with open_case(case, folder, interpreter) as project:
            kept, there = folder / "dvc", project.root / ".dvc"
            shutil.copytree(there, kept)
            for name in names:
                # DVC deletes what is corrupt in its cache, unseen by who comes next.
                shutil.rmtree(there)
                shutil.copytree(kept, there)
                start = time.perf_counter()
                answer = DETECTORS[name](case, project)
                seconds = time.perf_counter() - start
                answers[name] = replace(answer, seconds=seconds)
    except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
        return Examined(case, {}, broken=" ".join(str(error).split())[-300:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Examined(case, answers, time.perf_counter() - begun)
