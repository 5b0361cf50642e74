"""Prove that the results are reproducible."""

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import python


@task(
    help={
        "head": "verify HEAD though files are changed",
        "rebuild": "install the environment afresh",
        "unfixed": "run once more with nothing fixed before a stage starts",
        "require_verified": "end with an error if the verdict is only partial",
        "sign": "a key of SSH to sign the certificate with",
    }
)
def verify(
    _: Context,
    head: bool = False,
    rebuild: bool = False,
    unfixed: bool = False,
    require_verified: bool = False,
    sign: str = "",
) -> None:
    """Run the pipeline twice, under different conditions, and certify the results."""
    options = [*(["--head"] if head else []), *(["--rebuild"] if rebuild else [])]
    options += ["--unfixed"] if unfixed else []
    options += ["--require-verified"] if require_verified else []
    options += ["--sign", sign] if sign else []
    _run("run", *options)


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


def _run(*arguments: str) -> None:
    """Run the verifier; what it prints says all, so a failure adds no line."""
    if code := python("-m", "dvc_verify", *arguments, check=False):
        raise Exit(code=code)
