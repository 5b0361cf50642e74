"""Which verifier ran: its version, its wheel, and the code itself.

The wheel is the one that a requirements file of the repository names, if there is such
a file: then the code that runs must be what that wheel holds. Otherwise it is the one
that the installer wrote down (``direct_url.json``, PEP 610), if it did.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Any

from .. import __version__
from ..errors import Refusal
from ..repository.source import Repository

HOME = Path(__file__).resolve().parents[1]
CODE = (".json", ".py")
LINE = re.compile(r"^\s*(\S+\.whl)\s+(?:\\\s*)?--hash=sha256:([0-9a-f]{64})\b", re.M)


def describe_verifier(repository: Repository, requirements: str) -> dict[str, str]:
    """Return what a certificate says of the verifier that ran.

    Parameters
    ----------
    repository
        What is verified.
    requirements
        The file of HEAD that names the wheel of the verifier with its SHA-256, or "".

    Raises
    ------
    Refusal
        If HEAD hasn't that wheel, or it holds other code than runs.
    """
    code = code_digest(read_code(HOME))
    wheel = installed_wheel()
    if requirements:
        wheel = named_wheel(repository, requirements, code)
    return {"version": __version__, "wheel": wheel, "code": code}


def read_code(folder: Path) -> dict[str, bytes]:
    """Return the content of each file of code below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in CODE and path.is_file()
    }


def code_digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of code, given by the path of each file."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


def named_wheel(repository: Repository, requirements: str, code: str) -> str:
    """Return the SHA-256 of the wheel that a file of HEAD names.

    Parameters
    ----------
    repository
        Whose HEAD holds the file and the wheel.
    requirements
        The file; its path, and those in it, are from the root of the repository.
    code
        The digest of the code that runs.

    Raises
    ------
    Refusal
        If it names none, HEAD has another, or it holds other code than runs.
    """
    text = (repository.committed(requirements) or b"").decode("utf-8", "replace")
    found = LINE.search(text)
    if found is None:
        raise Refusal(f"{requirements} of HEAD names no wheel with its hash")
    path, digest = PurePosixPath(found[1]).as_posix(), found[2]
    content = repository.committed(path)
    if content is None or hashlib.sha256(content).hexdigest() != digest:
        raise Refusal(f"{path} of HEAD is not the wheel that {requirements} names")
    if code_digest(_code_of(content)) != code:
        raise Refusal(f"the verifier that runs is not {path}; install that one")
    return digest


def _code_of(wheel: bytes) -> dict[str, bytes]:
    """Return the code that a wheel installs."""
    top = f"{HOME.name}/"
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        names = [name for name in archive.namelist() if name.startswith(top)]
        return {
            name.removeprefix(top): archive.read(name)
            for name in names
            if name.endswith(CODE)
        }


def installed_wheel() -> str:
    """Return the SHA-256 of the wheel that was installed, if it was written down."""
    try:
        found = distribution("dvc-verify")
    except PackageNotFoundError:
        return ""
    if Path(str(found.locate_file(HOME.name))).resolve() != HOME:
        return ""  # another one is installed than runs
    return _written_down(found)


def _written_down(found: Distribution) -> str:
    try:
        record: Any = json.loads(found.read_text("direct_url.json") or "{}")
        archive = record.get("archive_info", {})
        named = archive.get("hashes", {}).get("sha256", "")
        digest = named or archive.get("hash", "").removeprefix("sha256=")
    except (AttributeError, ValueError):
        return ""
    return digest if re.fullmatch("[0-9a-f]{64}", digest) else ""
