"""A cold pipeline against its stages in one process, and a no-op against nothing."""

import shutil
import tempfile
from pathlib import Path

from measure import Cost, compare, time_process, with_tools

from tests.e2e.environment import baked_project, build_interpreter

IN_ONE = """
import importlib, sys, time
package, *stages = sys.argv[1:]
from importlib import import_module
for words in stages:
    name, *arguments = words.split()
    import_module(f"{package}.stages.{name}").main(arguments)
"""
APART = """
import resource, sys
from importlib import import_module
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
package, words = sys.argv[1:]
name, *arguments = words.split()
start = cpu()
stage = import_module(f"{package}.stages.{name}")
imported = cpu()
before = set(sys.modules)
stage.main(arguments)
print(f"  {words:30} start {start:5.2f}  imports {imported - start:5.2f}"
      f"  main {cpu() - imported:5.2f}")
"""
STAGES = [
    "ingest",
    "validate raw",
    "prepare",
    "split",
    "validate splits",
    "tune",
    "select",
    "evaluate",
    "report",
]
NOTHING = "stages:\n  nothing:\n    cmd: echo nothing > out\n    outs: [out]\n"


def main() -> None:
    """Print the ratios, and the CPU seconds of each stage."""
    scratch = Path(tempfile.mkdtemp())
    python = build_interpreter(scratch)
    project = baked_project(scratch / "project", python)
    env = with_tools(python)
    # What the launcher fixes for each stage, for the one process too.
    fixed = project.fixed()

    def dvc(root: Path, *words: str) -> Cost:
        return time_process([str(python), "-m", "dvc", "repro", *words], root, env)

    def in_one() -> Cost:
        command = [str(python), "-c", IN_ONE, project.package, *STAGES]
        return time_process(command, project.root, fixed)

    dvc(project.root)
    compare(
        "Cold `dvc repro --force`, against the stages in one process",
        lambda: dvc(project.root, "--force"),
        in_one,
        3,
    )
    print("\nCPU seconds by stage (start of Python, imports of the stage, its main)")
    for stage in STAGES:
        shown = project.python("-c", APART, project.package, stage).stdout
        print(shown.splitlines()[-1])

    nothing = scratch / "nothing"
    nothing.mkdir()
    (nothing / "dvc.yaml").write_text(NOTHING)
    time_process([str(python), "-m", "dvc", "init", "--no-scm", "-q"], nothing, env)
    dvc(nothing)
    dvc(project.root)
    compare(
        "No-op `dvc repro`, against a repository of one stage that does nothing",
        lambda: dvc(project.root),
        lambda: dvc(nothing),
        1.5,
    )
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
