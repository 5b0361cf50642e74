"""Compile the locks and check them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from requirements import install, settings, state
from requirements.state import normalize

from .commands import ROOT, environ, package, python

FOLDER = ROOT / "requirements"
HOOKS = ROOT / ".pre-commit-config.yaml"
LAYERS = ("build", "runtime", "pipeline", "dev")
VERIFIER = FOLDER / "verifier.txt"  # no layer: it comes as a wheel, and isn't compiled
SYSTEMS = {"windows": "win32", "macos": "darwin"}  # the locks are made on Linux
LOWEST = "3.11"  # its lock serves the others; see requires-python in pyproject.toml
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)
HOOK_PIN = re.compile(r"\b([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s,\]]+)")


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
    pin_hooks(HOOKS, FOLDER / "dev.txt")


def check_compiler() -> None:
    """Refuse to compile on any Python but the lowest: its lock serves all."""
    running = install.running_version()
    if running != LOWEST:
        raise Exit(
            f"locks are compiled on Python {LOWEST}, and this is {running}: "
            f"run `python{LOWEST} bootstrap.py lock`"
        )


def hermetic() -> dict[str, str]:
    """Return an environment in which pip and uv know an index and the way there.

    Folders of packages on this machine are left out: a lock holds what others can get.

    Raises
    ------
    Exit
        If a file of pip's or uv's settings can't be read.
    """
    try:
        kept = settings.for_installers(Path(sys.executable), environ())
    except ValueError as error:
        raise Exit(str(error)) from None
    local = ("PIP_FIND_LINKS", "PIP_NO_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX")
    for name in local:
        kept.pop(name, None)
    return {**kept, "CUSTOM_COMPILE_COMMAND": "invoke lock"}


def compile_layer(layer: str, upgrade: bool, folder: Path) -> None:
    """Compile one layer; its .in names the layers before it as constraints."""
    options = ["--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe"]
    options += ["--no-emit-options"]  # an index may be one's own, with a password
    options += ["--upgrade"] if upgrade else []
    files = ["--output-file", f"{layer}.txt", f"{layer}.in"]
    command = [sys.executable, "-m", "piptools", "compile", *options, *files]
    run_compiler(command, folder)
    add_systems(layer, folder)


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


def add_systems(layer: str, folder: Path) -> None:
    """Add to a lock what only other systems need, which its compiler drops."""
    uv = shutil.which("uv", path=environ()["PATH"])
    if uv is None:
        raise Exit("uv is missing; run `python bootstrap.py`")
    lock = folder / f"{layer}.txt"
    known = read_pins(lock)
    text = lock.read_text(encoding="utf-8")
    for system, name in SYSTEMS.items():
        options = ["pip", "compile", "--quiet", "--generate-hashes", "--no-annotate"]
        options += ["--no-header", "--python-version", LOWEST, "--python-platform"]
        command = [uv, *options, system, "-c", lock.name, f"{layer}.in"]
        for block in re.split(r"\n(?=\S)", run_compiler(command, folder).strip()):
            pin, _, rest = block.partition(" ")
            if pin and normalize(pin.split("==")[0]) not in known:
                text += f'{pin} ; sys_platform == "{name}" {rest}\n'
    lock.write_text(text, encoding="utf-8", newline="\n")


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
    problems += state.wheel_problems(ROOT, VERIFIER) + verifier_problems()
    for problem in problems:
        print(problem)
    locks = [f"requirements/{layer}.txt" for layer in LAYERS]
    code = python("-m", f"{package()}.runtime.environment", *locks, check=False)
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


def verifier_problems() -> list[str]:
    """Say which wheels of this repository are installed in another version."""
    from importlib.metadata import PackageNotFoundError, version

    problems = []
    for wheel in state.read_wheels(VERIFIER):
        try:
            found = version(wheel.name)
        except PackageNotFoundError:
            found = "missing"
        if found != wheel.version:
            problems.append(f"{wheel.name} is {found}, not {wheel.version}")
    return problems


def extra_problems() -> list[str]:
    """Say what is installed that no lock names."""
    from importlib.metadata import distributions

    locks = [FOLDER / f"{layer}.txt" for layer in LAYERS]
    known = {name for lock in locks for name in read_pins(lock)}
    known |= {wheel.name for wheel in state.read_wheels(VERIFIER)}
    found = {normalize(each.metadata["Name"]) for each in distributions()}
    return [f"{name} is installed, but in no lock" for name in sorted(found - known)]
