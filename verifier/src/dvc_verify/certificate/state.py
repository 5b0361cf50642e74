"""The record of a verification: written, held against the repository, and signed.

An unsigned certificate is no proof against forgery: whoever can commit can write one.
A signature says who vouches for it; an attestation of CI says who ran it.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from ..compare import contents
from ..errors import Refusal
from ..repository.source import RECORDS, Repository

FORMAT = 1  # certificate.schema.json describes it
NAMESPACE = "dvc-verify"  # of signatures
SCHEMA = Path(__file__).with_name("certificate.schema.json")


def canonical_digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record's canonical JSON, its own digest left out."""
    kept = {key: value for key, value in record.items() if key != "digest"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest() -> str:
    """Return the SHA-256 of the code of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.*")):
        if path.suffix in (".py", ".json"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def installed_digest() -> str:
    """Return the SHA-256 of the installed distributions and their versions."""
    found = {f"{each.metadata['Name']}=={each.version}" for each in distributions()}
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def file_digests(repository: Repository, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of files of HEAD, those that are there."""
    found = {name: repository.committed(name) for name in names}
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in found.items()
        if content is not None
    }


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a certificate, whole or not at all."""
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
        Path(f"{path}.sig").unlink(missing_ok=True)  # which signs another content
    except OSError as error:
        raise Refusal(f"{path} can't be written: {error.strerror}") from None


def read(path: Path) -> dict[str, Any]:
    """Read a certificate.

    Raises
    ------
    Refusal
        If it is missing, is not JSON, or not of this format.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `invoke verify` writes it") from None
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{path} is not JSON: {error}") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        given = record.get("format") if isinstance(record, dict) else None
        raise Refusal(f"{path} has format {given}; this version reads {FORMAT}")
    return record


def verdict(record: Mapping[str, Any]) -> str:
    """Return the verdict that grades, findings and scope lead to."""
    grade = contents.worst([each["grade"] for each in record["outputs"]])
    if record["findings"] or grade == "different":
        return "failed"
    return "partial" if record["scope"]["missing"] else "verified"


def inconsistencies(record: Mapping[str, Any]) -> list[str]:
    """Say what doesn't follow from what in a certificate."""
    import jsonschema

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema)
    if errors := [error.message[:200] for error in checker.iter_errors(record)]:
        return errors
    found = []
    if record["digest"] != canonical_digest(record):
        found.append("its digest is not that of its content")
    grade = contents.worst([each["grade"] for each in record["outputs"]])
    if record["grade"] != grade:
        found.append(f"its grade is '{record['grade']}', its outputs give '{grade}'")
    if record["verdict"] != verdict(record):
        told = verdict(record)
        found.append(f"its verdict is '{record['verdict']}', it should be '{told}'")
    for each in record["outputs"]:
        both = contents.worst([each["runs"], each["committed"]])
        other = each["first"] != each["second"] and each["runs"] == "identical"
        same = each["first"] == each["second"] and each["runs"] != "identical"
        if each["grade"] != both or other or same:
            found.append(f"the grade of {each['path']} is not that of its digests")
    return found + _wrong_counts(record)


def _wrong_counts(record: Mapping[str, Any]) -> list[str]:
    scope, stages = record["scope"], record["stages"]
    counts = {
        "stages": len(stages),
        "traced": sum(each["trace"] not in ("", "failed") for each in stages),
        "tried": sum(each["grade"] == "tried" for each in record["factors"]),
        "fixed": sum("launcher" in each["grade"] for each in record["factors"]),
    }
    return [
        f"its scope counts {scope[name]} {name}, its lists {count}"
        for name, count in counts.items()
        if scope[name] != count
    ]


def outdated(record: Mapping[str, Any], repository: Repository) -> list[str]:
    """Say which inputs are not those of the certificate any more."""
    was, now = record["inputs"], current_inputs(repository, record["lock"])
    return [name for name in sorted(now) if was.get(name) != now[name]]


def current_inputs(repository: Repository, lock: str) -> dict[str, Any]:
    """Return digests of all that a verification starts from."""
    names = ["dvc.lock", "dvc.yaml", "params.yaml", *([lock] if lock else [])]
    return {
        "tree": repository.inputs(),
        "files": file_digests(repository, names),
        "packages": installed_digest(),
    }


def sign(path: Path, key: Path) -> None:
    """Sign a certificate with a key of SSH, beside it in a file ``.sig``.

    Raises
    ------
    Refusal
        If the key can't sign.
    """
    words = ["-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)]
    finished = _ssh_keygen(words, path.read_text(encoding="utf-8"))
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
    words = ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature)]
    finished = _ssh_keygen(words, path.read_text(encoding="utf-8"))
    if finished.returncode:
        raise Refusal(f"{signature} is not a signature of {path.name}")
    return finished.stdout.strip().rpartition(" key ")[2]


def _ssh_keygen(words: list[str], given: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise Refusal("ssh-keygen is not installed; signatures need it")
    return subprocess.run(
        [program, *words],
        input=given,
        env={**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def state(repository: Repository) -> tuple[str, list[str]]:
    """Return what a certificate is worth now, and why.

    Returns
    -------
    ``inconsistent``, ``stale``, ``unsigned`` or ``signed by KEY``, and reasons.
    """
    path = repository.root / RECORDS[0]
    record = read(path)
    if wrong := inconsistencies(record):
        return "inconsistent", wrong
    if changed := outdated(record, repository):
        return "stale", [f"not as it was verified: {', '.join(changed)}"]
    key = signer(path)
    return (f"signed by {key}" if key else "unsigned"), []
