"""What a verification varies, and how each side of it is set for a stage.

A stage has a *side* of each factor: ``plain``, as the user has it,
``control`` or ``experiment``. The two runs that are compared are the control, with all
factors on that side, and the experiment, under perturbation by all of them.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..repository.git import GIT, plain_environment
from .machine import Tools

PLAIN, CONTROL, EXPERIMENT = "plain", "control", "experiment"
Choice = Mapping[str, str]  # factor to side

THREADS = tuple("""OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS BLIS_NUM_THREADS
    VECLIB_MAXIMUM_THREADS NUMEXPR_NUM_THREADS LOKY_MAX_CPU_COUNT""".split())
# What passes into a stage of the experiment: how programs, libraries and the processor
# are found. Nothing else of the user's environment does.
PASSED = """CONDA_PREFIX CUDA_VISIBLE_DEVICES DYLD_LIBRARY_PATH LD_LIBRARY_PATH
    OPENBLAS_CORETYPE PATH SYSTEMROOT VIRTUAL_ENV""".split()
FULL_NAMES = ("LOGNAME", "USER", "USERNAME")
UNKNOWN = 54321  # a user id that no system gives
HOST = "another-computer"
CLEARED = "LANG LANGUAGE LC_ALL LC_CTYPE PYTHONCOERCECLOCALE PYTHONUTF8".split()


@dataclass(frozen=True)
class Factor:
    """Something that must make no difference, and what to do if it does."""

    name: str
    remedy: str
    variables: tuple[str, ...] = ()  # by which a launcher can fix it


# In the order in which they are halved: likely causes apart from each other.
FACTORS = (
    Factor(
        "hash seed",
        "sort sets before you use their order, or set PYTHONHASHSEED before Python "
        "starts",
        ("PYTHONHASHSEED",),
    ),
    Factor("clock", "take times and dates from the data or from parameters"),
    Factor("environment", "put what a variable holds into params.yaml"),
    Factor("path", "write paths relative to the repository, or none"),
    Factor("home", "keep what a stage reads in the repository and declare it"),
    Factor("user", "leave user names and ids out of what a stage writes"),
    Factor("host name", "leave the name of the computer out of what a stage writes"),
    Factor("time zone", "use UTC, or name the time zone", ("TZ",)),
    Factor(
        "locale",
        "name the encoding of each file, and format and sort without the locale",
        ("LC_ALL", "PYTHONUTF8"),
    ),
    Factor(
        "threads",
        "fix the number of threads before numpy is imported",
        THREADS,
    ),
    Factor("cpu count", "give the number of workers and chunks as a parameter"),
    Factor("directory order", "sort what a folder lists"),
    Factor("umask", "leave the permissions of files out of what a stage writes"),
    Factor("temporary folder", "leave temporary paths out of what a stage writes"),
    Factor("network", "keep what is fetched in a stage of its own, with its hash"),
)
NAMES = tuple(factor.name for factor in FACTORS)
REMEDIES = {factor.name: factor.remedy for factor in FACTORS}


@dataclass(frozen=True)
class Places:
    """The folders of one run."""

    top: Path  # where the clone is
    home: Path
    temporary: Path
    log: Path
    order: Path  # a folder whose files are listed by the probe


@dataclass(frozen=True)
class Setup:
    """What is the same for all runs of a verification."""

    tools: Tools
    shared: Mapping[str, str]  # the shared memory of the shifted clock
    interpreter: Path  # which `python` a stage finds
    passed: tuple[str, ...] = ()  # more variables that stages get in the experiment


def everywhere(side: str) -> dict[str, str]:
    """Choose one side of every factor."""
    return dict.fromkeys(NAMES, side)


def not_tried(tools: Tools) -> dict[str, str]:
    """Say which factors can't be varied here, and why."""
    reasons = {}
    if not tools.clock:
        reasons["clock"] = tools.no_clock
    if tools.namespaces:
        reasons["user"] = reasons["host name"] = tools.namespaces
    if tools.namespaces and not tools.strace:
        reasons["network"] = tools.namespaces
    if tools.tmpfs is None:
        reasons["directory order"] = "there is no room on a file system in memory"
    if len(tools.cpus) < 2:
        count = len(tools.cpus)
        reasons["cpu count"] = "there is one CPU" if count else "Linux only"
    return reasons


def clone_path(base: Path, choice: Choice) -> Path:
    """Return where a clone stands: that of the experiment is long, and has spaces.

    Parameters
    ----------
    base
        The folder around all clones of a kind.
    choice
        The side of each factor.
    """
    name = {PLAIN: "plain", CONTROL: "control"}.get(choice["path"])
    long = "another place, über alles länger " + "x" * 60
    return base / name / "repo" if name else base / long / "the repository"


def launch_configuration(
    choice: Choice, places: Places, setup: Setup
) -> dict[str, Any]:
    """Return what `launch` needs to know to run stages with a choice of sides.

    Parameters
    ----------
    choice
        The side of each factor.
    places
        The folders of the run.
    setup
        What is the same for all runs.
    """
    tools = setup.tools
    environment = _environment(choice, places, setup)
    cpus = {PLAIN: [], CONTROL: tools.cpus[:1], EXPERIMENT: tools.cpus}[
        choice["cpu count"]
    ]
    namespaces = not tools.namespaces
    offline = choice["network"] == EXPERIMENT
    strace = tools.strace
    if offline and not namespaces and tools.strace:
        strace = [*tools.strace, "-e", "inject=connect:error=ENETUNREACH"]
    shifted = choice["clock"] == EXPERIMENT and bool(tools.clock)
    probe = Path(__file__).with_name("probe.py")
    return {
        "log": str(places.log),
        "order": str(places.order),
        "environment": environment,
        "umask": {PLAIN: _umask(), CONTROL: 0o022, EXPERIMENT: 0o077}[choice["umask"]],
        "cpus": cpus,
        "uid": UNKNOWN if choice["user"] == EXPERIMENT and namespaces else None,
        "host": HOST if choice["host name"] == EXPERIMENT and namespaces else "",
        "network": not (offline and namespaces),
        "clock": {**tools.clock, **setup.shared} if shifted else {},
        "strace": strace,
        "probe": [sys.executable, "-P", "-S", str(probe)],
        "shell": os.environ.get("SHELL") or "/bin/sh",
        "brought": {},
        "limits": {},
        "limit": 10**7,
    }


def _umask() -> int:
    value = os.umask(0o022)
    os.umask(value)
    return value


def _environment(choice: Choice, places: Places, setup: Setup) -> dict[str, str]:
    passed = {*PASSED, *setup.passed}
    environment = plain_environment()
    if choice["environment"] == EXPERIMENT:
        kept = passed | {*CLEARED, *FULL_NAMES, *THREADS}
        kept |= {"HOME", "TMPDIR", "TZ", "PYTHONHASHSEED"}
        environment = {key: environment[key] for key in kept if key in environment}
    if choice["user"] == EXPERIMENT:
        for name in FULL_NAMES:
            environment.pop(name, None)
    for name, values in _values(places, setup.tools).items():
        side = choice[name]
        if side != PLAIN:
            for variable in CLEARED if name == "locale" else ():
                environment.pop(variable, None)
            environment |= values[side]
    folders = [str(setup.interpreter.parent), environment.get("PATH", "")]
    environment |= {"PATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**environment, **GIT}


def _values(places: Places, tools: Tools) -> dict[str, dict[str, dict[str, str]]]:
    """Return the variables that each side of a factor sets."""
    many = str(max(2, len(tools.cpus)))
    return {
        "hash seed": {
            CONTROL: {"PYTHONHASHSEED": "1"},
            EXPERIMENT: {"PYTHONHASHSEED": "77"},
        },
        "time zone": {CONTROL: {"TZ": "UTC0"}, EXPERIMENT: {"TZ": "<+1345>-13:45"}},
        "locale": {
            CONTROL: {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            EXPERIMENT: {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
        },
        "threads": {
            CONTROL: dict.fromkeys(THREADS, "1"),
            EXPERIMENT: dict.fromkeys(THREADS, many),
        },
        "home": {
            CONTROL: {"HOME": str(places.home / "control")},
            EXPERIMENT: {"HOME": str(places.home / "of another")},
        },
        "temporary folder": {
            CONTROL: {"TMPDIR": str(places.temporary / "control")},
            EXPERIMENT: {"TMPDIR": str(places.temporary / "elsewhere")},
        },
    }


def differing(control: Choice, experiment: Choice) -> list[str]:
    """Return the factors whose sides differ, in the order in which to halve them.

    Parameters
    ----------
    control, experiment
        Two choices.
    """
    return [name for name in NAMES if control[name] != experiment[name]]
