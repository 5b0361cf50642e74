"""The results that a run is compared with: those of a commit, or a record's.

A repository may hold a record of results that came with it, and of where they were
made. It is cited as long as the commit holds those results.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..options import Options
from ..repository import files
from ..repository.git import ask
from . import platforms
from .results import Entries, Ran, from_lock, from_record, outputs

LOCK, PIPELINE = "dvc.lock", "dvc.yaml"


@dataclass(frozen=True)
class Before:
    """The results that a run is compared with."""

    ran: Ran
    name: str  # what to call them
    made_on: Mapping[str, str]  # of the reference alone
    revision: str  # "" if nothing is committed


def current(root: Path) -> Ran:
    """Return what the last run here gave.

    Raises
    ------
    Refusal
        If a file of DVC can't be used.
    """
    lock = files.read_yaml(root / LOCK)
    pipeline = files.read_yaml(root / PIPELINE)
    return Ran(from_lock(files.stages_of(lock, LOCK)), files.declared(pipeline))


def find_before(root: Path, revision: str, options: Options) -> Before | None:
    """Return the results of a commit, else those that came with the repository.

    Parameters
    ----------
    root
        The root of the DVC repository.
    revision
        The commit, as git names it.
    options
        Say where the record of the reference is.

    Raises
    ------
    Refusal
        If git doesn't know the commit, or what it holds can't be used.
    """
    if revision != "HEAD" and ask(root, "rev-parse", "--verify", revision) is None:
        raise Refusal(f"git knows no revision '{revision}'")
    text = ask(root, "show", f"{revision}:./{LOCK}")
    if text is None:  # no git, no commit, or a folder that isn't in it
        record = None
        with suppress(Refusal):
            if options.reference:
                place = root / options.reference
                record = read_record(files.read_text(place), options)
        if record is None:
            return None
        names = [name.partition("@")[0] for name in record[0]]
        return Before(Ran(record[0], names), "the reference", record[1], "")
    name = f"{revision}:{LOCK}"
    entries = from_lock(files.stages_of(files.parse_yaml(text, name), name))
    shown = ask(root, "show", f"{revision}:./{PIPELINE}") or ""
    pipeline = files.parse_yaml(shown, f"{revision}:{PIPELINE}")
    made_on: Mapping[str, str] = {}
    if options.reference:
        kept = ask(root, "show", f"{revision}:./{options.reference}") or ""
        record = read_record(kept, options)
        if record and outputs(record[0]) == outputs(entries):
            made_on = record[1]
    called = "the reference"
    if not made_on:
        commit = (ask(root, "rev-parse", "--short", revision) or "").strip()
        called = f"what is committed ({revision} {commit})"
    return Before(Ran(entries, files.declared(pipeline)), called, made_on, revision)


def read_record(text: str, options: Options) -> tuple[Entries, dict[str, str]] | None:
    """Return the stages of a record and where they ran, or None if it isn't one.

    Parameters
    ----------
    text
        What the file holds.
    options
        Say what placeholders in it stand for.
    """
    try:
        record = json.loads(text)
        stages = from_record(record["stages"], options.placeholders)
        return stages, {**record["platform"]}
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


def make_record(
    root: Path, options: Options, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return the record of the results that are here.

    Where the last record is of the same results, it says where those were made.

    Parameters
    ----------
    root
        The root of the DVC repository.
    options
        Say where the last record is, and what placeholders stand for.
    environment
        In which the stages compute.
    """
    entries = current(root).stages
    place = root / options.reference
    text = place.read_text(encoding="utf-8") if place.is_file() else ""
    before = read_record(text, options)
    same = before is not None and outputs(before[0]) == outputs(entries)
    platform = platforms.describe_platform(environment)
    shown = json.dumps({name: asdict(each) for name, each in entries.items()})
    for placeholder, value in options.placeholders.items():
        shown = shown.replace(value, placeholder)
    return {
        "platform": before[1] if before and same else platform,
        "stages": json.loads(shown),
    }
