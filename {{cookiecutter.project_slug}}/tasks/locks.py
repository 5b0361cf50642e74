"""Compile the locks and check them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT, environ, package, python

FOLDER = ROOT / "requirements"
HOOKS = ROOT / ".pre-commit-config.yaml"
LAYERS = ("build", "runtime", "pipeline", "dev")
LOWEST = "3.11"  # its lock serves the others; see requires-python in pyproject.toml
WINDOWS = FOLDER / "windows.txt"
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)
HOOK_PIN = re.compile(r"\b([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s,\]]+)")


def normalize(name: str) -> str:
    """Return the canonical form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(lock: Path) -> dict[str, str]:
    """Return the pinned versions of a lock."""
    pins = PIN.findall(lock.read_text(encoding="utf-8"))
    return {normalize(name): version for name, version in pins}


@task(help={"upgrade": "take the newest versions that fit"})
def lock(_: Context, upgrade: bool = False) -> None:
    """Compile the locks from requirements/*.in, then pin the hooks alike."""
    check_compiler()
    for layer in LAYERS:
        compile_layer(layer, upgrade, FOLDER)
    compile_windows()
    pin_hooks(HOOKS, FOLDER / "dev.txt")


def check_compiler() -> None:
    """Refuse to compile on any Python but the lowest: its lock serves all."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running != LOWEST:
        raise Exit(
            f"locks are compiled on Python {LOWEST}, and this is {running}: "
            f"run `python{LOWEST} bootstrap.py lock`"
        )


def hermetic() -> dict[str, str]:
    """Return an environment in which pip knows no setting of this machine."""
    kept = {
        name: value
        for name, value in environ().items()
        if not name.startswith(("PIP_", "UV_")) or name == "PIP_CERT"
    }
    command = {"CUSTOM_COMPILE_COMMAND": "invoke lock"}
    return {**kept, **command, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def compile_layer(layer: str, upgrade: bool, folder: Path) -> None:
    """Compile one layer; its .in names the layers before it as constraints."""
    options = ["--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe"]
    options += ["--no-emit-index-url", "--no-emit-find-links"]
    options += ["--upgrade"] if upgrade else []
    files = ["--output-file", f"{layer}.txt", f"{layer}.in"]
    command = [sys.executable, "-m", "piptools", "compile", *options, *files]
    run_compiler(command, folder)


def run_compiler(command: list[str], folder: Path) -> str:
    """Run a compiler in a folder of requirements and return what it prints."""
    finished = subprocess.run(
        command,
        cwd=folder,
        env=hermetic(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise Exit(f"{command[-1]} can't be compiled, see above")
    return finished.stdout


def compile_windows() -> None:
    """Write what Windows needs beside the locks: their compiler drops it."""
    uv = shutil.which("uv", path=environ()["PATH"])
    if uv is None:
        raise Exit("uv is missing; run `python bootstrap.py`")
    options = ["pip", "compile", "--quiet", "--generate-hashes", "--no-annotate"]
    options += ["--no-header", "--python-platform", "windows", "--python-version"]
    inputs = [f"{layer}.in" for layer in LAYERS]
    locks = [word for layer in LAYERS for word in ("-c", f"{layer}.txt")]
    text = run_compiler([uv, *options, LOWEST, *locks, *inputs], FOLDER)
    known = {name for layer in LAYERS for name in read_pins(FOLDER / f"{layer}.txt")}
    blocks = re.split(r"\n(?=\S)", text.strip())
    only = [block for block in blocks if normalize(block.split("==")[0]) not in known]
    head = "# Written by `invoke lock`: what only Windows needs.\n"
    WINDOWS.write_text(head + "\n".join(only) + "\n", encoding="utf-8", newline="\n")


def pin_hooks(hooks: Path, lock: Path) -> None:
    """Give the hooks the versions of a lock."""
    pins = read_pins(lock)
    text = hooks.read_text(encoding="utf-8")
    pinned = HOOK_PIN.sub(
        lambda found: f"{found[1]}=={pins.get(normalize(found[1]), found[2])}", text
    )
    hooks.write_text(pinned, encoding="utf-8", newline="\n")


@task
def check_locks(_: Context) -> None:
    """Check requirements, locks, hooks and the environment against each other."""
    problems = [
        problem for layer in LAYERS for problem in problems_of(FOLDER / f"{layer}.in")
    ]
    problems += hook_problems(HOOKS, FOLDER / "dev.txt") + extra_problems()
    for problem in problems:
        print(problem)
    locks = [f"requirements/{layer}.txt" for layer in LAYERS]
    code = python("-m", f"{package()}.core.environment", *locks, check=False)
    if problems or code:
        raise Exit("the locks are not right, see above")
    print("The requirements, locks, hooks and environment agree.")


def problems_of(source: Path) -> list[str]:
    """Say what is wrong with a lock: a missing pin or hash, a line of this machine."""
    from packaging.requirements import Requirement

    lock = source.with_suffix(".txt")
    text = lock.read_text(encoding="utf-8")
    pins = read_pins(lock)
    problems = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", "-")):
            continue
        requirement = Requirement(line)
        version = pins.get(normalize(requirement.name))
        if version is None or version not in requirement.specifier:
            problems.append(f"{source.name}: '{line}' has no pin that satisfies it")
    for block in re.split(r"\n(?=\S)", text):
        if PIN.match(block) and "--hash=sha256:" not in block:
            problems.append(f"{lock.name}: {block.split()[0]} has no hash")
        if re.match(r"-|.* @ |.*://", block.split("\n")[0]):
            problems.append(f"{lock.name}: '{block.split()[0]}' belongs to one machine")
    return problems


def hook_problems(hooks: Path, lock: Path) -> list[str]:
    """Say which hooks have another version than a lock."""
    pins = read_pins(lock)
    return [
        f"{hooks.name}: {name} is {version}, but {lock.name} has {pins.get(name)}"
        for name, version in HOOK_PIN.findall(hooks.read_text(encoding="utf-8"))
        if pins.get(normalize(name)) != version
    ]


def extra_problems() -> list[str]:
    """Say what is installed that no lock names."""
    from importlib.metadata import distributions

    locks = [*(FOLDER / f"{layer}.txt" for layer in LAYERS), WINDOWS]
    known = {name for lock in locks if lock.is_file() for name in read_pins(lock)}
    found = {normalize(each.metadata["Name"]) for each in distributions()}
    return [f"{name} is installed, but in no lock" for name in sorted(found - known)]
