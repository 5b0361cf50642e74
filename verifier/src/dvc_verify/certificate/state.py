"""What a certificate is worth now: held against the repository, and its signature.

An unsigned certificate is no proof against forgery: whoever can commit can write one.
A signature says who vouches for it; an attestation of CI says who ran it.
"""

import hashlib
from collections.abc import Mapping
from importlib.metadata import distributions
from typing import Any

from ..repository.source import Repository
from .document import inconsistencies, read
from .signature import signer


def installed_digest() -> str:
    """Return the SHA-256 of the installed distributions and their versions."""
    found = {f"{each.metadata['Name']}=={each.version}" for each in distributions()}
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def file_digests(repository: Repository, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of files of HEAD, those that are there.

    Parameters
    ----------
    repository
        Whose HEAD has the files.
    names
        Their paths, from its root.
    """
    found = {name: repository.committed(name) for name in names}
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in found.items()
        if content is not None
    }


def outdated(record: Mapping[str, Any], repository: Repository) -> list[str]:
    """Say which inputs are not those of the certificate any more.

    Parameters
    ----------
    record
        The certificate.
    repository
        What it is of, as it is now.
    """
    was, now = record["inputs"], current_inputs(repository, record["lock"])
    return [name for name in sorted(now) if was.get(name) != now[name]]


def current_inputs(repository: Repository, lock: str) -> dict[str, Any]:
    """Return digests of all that a verification starts from.

    Parameters
    ----------
    repository
        What is verified.
    lock
        The file that pins the environment, or "".
    """
    names = ["dvc.lock", "dvc.yaml", "params.yaml", *([lock] if lock else [])]
    return {
        "tree": repository.inputs(),
        "files": file_digests(repository, names),
        "packages": installed_digest(),
    }


def state(repository: Repository) -> tuple[str, list[str]]:
    """Return what a certificate is worth now, and why.

    Returns
    -------
    ``inconsistent``, ``stale``, ``unsigned`` or ``signed by KEY``, and reasons.
    """
    path = repository.certificate
    record = read(path)
    if wrong := inconsistencies(record):
        return "inconsistent", wrong
    if changed := outdated(record, repository):
        return "stale", [f"not as it was verified: {', '.join(changed)}"]
    key = signer(path)
    return (f"signed by {key}" if key else "unsigned"), []
