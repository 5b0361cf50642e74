"""Prove that the results can be reproduced."""

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import python

OPEN_DOOR = "PIPELINE_STAYS_UNFIXED=1"  # of runtime/process.py; a test compares the two


@task(
    help={
        "head": "verify HEAD though files are changed",
        "rebuild": "install the environment afresh",
        "open_door": "run once more with nothing fixed by the door",
        "require_verified": "end with an error if the verdict is only partial",
        "sign": "a key of SSH to sign the certificate with",
    }
)
def verify(
    _: Context,
    head: bool = False,
    rebuild: bool = False,
    open_door: bool = False,
    require_verified: bool = False,
    sign: str = "",
) -> None:
    """Run the pipeline twice, under different conditions, and certify the results."""
    options = [*(["--head"] if head else []), *(["--rebuild"] if rebuild else [])]
    options += ["--open-door", OPEN_DOOR] if open_door else []
    options += ["--require-verified"] if require_verified else []
    options += ["--sign", sign] if sign else []
    _run("verify", *options)


@task(
    help={
        "recheck": "run one stage again and compare",
        "sign": "a key of SSH to sign the certificate with",
    }
)
def certificate(_: Context, recheck: str = "", sign: str = "") -> None:
    """Say what the certificate in reports/ is worth now."""
    options = ["--recheck", recheck] if recheck else []
    options += ["--sign", sign] if sign else []
    _run("certificate", *options)


def _run(*words: str) -> None:
    """Run the verifier; what it prints says all, so a failure adds no line."""
    if code := python("-m", "reproducibility", *words, check=False):
        raise Exit(code=code)
