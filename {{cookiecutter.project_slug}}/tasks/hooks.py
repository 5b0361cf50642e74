"""What git's hooks run: data stays out of git, and DVC keeps step with it.

    python tasks/hooks.py data FILE ...
    python tasks/hooks.py dvc pre-commit | pre-push | post-checkout

pre-commit starts this with a Python of its own, so it needs nothing but Python.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUFFIXES = frozenset(
    """.arrow .avro .csv .db .dta .feather .h5 .hdf5 .jsonl .mat .npy .npz .onnx .orc
    .parquet .pickle .pkl .pt .pth .rds .sas7bdat .sav .skops .sqlite .tsv .xls
    .xlsx""".split()
)
DVC_HOOKS = ("pre-commit", "pre-push", "post-checkout")
RESULTS = "reports"  # small, and committed to be read in a diff


def is_data(path: Path) -> bool:
    """Say whether a file, by its name, holds data or a model.

    Examples
    --------
    >>> is_data(Path("data/source/new.txt")), is_data(Path("data/README.md"))
    (True, False)
    >>> is_data(Path("notes/table.parquet")), is_data(Path("reports/trials.csv"))
    (True, False)
    >>> is_data(Path("data/new.csv.dvc"))
    False
    """
    if path.name in ("README.md", ".gitignore") or path.parts[0] == RESULTS:
        return False
    if path.suffix == ".dvc":  # what `dvc add` writes: the hash of data
        return False
    suffixes = {suffix.lower() for suffix in path.suffixes}
    return path.parts[0] == "data" or bool(suffixes & SUFFIXES)


def allowed_digest(params: Path) -> str:
    """Return the SHA-256 of the one data file that git may hold."""
    text = params.read_text("utf-8")
    found = re.search(r"^\s+sha256: *['\"]?([0-9a-f]{64})", text, re.M)
    return found[1] if found else ""


def data_problems(paths: list[Path], params: Path) -> list[str]:
    """Say which files are data that git must not hold, one line each."""
    allowed = allowed_digest(params)
    names = [
        path.as_posix()
        for path in paths
        if is_data(path) and hashlib.sha256(path.read_bytes()).hexdigest() != allowed
    ]
    return [
        f"{name} is data and is not what data.sha256 in {params.name} names: name it "
        f"there, or leave it to DVC: `git rm --cached {name}`, `dvc add {name}`, then "
        "`git add` what that tells"
        for name in names
    ]


def dvc_command(root: Path) -> list[str] | None:
    """Return the command of DVC: from `.venv`, else from PATH."""
    for name in ("bin/python", "Scripts/python.exe"):
        if (python := root / ".venv" / name).exists():
            return [str(python), "-m", "dvc"]
    found = shutil.which("dvc")
    return [found] if found else None


def dvc_hook(root: Path, name: str) -> int:
    """Run DVC's own hook, and return its exit code.

    DVC shows what is out of date before a commit, pushes data before git pushes, and
    brings data into step after a checkout.
    """
    if name == "pre-push" and not has_remote(root):
        print("No DVC remote is set, so there is nowhere to push data to")
        return 0
    if name == "post-checkout" and nothing_ran(root):
        print("Nothing has run here yet, so DVC has nothing to bring along")
        return 0
    command = dvc_command(root)
    if command is None:
        print("DVC is not installed: run `python bootstrap.py` once")
        return 1
    if not digests_are_right(root, command):
        return 1
    if len(command) > 1:  # a folder's list in the cache may have come from a remote
        command = [*command[:-1], "dvc_verify.guard.guarded_dvc"]
    hook = [*command, "git-hook", name]
    environ = without_environment()
    return subprocess.run(hook, cwd=root, env=environ, check=False).returncode


def has_remote(root: Path, dvc: list[str] | None = None) -> bool:
    """Say whether a default remote of DVC is set, in the project or by the user.

    Parameters
    ----------
    root
        The project.
    dvc
        The command of DVC, if it is known.

    Raises
    ------
    SystemExit
        If DVC can't read its configuration.
    """
    command = dvc or dvc_command(root)
    if command is None:  # then nobody has settings of DVC but the project
        config = root / ".dvc" / "config"
        text = config.read_text("utf-8") if config.is_file() else ""
        return re.search(r"^\s*remote\s*=", text, re.M) is not None
    finished = subprocess.run(
        [*command, "config", "core.remote"],
        cwd=root,
        env=without_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        said = next(iter(finished.stderr.splitlines()), "it doesn't run")
        raise SystemExit(f"DVC can't tell its remote: {said.removeprefix('ERROR: ')}")
    return finished.stdout.strip() != ""


def without_environment() -> dict[str, str]:
    """Return the variables without those of pre-commit's or another Python."""
    return {
        key: os.environ[key]
        for key in os.environ
        if key != "VIRTUAL_ENV" and not key.startswith("PYTHON")
    }


def digests_are_right(root: Path, dvc: list[str]) -> bool:
    """Let the verifier look at the files of DVC before DVC does, with DVC's Python.

    Parameters
    ----------
    root
        The project.
    dvc
        The command of DVC.
    """
    python = dvc[0] if len(dvc) > 1 else sys.executable
    environ = {**without_environment(), "PYTHONPATH": wheel(root)}
    look = [python, "-m", "dvc_verify.guard.digests"]
    return subprocess.run(look, cwd=root, env=environ, check=False).returncode == 0


def wheel(root: Path) -> str:
    """Return the path of the verifier's wheel, from which Python can import."""
    return next(map(str, (root / "requirements" / "verifier").glob("*.whl")), "")


def nothing_ran(root: Path) -> bool:
    """Say whether no stage has run here, and nothing was pulled."""
    sys.path.insert(0, wheel(root))
    from dvc_verify.guard.state import FIRST

    cache = root / ".dvc" / "cache" / "files"
    return not (root / FIRST).exists() and not any(cache.glob("*/*/*"))


def main(arguments: list[str]) -> int:
    """Run a hook and return its exit code."""
    root = Path(__file__).resolve().parents[1]
    if arguments[:1] == ["dvc"] and arguments[1:2] and arguments[1] in DVC_HOOKS:
        return dvc_hook(root, arguments[1])
    if arguments[:1] != ["data"]:
        print(f"usage: hooks.py data FILE ... | dvc {'|'.join(DVC_HOOKS)}")
        return 2
    problems = data_problems(
        [Path(each) for each in arguments[1:]], root / "params.yaml"
    )
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
