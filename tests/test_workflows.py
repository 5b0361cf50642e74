"""The workflows of a bake and of the template: pinned, least rights, tasks only."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT

BAKE = ROOT / "{{cookiecutter.project_slug}}"
SIDES = [BAKE, ROOT]
WORKFLOWS = [
    path for side in SIDES for path in sorted((side / ".github/workflows").glob("*"))
]
USES = re.compile(r"uses: (\S+)(.*)")


def steps_of(text: str) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    jobs = yaml.safe_load(text)["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def pin_problems(text: str) -> list[str]:
    """Say which actions are not pinned as NAME@SHA # TAG."""
    return [
        line
        for name, rest in USES.findall(text)
        if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", line := name + rest)
    ]


def right_problems(text: str) -> list[str]:
    """Say which jobs have more rights than they name, and checkouts that keep them."""
    content = yaml.safe_load(text)
    problems = [] if content["permissions"] == {} else ["permissions is not {}"]
    problems += [n for n, job in content["jobs"].items() if "permissions" not in job]
    problems += [
        n for n, job in content["jobs"].items() if "timeout-minutes" not in job
    ]
    problems += [] if "concurrency" in content else ["no concurrency"]
    return problems + [
        step["uses"]
        for step in steps_of(text)
        if step.get("uses", "").startswith("actions/checkout@")
        and step["with"]["persist-credentials"] is not False
    ]


TAKE_OVER = 'python tasks/take_over.py "$RUNNER_TEMP/upgrade"'
RUNS = (
    r"python bootstrap\.py [\w ./-]+",
    re.escape(TAKE_OVER),
    r"sudo apt-get (update|install --yes [a-z ]+)",
    r"sudo sysctl --ignore --write [a-z_.]+=0",
)


def logic_problems(text: str) -> list[str]:
    """Say which steps do more than call a task, or set up the system."""
    runs = [step["run"] for step in steps_of(text) if "run" in step]
    return [run for run in runs if not any(re.fullmatch(each, run) for each in RUNS)]


def privilege_problems(text: str) -> list[str]:
    """Say which jobs may write and run a package, or unpack over their checkout."""
    problems = []
    for name, job in yaml.safe_load(text)["jobs"].items():
        if "write" not in job["permissions"].values():
            continue
        uses = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
        for step in job["steps"]:
            if step.get("run", TAKE_OVER) != TAKE_OVER:
                problems.append(f"{name} may write and runs {step['run']}")
            path = str(step.get("with", {}).get("path", ""))
            if "actions/download-artifact" in step.get("uses", "") and (
                "actions/checkout" in uses and not path.startswith("${{ runner.temp }}")
            ):
                problems.append(f"{name} unpacks over its checkout")
    return problems


@pytest.mark.parametrize(
    "path", WORKFLOWS, ids=lambda path: f"{path.parts[-4]}-{path.stem}"
)
@pytest.mark.parametrize(
    "problems", [pin_problems, right_problems, logic_problems, privilege_problems]
)
def test_a_workflow_is_as_it_must_be(
    path: Path, problems: Callable[[str], list[str]]
) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("problems", "old", "new", "found"),
    [
        (pin_problems, "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "@v7"),
        (right_problems, "permissions: {}", "permissions: write-all", "is not {}"),
        (
            right_problems,
            "persist-credentials: false",
            "persist-credentials: true",
            "checkout",
        ),
        (
            logic_problems,
            "python bootstrap.py lint",
            "pip install black && black .",
            "pip",
        ),
    ],
)
def test_each_guard_of_the_workflows_trips(
    problems: Callable[[str], list[str]], old: str, new: str, found: str
) -> None:
    text = (BAKE / ".github/workflows/lint.yml").read_text(encoding="utf-8")
    assert old in text
    assert found in problems(text.replace(old, new))[0]


@pytest.mark.parametrize(
    ("workflow", "old", "new", "found"),
    [
        ("upgrade", "path: ${{ runner.temp }}/upgrade", "path: .", "unpacks over"),
        (
            "upgrade",
            TAKE_OVER,
            "python bootstrap.py repro",
            "propose may write and runs",
        ),
        ("verify", "contents: read", "id-token: write", "verify may write and runs"),
    ],
)
def test_the_guard_of_privileges_trips(
    workflow: str, old: str, new: str, found: str
) -> None:
    text = (BAKE / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8")
    assert old in text and not privilege_problems(text)
    assert found in privilege_problems(text.replace(old, new, 1))[0]


def test_verify_is_set_up_for_a_full_verdict_and_asks_for_one() -> None:
    text = (BAKE / ".github/workflows/verify.yml").read_text(encoding="utf-8")
    runs = [step["run"] for step in steps_of(text) if "run" in step]
    assert runs == [
        "sudo apt-get update",
        "sudo apt-get install --yes strace",
        "sudo sysctl --ignore --write kernel.apparmor_restrict_unprivileged_userns=0",
        "python bootstrap.py pull",
        "python bootstrap.py verify --require-verified",
    ]


def test_an_action_has_one_pin_everywhere() -> None:
    pins = {
        name: {
            line
            for path in WORKFLOWS
            for line in USES.findall(path.read_text())
            if line[0].startswith(f"{name}@")
        }
        for path in WORKFLOWS
        for name, _ in (each[0].split("@") for each in USES.findall(path.read_text()))
    }
    assert pins and all(len(lines) == 1 for lines in pins.values()), pins


def test_every_task_of_a_step_exists() -> None:
    for side in SIDES:
        makefile = (side / "Makefile").read_text(encoding="utf-8")
        targets = re.search(r"^TASKS := (.*)$", makefile, re.M)
        assert targets
        for path in (side / ".github/workflows").iterdir():
            for step in steps_of(path.read_text(encoding="utf-8")):
                if step.get("run", "").startswith("python bootstrap.py "):
                    assert step["run"].split()[2] in targets[1].split(), path


@pytest.mark.parametrize("side", SIDES, ids=["bake", "template"])
@pytest.mark.parametrize(
    "command",
    [
        ["zizmor", "--offline", "--quiet", ".github"],
        ["actionlint", "-shellcheck="],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
        ["check-jsonschema", "--builtin-schema", "vendor.dependabot"],
    ],
    ids=["zizmor", "actionlint", "workflow-schema", "dependabot-schema"],
)
def test_the_checkers_find_nothing(side: Path, command: list[str]) -> None:
    program = Path(sys.executable).with_name(command[0])
    files = sorted((side / ".github/workflows").glob("*.yml"))
    if command[-1].endswith("dependabot"):
        files = [side / ".github/dependabot.yml"]
    words = [] if command[0] == "zizmor" else [str(path) for path in files]
    finished = subprocess.run(
        [str(program), *command[1:], *words],
        cwd=side,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (BAKE / ".github/workflows/lint.yml").read_text(encoding="utf-8")
    bad = re.sub(r"@[0-9a-f]{40} # (v\d+)\S*", r"@\1", text)
    (folder / "lint.yml").write_text(bad, encoding="utf-8")
    program = str(Path(sys.executable).with_name("zizmor"))
    finished = subprocess.run(
        [program, "--offline", "--quiet", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode != 0 and "unpinned-uses" in finished.stdout
