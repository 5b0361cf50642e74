"""How much there is to read and to install, and how long the first report takes."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PathDistribution
from pathlib import Path

from measure import ROOT, with_tools

from tests.e2e.environment import baked_project, build_interpreter

PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def count_lines(paths: list[Path]) -> int:
    """Count the lines that are not blank."""
    return sum(
        bool(line.strip())
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def normal(name: str) -> str:
    """Return the canonical form of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_sizes(python: Path) -> dict[str, int]:
    """Return the bytes that each distribution of an environment takes."""
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    sizes = {}
    for info in Path(purelib).glob("*.dist-info"):
        distribution = PathDistribution(info)
        files = [Path(str(file.locate())) for file in distribution.files or []]
        sizes[normal(distribution.metadata["Name"])] = sum(
            file.stat().st_size for file in files if file.is_file()
        )
    return sizes


def main() -> None:
    """Print the sizes."""
    scratch = Path(tempfile.mkdtemp())
    python = build_interpreter(scratch)
    project = baked_project(scratch / "project", python)
    print("\nLines of Python that are not blank")
    places = [project.root / name for name in (project.package, "tasks")]
    for folder in (*places, ROOT / "verifier/src/dvc_verify"):
        lines = count_lines(list(folder.rglob("*.py")))
        print(f"  {folder.name}/: {lines}")

    print("\nPackages and megabytes per lock layer")
    sizes = installed_sizes(python)
    for layer in ("build", "runtime", "pipeline", "dev"):
        lock = project.root / "requirements" / f"{layer}.txt"
        names = {normal(name) for name in PIN.findall(lock.read_text())}
        megabytes = sum(sizes.get(name, 0) for name in names) / 1e6
        print(f"  {layer}: {len(names)} packages, {megabytes:.0f} MB")

    print("\nFrom a fresh clone to the report, environment included")
    clone = scratch / "clone"
    subprocess.run(["git", "clone", "-q", project.root, clone], check=True)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "bootstrap.py", "repro"],
        cwd=clone,
        env=with_tools(Path(sys.executable)),
        check=True,
        capture_output=True,
    )
    if not (clone / "reports/report.html").is_file():
        raise SystemExit("there is no report")
    print(f"  {time.perf_counter() - start:.0f} s")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
