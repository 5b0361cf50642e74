"""Branches that both ran meet in git, and no merge holds results that no run gave."""

import hashlib
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.checkout import SETTINGS, commit
from dvc_verify.guard.merge_driver import set_merge_driver

from ..conftest import ROOT
from .project import Project
from .repositories import repository

pytestmark = pytest.mark.e2e

BAKE = ROOT / "{{cookiecutter.project_slug}}"

PIPELINE = """\
stages:
  measure:
    cmd: python measure.py
    deps: [measure.py, a.txt, b.txt]
    metrics:
      - reports/metrics.json: {cache: false}
  first:
    cmd: python twice.py c.txt reports/first.txt
    deps: [twice.py, c.txt]
    outs:
      - reports/first.txt: {cache: false}
  second:
    cmd: python twice.py d.txt reports/second.txt
    deps: [twice.py, d.txt]
    outs:
      - reports/second.txt: {cache: false}
"""
# Far enough from each other that git merges both changes as text.
MEASURE = """\
a, b = (int(open(name).read()) for name in ("a.txt", "b.txt"))
record = {"accuracy": a, "c": 0, "d": 0, "e": 0, "f": 0, "roc_auc": b}
lines = ",\\n".join(f'"{name}": {value}' for name, value in record.items())
open("reports/metrics.json", "w").write("{\\n" + lines + "\\n}\\n")
"""
TWICE = """\
import sys
open(sys.argv[2], "w").write(open(sys.argv[1]).read() * 2)
"""
FILES = {
    "dvc.yaml": PIPELINE,
    "measure.py": MEASURE,
    "twice.py": TWICE,
    **dict.fromkeys(("a.txt", "b.txt", "c.txt", "d.txt"), "1\n"),
    "reports/README.md": "Results\n",
    ".gitattributes": (BAKE / ".gitattributes").read_text(encoding="utf-8"),
}
BOTH = '{\n"accuracy": 2,\n"c": 0,\n"d": 0,\n"e": 0,\n"f": 0,\n"roc_auc": 3\n}\n'


def set_driver(project: Project) -> None:
    """Tell git of the driver as bootstrap.py does."""
    set_merge_driver(project.root, project.interpreter)


def change(project: Project, branch: str, name: str, text: str) -> None:
    """Change an input on a new branch of main, run the pipeline and commit."""
    project.run("git", "switch", "--quiet", "--create", branch, "main")
    (project.root / name).write_text(text, encoding="utf-8")
    project.tool("dvc", "repro", "--quiet")
    commit(project)


@pytest.fixture(scope="module", name="branches")
def fixture_branches(
    tmp_path_factory: pytest.TempPathFactory, interpreter: Path
) -> Project:
    """Return a repository with branches that all ran."""
    root = tmp_path_factory.mktemp("merges") / "it's one"
    project = repository(root, interpreter, FILES)
    change(project, "right", "d.txt", "5\n")
    change(project, "left", "c.txt", "4\n")
    change(project, "theirs", "b.txt", "3\n")
    change(project, "ours", "a.txt", "2\n")
    return project


@pytest.fixture(name="project")
def fixture_project(branches: Project, tmp_path: Path) -> Project:
    """Return a copy of it, on the branch `ours`, with the driver."""
    project = branches.copy(tmp_path / "it's another")
    set_driver(project)
    return project


def read_lock(project: Project) -> dict[str, Any]:
    """Return the entries of dvc.lock."""
    text = (project.root / "dvc.lock").read_text(encoding="utf-8")
    stages: dict[str, Any] = yaml.safe_load(text)["stages"]
    return stages


def metrics(project: Project) -> str:
    """Return the metrics that stand in the work tree."""
    return (project.root / "reports/metrics.json").read_text(encoding="utf-8")


MEETINGS = {
    "merge": ["merge theirs"],
    "rebase": ["rebase theirs"],
    "cherry-pick": ["cherry-pick theirs"],
    "stash": ["reset -q --soft main", "stash", "merge -q theirs", "stash pop"],
}


@pytest.mark.parametrize("how", MEETINGS)
def test_metrics_of_two_branches_are_never_blended(project: Project, how: str) -> None:
    *before, last = [["git", *words.split()] for words in MEETINGS[how]]
    sides = [
        project.run("git", "show", f"{name}:reports/metrics.json").stdout
        for name in ("ours", "theirs")
    ]
    for command in before:
        project.run(*command)
    said = project.run(*last, code=1)
    assert "both sides changed measure" in said.stderr
    assert metrics(project) in sides and BOTH not in sides
    assert list(read_lock(project)) == ["first", "second"]
    # The next run makes what the merge could not, and nothing else.
    shown = project.tool("dvc", "repro").stdout
    assert "Running stage 'measure'" in shown and shown.count("Running") == 1
    assert metrics(project) == BOTH


def test_a_blend_is_what_git_makes_without_the_attributes(project: Project) -> None:
    """This is what the attributes are for: it is clean, and no run gave it."""
    (project.root / ".gitattributes").unlink()
    project.run("git", "commit", "--quiet", "--all", "--message", "Without")
    project.run("git", "merge", "theirs", code=1)
    assert metrics(project) == BOTH
    assert project.run("git", "diff", "--name-only", "--diff-filter=U").stdout == (
        "dvc.lock\n"
    )


def test_stages_of_two_branches_meet_and_stay_as_dvc_writes_them(
    project: Project,
) -> None:
    project.run("git", "switch", "--quiet", "left")
    project.run("git", "merge", "--quiet", "--no-edit", "right")
    before = (project.root / "dvc.lock").read_bytes()
    shown = project.tool("dvc", "repro").stdout
    assert "Data and pipelines are up to date." in shown
    # DVC reads all of it, and writes it as it is.
    project.tool("dvc", "commit", "--quiet", "--force")
    assert (project.root / "dvc.lock").read_bytes() == before
    assert project.status() == ""


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n", "stages: []\n", "a: &a [*a]\n"])
def test_a_side_that_is_no_lock_is_a_conflict_in_one_line(
    project: Project, text: str
) -> None:
    (project.root / "dvc.lock").write_text(text, encoding="utf-8")
    commit(project)
    said = project.run("git", "merge", "theirs", code=1).stderr
    assert "dvc.lock is not merged: ours is not" in said and "Traceback" not in said
    assert (project.root / "dvc.lock").read_text(encoding="utf-8") == text
    assert "UU dvc.lock" in project.status()


def test_a_driver_that_is_gone_leaves_a_conflict(project: Project) -> None:
    script = project.root / "gone"
    project.run("git", "config", "merge.dvc-lock.driver", f"'{script}' %O %A %B")
    before = read_lock(project)
    project.run("git", "merge", "theirs", code=1)
    assert "UU dvc.lock" in project.status() and read_lock(project) == before


class Simulated:
    """A pipeline of results in git whose stages cost nothing.

    A stage is up to date, as for DVC, if its entry has the parameter, the dependencies
    and the output that are there.
    """

    NEEDS = {"a": (), "b": ("a",), "c": (), "d": ("b", "c"), "e": ("d",)}

    def __init__(self, project: Project, rng: random.Random) -> None:
        self.project, self.rng = project, rng

    def parameter(self, name: str) -> Path:
        """Return the file that holds the parameter of a stage."""
        return self.project.root / f"{name}.txt"

    def output(self, name: str) -> Path:
        """Return the file that a stage writes."""
        return self.project.root / "reports" / f"{name}.txt"

    def lock(self) -> dict[str, Any]:
        """Return the entries that are there."""
        return read_lock(self.project)

    def result(self, name: str, made: dict[str, str]) -> str:
        """Return what a stage gives: lines that git can merge one by one."""
        value = int(self.parameter(name).read_text(encoding="utf-8"))
        needs = "\n".join(f"-\n-\n-\n{made[each]}" for each in self.NEEDS[name])
        return f"{value // 2}\n{needs}\n-\n-\n-\n{value % 3}\n"

    def entry(self, name: str, texts: dict[str, str]) -> dict[str, Any]:
        """Return what a lock holds of a run of a stage."""
        value = int(self.parameter(name).read_text(encoding="utf-8"))
        deps = [
            {"path": f"reports/{each}.txt", "md5": digest(texts[each])}
            for each in self.NEEDS[name]
        ]
        outs = [{"path": f"reports/{name}.txt", "md5": digest(texts[name])}]
        params = {"params.yaml": {"value": value, "x": 1, "y": 2, "z": 3}}
        return {"cmd": f"run {name}", "deps": deps, "params": params, "outs": outs}

    def run(self) -> list[str]:
        """Run what is out of date; return the names."""
        lock, ran, texts = self.lock(), [], {}
        for name in self.NEEDS:
            path = self.output(name)
            texts[name] = path.read_text(encoding="utf-8") if path.exists() else ""
            if lock.get(name) != self.entry(name, texts):
                texts[name] = self.result(name, texts)
                path.write_text(texts[name], encoding="utf-8")
                lock[name] = self.entry(name, texts)
                ran.append(name)
        text = yaml.safe_dump({"schema": "2.0", "stages": lock}, sort_keys=False)
        (self.project.root / "dvc.lock").write_text(text, encoding="utf-8")
        return ran

    def results(self) -> dict[str, str]:
        """Return what stands in the outputs."""
        return {name: self.output(name).read_text("utf-8") for name in self.NEEDS}

    def full(self) -> dict[str, str]:
        """Return what a run of all stages would give."""
        made: dict[str, str] = {}
        for name in self.NEEDS:
            made[name] = self.result(name, made)
        return made

    def work(self, branch: str) -> None:
        """Change parameters on a branch of main; mostly run, and commit."""
        self.project.run("git", "switch", "-q", "--force-create", branch, "main")
        for name in self.NEEDS:
            if self.rng.random() < 0.35:
                value = str(self.rng.randrange(12))
                self.parameter(name).write_text(value, encoding="utf-8")
        if self.rng.random() < 0.85:
            self.run()
        self.project.run(
            "git", "commit", "-q", "--allow-empty", "--all", "-m", "Change"
        )

    def meet(self) -> None:
        """Merge, and take either side of what is in conflict."""
        command = ["git", "merge", "--no-edit", "--quiet", "theirs"]
        merged = subprocess.run(
            command,
            cwd=self.project.root,
            env=self.project.environ(),
            capture_output=True,
            check=False,
        )
        if merged.returncode:
            names = self.project.run("git", "diff", "--name-only", "--diff-filter=U")
            for name in names.stdout.splitlines():
                side = self.rng.choice(["--ours", "--theirs"])
                self.project.run("git", "checkout", "-q", side, "--", name)
            self.project.run("git", "add", "--all")
            self.project.run("git", "commit", "-q", "-m", "Merge")


def digest(text: str) -> str:
    """Return the MD5 of a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def merge_pairs(project: Project, count: int) -> tuple[int, int]:
    """Merge random pairs of branches; return how many blends and wrong ends there are.

    A blend is a result that no side has; a wrong end one that differs from a full run
    after the next run.
    """
    rng = random.Random(20261126)
    simulated = Simulated(project, rng)
    blends = wrong = 0
    for _ in range(count):
        sides = set(simulated.results().values())
        for branch in ("theirs", "ours"):
            project.run("git", "switch", "-q", "main")
            simulated.work(branch)
            sides |= set(simulated.results().values())
        simulated.meet()
        blends += not sides.issuperset(simulated.results().values())
        simulated.run()
        wrong += simulated.results() != simulated.full()
        assert simulated.run() == []
        project.run("git", "commit", "-q", "--allow-empty", "--all", "-m", "Run")
    return blends, wrong


@pytest.fixture(name="pipeline")
def fixture_pipeline(tmp_path: Path, interpreter: Path) -> Project:
    """Return a simulated pipeline that ran, on main, with the driver."""
    project = Project(tmp_path / "simulated", interpreter, SETTINGS)
    (project.root / "reports").mkdir(parents=True)
    shutil.copyfile(BAKE / ".gitattributes", project.root / ".gitattributes")
    for name in Simulated.NEEDS:
        (project.root / f"{name}.txt").write_text("0", encoding="utf-8")
    (project.root / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    Simulated(project, random.Random(0)).run()
    project.run("git", "init", "-q", "--initial-branch=main")
    commit(project)
    set_driver(project)
    return project


def test_no_merge_of_100_random_pairs_is_false(pipeline: Project) -> None:
    assert merge_pairs(pipeline, 100) == (0, 0)


def test_as_text_some_merges_are_false(pipeline: Project) -> None:
    """The test above would see it."""
    (pipeline.root / ".gitattributes").unlink()
    commit(pipeline)
    blends, _ = merge_pairs(pipeline, 20)
    assert blends
