"""A certificate as a file: written, read, and whether it holds together."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..compare import contents
from ..errors import Refusal
from . import schema

FORMAT = 2  # certificate.schema.json describes it
SCHEMA = Path(__file__).with_name("certificate.schema.json")


def canonical_digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record's canonical JSON, its own digest left out."""
    kept = {key: value for key, value in record.items() if key != "digest"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a certificate, whole or not at all.

    Parameters
    ----------
    path
        Where to; a signature beside it goes, since it signs another content.
    record
        What it holds, its digest included.
    """
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
        raise Refusal(f"{path} is missing; a verification writes it") from None
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
    described = json.loads(SCHEMA.read_text(encoding="utf-8"))
    if errors := [error[:200] for error in schema.errors(record, described)]:
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
        differ = each["control"] != each["experiment"] and each["runs"] == "identical"
        same = each["control"] == each["experiment"] and each["runs"] != "identical"
        if each["grade"] != both or differ or same:
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
