"""The pipeline on processors that QEMU emulates: the bytes are those of this one."""

import json
import platform
import shutil

import pytest
import yaml

from .project import Project

QEMU = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.emulated,
    pytest.mark.skipif(QEMU is None, reason="there is no qemu-x86_64"),
    pytest.mark.skipif(
        platform.machine() != "x86_64", reason="its bytes are those of x86-64"
    ),
]
# All stages in one process. A child, which runs natively, tells who runs its parent:
# of itself an emulated process hears that it is Python.
STAGES = """
import json, os, runpy, subprocess, sys
package, commands = sys.argv[1], json.loads(sys.argv[2])
for words in commands:
    sys.argv = ["", *words]
    try:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise
print(subprocess.check_output(["readlink", f"/proc/{os.getpid()}/exe"], text=True))
"""


def run_stages(project: Project, processor: str) -> str:
    """Run all stages on an emulated processor and return what ran them."""
    declared = yaml.safe_load((project.root / "dvc.yaml").read_text("utf-8"))["stages"]
    commands = [stage["cmd"].split()[3:] for stage in declared.values()]
    # What `__main__.py` sets: a process that it starts again would run natively.
    variables = [f"{name}={value}" for name, value in project.fixed().items()]
    emulated = [str(QEMU), "-cpu", processor, str(project.interpreter)]
    words = [*emulated, "-c", STAGES, project.package, json.dumps(commands)]
    return project.run("env", "-i", *variables, *words).stdout.split()[-1]


@pytest.mark.parametrize(
    "processor", ["Haswell", pytest.param("EPYC", marks=pytest.mark.frameworks)]
)
def test_an_emulated_processor_gives_the_same_bytes(
    ran: Project, fresh: Project, processor: str
) -> None:
    if not ran.is_pinned():
        pytest.skip("there is no AVX2 here, and so no bytes to compare with")
    for path in fresh.artifacts():
        path.unlink()
    assert run_stages(fresh, processor).rpartition("/")[2].startswith("qemu-x86_64")
    assert fresh.digests() == ran.digests()
    assert len(fresh.digests()) > 25


def test_a_process_that_is_not_fixed_starts_again_natively(fresh: Project) -> None:
    """A process that isn't told to compute alike starts again, natively."""
    words = [str(QEMU), "-cpu", "Haswell", str(fresh.interpreter), "-c", STAGES]
    shown = fresh.run(*words, fresh.package, json.dumps([["ingest"]])).stdout
    assert "qemu" not in shown.split()[-1]
