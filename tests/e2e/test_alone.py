"""The verifier with nothing beside it but DVC: each command works."""

import json
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from bench.checkout import Checkout, commit

from ..conftest import ROOT
from ..locked import locked_python
from .console import run_page
from .repositories import FILES, USE, repository

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell on Windows"),
]
BAKE = ROOT / "{{cookiecutter.project_slug}}"
SHOWN = "import json, importlib.metadata as m; print(json.dumps([d.name for d in "
SHOWN += "m.distributions()]))"


@pytest.fixture(scope="module", name="alone")
def fixture_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with DVC and the wheel of a bake alone."""
    pins = (BAKE / "requirements/pipeline.txt").read_text(encoding="utf-8")
    pin = re.search(r"^dvc==\S+", pins, re.M)
    assert pin
    (wheel,) = (BAKE / "requirements/verifier").iterdir()
    lock = tmp_path_factory.mktemp("alone") / "requirements.txt"
    lock.write_text(f"{pin[0]}\n", encoding="utf-8")
    try:
        python = locked_python("dvc", lock)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "").strip().splitlines() or ["no reason was given"]
        pytest.skip(f"no registry gives DVC here: {said[-1]}")
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--force-reinstall", str(wheel)], check=True)
    return python


@pytest.fixture(name="project")
def fixture_project(alone: Path, tmp_path: Path) -> Checkout:
    """Return a repository, run and committed in that environment."""
    return repository(tmp_path / "repository", alone, FILES)


def verifier(project: Checkout, *arguments: str, code: int = 0) -> str:
    """Run the command that is installed, and return all that it prints."""
    program = project.interpreter.with_name("dvc-verify")
    finished = project.run(str(program), *arguments, code=code)
    assert "Traceback" not in finished.stderr
    return finished.stdout + finished.stderr


def test_nothing_but_dvc_and_what_it_brings_is_there(project: Checkout) -> None:
    names = {*json.loads(project.python("-c", SHOWN).stdout)}
    assert {"dvc", "dvc-verify"} <= names
    assert not names & {"numpy", "pandas", "jsonschema", "invoke", "libfaketime"}


def test_every_command_works(project: Checkout) -> None:
    shown = verifier(project, "compare")
    assert shown.startswith("Identical to what is committed (HEAD ")
    shown = verifier(project, "run", "--unfixed", "OPEN=1")
    assert re.search(r"^(Partial|Verified): 3 outputs, identical", shown, re.M)
    assert "With nothing fixed by the launcher, what differs is: nothing." in shown
    record = json.loads((project.root / "certificate.json").read_text("utf-8"))
    (wheel,) = (BAKE / "requirements/verifier").iterdir()
    named = (BAKE / "requirements/verifier.txt").read_text(encoding="utf-8")
    assert record["verifier"]["version"] in wheel.name
    assert record["verifier"]["wheel"] in named and record["verifier"]["wheel"]
    assert "The certificate is unsigned." in verifier(project, "certificate")
    shown = verifier(project, "certificate", "--recheck", "use")
    assert "use gives what is certified." in shown
    assert project.python("-m", "dvc_verify", "--version").stdout.strip() in wheel.name


def test_a_defect_is_named(project: Checkout) -> None:
    unseeded = USE + "import random\nopen('out.txt', 'w').write(str(random.random()))\n"
    (project.root / "use.py").write_text(unseeded, encoding="utf-8")
    project.tool("dvc", "repro", "--quiet")
    commit(project)
    shown = verifier(project, "run", code=1)
    assert "Cause: unseeded or concurrent; give every draw a seed" in shown
    project.tool("dvc", "repro", "--quiet", "--force")
    shown = verifier(project, "compare")
    assert "Not identical to what is committed" in shown
    assert "Differs first: out.txt (stage 'use')." in shown


def test_its_page_is_true(project: Checkout, tmp_path: Path) -> None:
    """From a clone of this repository, with another one beside it."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "verifier", clone / "verifier")
    project.root.rename(tmp_path / "another-repository")
    venv.create(tmp_path / "venv", with_pip=True)
    # It has DVC from the other environment, and no verifier yet.
    shown = "import sysconfig; print(sysconfig.get_path('purelib'))"
    python = tmp_path / "venv/bin/python"
    folders = [
        subprocess.check_output([each, "-c", shown], text=True).strip()
        for each in (python, project.interpreter)
    ]
    shadow = tmp_path / "dvc"
    shadow.mkdir()
    for each in Path(folders[1]).iterdir():
        if not each.name.startswith(("dvc_verify", "pip")):
            (shadow / each.name).symlink_to(each)
    (Path(folders[0]) / "dvc.pth").write_text(f"{shadow}\n", encoding="utf-8")
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    page = ROOT / "docs/dvc-verify.md"
    assert run_page(page, clone, {"PATH": path, "HOME": str(tmp_path)}) == 3
    assert (tmp_path / "another-repository/certificate.json").is_file()
