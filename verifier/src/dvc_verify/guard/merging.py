"""Merge `dvc.lock` for git, stage by stage: the driver that `merge_driver` sets.

    python -m dvc_verify.guard.merging BASE OURS THEIRS PATH

A stage's entry says what one run read and wrote. A merge of lines would make entries
that no run gave; here each entry is taken whole from one side, or left out.
"""

import io
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

STAGES = "stages"
SCHEMA = "2.0"
EMPTY = f"schema: '{SCHEMA}'\n".encode()  # for a base of no bytes: there is none

Lock = dict[str, Any]


class Unreadable(Exception):
    """One line on a file that can't be merged."""


def yaml() -> YAML:
    """Return what reads and writes as DVC does, so that bytes stay as they are."""
    found = YAML()
    found.default_flow_style = False
    return found


def read(text: bytes, side: str) -> Lock:
    """Read one side.

    Raises
    ------
    Unreadable
        If it is not a lock of DVC.
    """
    try:
        content = yaml().load(text.decode("utf-8"))
    except (YAMLError, ValueError, RecursionError):
        raise Unreadable(f"{side} is not YAML") from None
    stages = content.get(STAGES, {}) if isinstance(content, dict) else None
    if not isinstance(stages, dict) or content.get("schema") != SCHEMA:
        raise Unreadable(f"{side} is not a lock of DVC's schema {SCHEMA}")
    for name, entry in stages.items():
        if not (isinstance(name, str) and isinstance(entry, dict)):
            raise Unreadable(f"stage '{name}' of {side} has no entry")
    return dict(content) | {STAGES: dict(stages)}


def write(content: Any) -> str:
    """Write as DVC does."""
    stream = io.StringIO()
    yaml().dump(content, stream)
    return stream.getvalue()


def merge(base: Lock, ours: Lock, theirs: Lock) -> tuple[Lock, list[str]]:
    """Merge entries by name; return those kept, and the names of those left out.

    Left out is what both sides changed, and not to the same: neither run read what the
    merge holds.

    Examples
    --------
    >>> merge({"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 3, "c": 1})
    ({'a': 2, 'c': 1}, ['b'])
    """
    kept, left_out = {}, []
    for name in ours | theirs:
        texts = [
            write(side[name]) if name in side else None for side in (base, ours, theirs)
        ]
        if texts[1] != texts[2] and texts[0] not in texts[1:]:
            left_out.append(name)
            continue
        side = theirs if texts[0] == texts[1] else ours
        if name in side:
            kept[name] = side[name]
    return kept, left_out


def merge_locks(texts: list[bytes]) -> tuple[str, list[str]]:
    """Merge base, ours and theirs; return the text, and the stages left out.

    Raises
    ------
    Unreadable
        If one is not a lock of DVC, or another part than the stages is in conflict.
    """
    base, ours, theirs = texts
    locks = [
        read(base or EMPTY, "the common ancestor"),
        read(ours, "ours"),
        read(theirs, "theirs"),
    ]
    stages, left_out = merge(*(lock.pop(STAGES) for lock in locks))
    merged, conflicts = merge(*locks)
    if conflicts:
        raise Unreadable(f"both sides changed '{conflicts[0]}'")
    return write(merged | {STAGES: stages}), left_out


def main(arguments: list[str]) -> int:
    """Write the merge into the second file; return 1 if it stays as it is."""
    if len(arguments) != 4:
        print("usage: merging BASE OURS THEIRS PATH", file=sys.stderr)
        return 2
    *files, path = arguments
    try:
        text, left_out = merge_locks([Path(name).read_bytes() for name in files])
        Path(files[1]).write_bytes(text.encode("utf-8"))
    except (Unreadable, OSError) as error:
        print(f"{path} is not merged: {error}; it is kept as ours", file=sys.stderr)
        return 1
    if left_out:
        print(
            f"{path}: both sides changed {', '.join(left_out)}, each in its own way; "
            "left out, so that the next `repro` runs them",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
