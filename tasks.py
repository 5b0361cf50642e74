"""What `invoke` offers in the template's own repository."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

ROOT = Path(__file__).parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
DEMO = ROOT / "demo"
# What the bake behind the reference calls its package: found again in dvc.lock.
PLACEHOLDER = "package_of_the_reference"
# Run in that bake: what gave its results, under no name of the package, and where they
# were made unless they are those of before.
RECORD = """
import json, sys
from dvc_verify.compare.reference import make_record
from tasks import reference
if not reference.is_pinned():
    sys.exit("the reference is made on Linux x86-64 with AVX2: elsewhere bytes differ")
place = reference.place()
record = make_record(place.root, place.options, place.environment)
text = json.dumps(record, indent=2, sort_keys=True) + "\\n"
path = place.root / place.options.reference
path.write_text(text, encoding="utf-8", newline="\\n")
"""
HOOKS = ".pre-commit-config.yaml"
VERIFIER = ROOT / "verifier"
FILES = ["bootstrap.py", "tasks.py", "local_extensions.py", "pictures"]
FILES += ["hooks", "tests", "benchmarks", "docs", "verifier"]
TESTS = ["tests", "verifier/tests"]
# What stands in the files of a bake that name the wheel of the verifier.
WHEEL_NAME = re.compile(r"dvc_verify-[^-\s/]+-py3-none-any\.whl")


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command with the tools of this environment first on PATH."""
    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([folder, os.environ.get("PATH", "")])
    words = [str(word) for word in command]
    finished = subprocess.run(words, cwd=cwd, env={**os.environ, "PATH": path})
    if finished.returncode:
        raise Exit(f"{Path(words[0]).name} failed", finished.returncode)


def python(*arguments: str | Path, cwd: Path = ROOT) -> None:
    """Run the Python of this environment."""
    run(sys.executable, *arguments, cwd=cwd)


def _make_writable(retry: Callable[[str], object], path: str, _: object) -> None:
    # Windows removes no file that is read-only, as git's objects are.
    os.chmod(path, stat.S_IWRITE)
    retry(path)


@task
def demo(_: Context) -> None:
    """Bake a project with default answers into demo/ and run its pipeline."""
    if DEMO.exists():
        shutil.rmtree(DEMO, onerror=_make_writable)
    python("-m", "cookiecutter", "--no-input", "--output-dir", DEMO, ROOT)
    (project,) = DEMO.iterdir()
    run(*chosen_python(project), "bootstrap.py", "repro", cwd=project)


def chosen_python(project: Path) -> list[str]:
    """Return the Python that a bake names, where it is on this machine, or this one."""
    version = (project / ".python-version").read_text(encoding="utf-8").strip()
    spec = spec_from_file_location("door", project / "bootstrap.py")
    if spec is None or spec.loader is None:
        raise ImportError("the bake has no bootstrap.py")
    door = module_from_spec(spec)
    spec.loader.exec_module(door)
    found: list[str] = door.find_python(version)
    return found or [sys.executable]


@task
def reference(_: Context) -> None:
    """Run the pipeline of a bake, show what is new, and store it as the reference."""
    with tempfile.TemporaryDirectory() as temporary:
        words = ["--no-input", "--output-dir", temporary, str(ROOT)]
        python("-m", "cookiecutter", *words, f"package_name={PLACEHOLDER}")
        (project,) = Path(temporary).iterdir()
        (project / "dvc.lock").unlink(missing_ok=True)  # DVC writes it anew
        python("bootstrap.py", "repro", cwd=project)
        python("bootstrap.py", "summary", "--base", "HEAD", cwd=project)
        folder = "Scripts" if sys.platform == "win32" else "bin"
        run(project / ".venv" / folder / "python", "-c", RECORD, cwd=project)
        store(project, TEMPLATE)
    run("git", "status", "--short", "--", TEMPLATE)


def store(project: Path, template: Path) -> None:
    """Write the lock and the results of a bake into the folder that is baked.

    Raises
    ------
    Exit
        If a result names the package, and so can't be the same in every bake.
    """
    for path in sorted((project / "reports").rglob("*")):
        if path.is_file() and PLACEHOLDER.encode() in path.read_bytes():
            raise Exit(f"{path.relative_to(project)} names the package", 1)
    lock = (project / "dvc.lock").read_text(encoding="utf-8")
    named = lock.replace(PLACEHOLDER, "{{ cookiecutter.package_name }}")
    text = "{% filter dvc_lock -%}\n" + named + "{%- endfilter %}\n"
    (template / "dvc.lock").write_text(text, encoding="utf-8", newline="\n")
    if (template / "reports").exists():
        shutil.rmtree(template / "reports")
    shutil.copytree(project / "reports", template / "reports")


@task
def test(_: Context) -> None:
    """Run all tests but those of the frameworks, on all cores."""
    # Some tests take minutes: an idle worker takes waiting ones from a busy one. They
    # wait for installers and processes, so one more than there are cores.
    workers = str((os.cpu_count() or 1) + 1)
    options = ["-n", workers, "--dist", "worksteal"]
    python("-m", "pytest", "-q", "-rs", *options, *TESTS)


@task
def test_quick(_: Context) -> None:
    """Run the tests that need no environment of a bake."""
    options = ["-n", "auto", "-m", "not e2e and not frameworks"]
    python("-m", "pytest", "-q", *options, *TESTS)


@task
def test_frameworks(_: Context) -> None:
    """Train with PyTorch, TensorFlow and JAX, and emulate processors."""
    python("-m", "pytest", "-q", "-rs", "-m", "frameworks or emulated", "tests")


@task
def lint(_: Context) -> None:
    """Run the hooks on all files, then mypy for each system."""
    python("-m", "pre_commit", "run", "--all-files")
    for system in ("linux", "darwin", "win32"):
        cache = f".mypy_cache/{system}"  # of one for all, nothing would be used
        python("-m", "mypy", "--platform", system, "--cache-dir", cache)


@task(name="format")
def format_(_: Context) -> None:
    """Fix the format."""
    python("-m", "isort", *FILES)
    python("-m", "black", "-q", *FILES)


@task
def docs(_: Context) -> None:
    """Build the docs in docs/_build/html; a warning or a dead link is an error."""
    bake_tasks().docs.build(ROOT)


@task
def pictures(_: Context) -> None:
    """Draw the pictures of the READMEs and docs; the report's needs Chromium."""
    from pictures.drawn import drawn
    from pictures.report import find_chromium
    from tests.locked import locked_python

    for path, text in drawn(TEMPLATE).items():
        write(path, text)
    chromium = find_chromium()
    if not chromium:
        raise Exit("Chromium is not installed; Debian has it as chromium", 1)
    lock = ROOT / "requirements" / "browser.txt"
    page, picture = "reports/report.html", "docs/_static/report.png"
    browser = locked_python("browser", lock)
    run(browser, "-m", "pictures.report", chromium, TEMPLATE / page, TEMPLATE / picture)


@task(help={"upgrade": "take the newest versions that fit"})
def lock(_: Context, upgrade: bool = False) -> None:
    """Compile the locks of the bake and of this repository, and pin the hooks."""
    options = ["--upgrade"] if upgrade else []
    python("-m", "invoke", "lock", *options, cwd=TEMPLATE)
    locks = bake_tasks().locks
    for layer in ("build", "dev", "s3", "managers", "browser"):
        locks.compile_layer(layer, upgrade, ROOT / "requirements")
    locks.pin_hooks(ROOT / HOOKS, ROOT / "requirements" / "dev.txt")
    python("-m", "tests.wheels")


def bake_tasks() -> Any:
    """Import the tasks of a bake, under another name than this file's."""
    spec = spec_from_file_location("bake_tasks", TEMPLATE / "tasks" / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError("the tasks of the bake are missing")
    sys.path.append(str(VERIFIER / "src"))  # which a bake has as a wheel
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@task
def wheel(_: Context) -> None:
    """Build the wheel of the verifier, and put it and its hash into the bake."""
    with tempfile.TemporaryDirectory() as temporary:
        built = build_wheel(Path(temporary))
        store_wheel(built, TEMPLATE)
    run("git", "status", "--short", "--", TEMPLATE)


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the verifier into a folder; its bytes are always the same."""
    command = ["-m", "hatchling", "build", "--target", "wheel", "--directory"]
    python(*command, folder, cwd=VERIFIER)
    (found,) = folder.glob("*.whl")
    return found


def store_wheel(wheel: Path, template: Path) -> None:
    """Copy a wheel into the folder that is baked, in the place of the last one."""
    folder = template / "requirements" / "verifier"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    shutil.copyfile(wheel, folder / wheel.name)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    text = (
        "# The verifier (docs/verify.md), which no registry has. The path is from the\n"
    )
    text += "# root, and what it needs is in pipeline.txt.\n"
    text += f"./requirements/verifier/{wheel.name} --hash=sha256:{digest}\n"
    write(template / "requirements" / "verifier.txt", text)
    rules = template / ".flake8"
    write(rules, WHEEL_NAME.sub(wheel.name, rules.read_text(encoding="utf-8")))


def write(path: Path, text: str) -> None:
    """Write a text with line ends that are the same on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


@task
def bench(_: Context) -> None:
    """Measure the figures of benchmarks/, each as a ratio in one run."""
    for script in sorted((ROOT / "benchmarks").glob("bench_*.py")):
        python(script)


namespace = Collection.from_module(sys.modules[__name__])
