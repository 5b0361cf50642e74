"""Execute workflows on this machine with act; nothing comes from outside."""

import os
import re
import subprocess
import sys
from pathlib import Path

ACTIONS = Path(__file__).parent / "actions"
# Which stand-in is for which action. act leaves out actions/checkout by itself.
STAND_INS = {
    "actions/setup-python": "setup-python",
    "actions/upload-artifact": "upload",
    "actions/upload-pages-artifact": "upload",
    "actions/deploy-pages": "nothing",
    "peter-evans/create-pull-request": "nothing",
    "re-actors/alls-green": "nothing",
}
USES = re.compile(r"uses: ([\w./-]+)@(\S+)")


def stand_ins(workflow: Path) -> list[str]:
    """Return the options that replace the actions of a workflow.

    Raises
    ------
    KeyError
        If an action has no stand-in.
    """
    used = sorted(set(USES.findall(workflow.read_text(encoding="utf-8"))))
    return [
        word
        for action, ref in used
        if action != "actions/checkout"
        for word in (
            "--local-repository",
            f"{action}@{ref}={ACTIONS / STAND_INS[action]}",
        )
    ]


def execute(
    root: Path, workflow: str, event: str, scratch: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Execute the workflow of a repository for an event.

    Parameters
    ----------
    root
        The repository; what a job writes is written there.
    workflow
        The name of its file.
    event
        Such as `push`.
    scratch
        A folder for what act keeps.
    options
        More options of act.
    """
    path = root / ".github" / "workflows" / workflow
    act = Path(sys.executable).with_name("act")
    command = [str(act), event, "--workflows", str(path), *options]
    # Without it .venv would stay behind.
    command += ["--use-gitignore=false"]
    command += ["--platform", "ubuntu-latest=-self-hosted", *stand_ins(path)]
    command += ["--action-cache-path", str(scratch / "act"), "--no-cache-server"]
    command += ["--container-daemon-socket", "-", "--rm"]
    kept = {key: value for key, value in os.environ.items() if key[:4] != "GIT_"}
    return subprocess.run(
        command,
        cwd=root,
        env={**kept, "XDG_CONFIG_HOME": str(scratch / "config")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
