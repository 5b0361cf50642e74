"""Signatures of certificates, by keys of SSH."""

import os
import shutil
import subprocess
from pathlib import Path

from ..errors import Refusal

NAMESPACE = "dvc-verify"  # of signatures


def sign(path: Path, key: Path) -> None:
    """Sign a certificate with a key of SSH, beside it in a file ``.sig``.

    Parameters
    ----------
    path
        The certificate.
    key
        The private key, or the public one of a key that an agent holds.

    Raises
    ------
    Refusal
        If the key can't sign.
    """
    arguments = ["-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)]
    finished = _ssh_keygen(arguments, path.read_text(encoding="utf-8"))
    if finished.returncode:
        reason = finished.stderr.strip().splitlines() or ["no reason was given"]
        raise Refusal(f"{key} can't sign: {reason[-1]}")
    Path(f"{path}.sig").write_text(finished.stdout, encoding="utf-8", newline="\n")


def signer(path: Path) -> str:
    """Return the fingerprint of the key that signed a certificate, "" if none did.

    Raises
    ------
    Refusal
        If the signature isn't one of this content.
    """
    signature = Path(f"{path}.sig")
    if not signature.is_file():
        return ""
    arguments = ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature)]
    finished = _ssh_keygen(arguments, path.read_text(encoding="utf-8"))
    if finished.returncode:
        raise Refusal(f"{signature} is not a signature of {path.name}")
    return finished.stdout.strip().rpartition(" key ")[2]


def _ssh_keygen(arguments: list[str], given: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise Refusal("ssh-keygen is not installed; signatures need it")
    return subprocess.run(
        [program, *arguments],
        input=given,
        env={**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
