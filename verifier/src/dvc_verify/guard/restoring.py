"""Bring back what a run removed and didn't make again.

Afterwards every output belongs to what `dvc.lock` says, or is as it was before the run.
Nothing is overwritten: what is in the way is put aside. All of it can be killed, and
then done once more.
"""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..repository.files import CONFLICT, read_lock
from . import copies
from .copies import Copies, Output
from .runs import FOLDER

UNFINISHED = FOLDER / "unfinished"  # what a stage had written when it was stopped
REPLACED = FOLDER / "replaced"  # what wasn't the stage's, and the stage wrote over
SHOWN = 3
GUARDED = f"{__package__}.guarded_dvc"  # which imports DVC

Entries = dict[str, dict[str, Any]]  # the stages of each lock


@dataclass
class Outcome:
    """What was done, by the paths of the outputs."""

    copied: list[str] = field(default_factory=list)  # back from the copy
    cached: list[str] = field(default_factory=list)  # back from DVC's cache
    gone: list[str] = field(default_factory=list)  # nowhere any more
    unfinished: list[str] = field(default_factory=list)  # put aside
    replaced: list[str] = field(default_factory=list)  # kept aside
    new: list[str] = field(default_factory=list)  # of stages that ended in the run
    locks: list[str] = field(default_factory=list)  # of DVC, put back
    unlisted: str = ""  # where copies are now that nothing was brought back from

    def back(self) -> str:
        """Say what is back, and from where; "" if nothing had to be brought back."""
        return " and ".join(
            f"{shorten(paths)} from {source}"
            for paths, source in (
                (self.copied, "the copy made before the run"),
                (self.cached, "DVC's cache"),
            )
            if paths
        )

    def others(self) -> Iterator[str]:
        """Yield what else there is to say, each without the end of a sentence."""
        if self.unlisted:
            yield (
                "the list of the copies made before the run can't be read, so nothing "
                f"was brought back from them; they are now in {self.unlisted}"
            )
        if self.gone:
            yield f"not back, for `dvc checkout` did not bring it: {shorten(self.gone)}"
        if self.new:
            yield f"new, as the stage had ended: {shorten(self.new)}"
        if self.unfinished:
            yield (
                f"not recorded as done, and now in {UNFINISHED.as_posix()}: "
                f"{shorten(self.unfinished)}"
            )
        if self.locks:
            yield f"as before the run, for it was cut off: {shorten(self.locks)}"
        if self.replaced:
            yield (
                "replaced by its stage, and what was there is now in "
                f"{REPLACED.as_posix()}: {shorten(self.replaced)}"
            )


def shorten(names: list[str]) -> str:
    """Join the first names, and count the others.

    Examples
    --------
    >>> shorten(list("abcde"))
    'a, b, c and 2 more'
    """
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def restore(environ: Mapping[str, str] | None = None) -> Outcome:
    """Bring the outputs back, and drop the copies.

    Parameters
    ----------
    environ
        The environment of DVC, by default this one.

    Raises
    ------
    Refusal
        If a lock of DVC holds a conflict, which says nothing of the outputs.
    """
    outcome = Outcome()
    before = read(outcome)
    if before is None:
        return outcome
    repair_locks(before, outcome)
    locks = {output.lock for output in before.outputs}
    now = {lock: read_lock(Path(lock)) for lock in locks if Path(lock).exists()}
    ended = ended_stages(before, now)
    outcome.new = [
        output.path
        for output in before.outputs
        if (output.lock, output.stage) in ended and changed(output, output.digest)
    ]
    clear(before, now, ended, outcome)
    bring_back(before, outcome, environ)
    keep_replaced(before, outcome)
    copies.drop()
    return outcome


def keep() -> Outcome:
    """Keep what a whole run replaced and no stage had made, and drop the copies."""
    outcome = Outcome()
    before = read(outcome)
    if before is not None:
        keep_replaced(before, outcome)
        copies.drop()
    return outcome


def read(outcome: Outcome) -> Copies | None:
    """Return the copies, if there are any; those that no list names are put aside."""
    if not copies.HOME.exists():
        return None
    try:
        return copies.read()
    except copies.Unlisted:
        kept = copies.keep(copies.HOME, REPLACED / copies.HOME.name)
        outcome.unlisted = kept.as_posix()
        copies.drop()
        return None


def repair_locks(before: Copies, outcome: Outcome) -> None:
    """Put back a lock that was cut off by a kill while DVC wrote it.

    One that wasn't there before the run is removed.
    """
    for name in sorted({output.lock for output in before.outputs}):
        path, saved = Path(name), before.locks.get(name)
        if not saved and not path.exists():
            continue
        try:
            read_lock(path)
        except Refusal:
            text = path.read_bytes().decode(errors="replace") if path.exists() else ""
            if CONFLICT.search(text):
                raise
            if text:
                put_aside(path, UNFINISHED)
            if saved:
                copies.place(copies.HOME / saved, path)
            else:
                copies.remove(path)
            outcome.locks.append(name)


def ended_stages(before: Copies, now: Entries) -> set[tuple[str, str]]:
    """Return the stages that ended in the run with something new, with their lock."""
    ended = set()
    for lock, entries in now.items():
        saved = before.locks.get(lock)
        old = read_lock(copies.HOME / saved) if saved else {}
        ended |= {(lock, name) for name in entries if entries[name] != old.get(name)}
    return ended


def clear(
    before: Copies, now: Entries, ended: set[tuple[str, str]], outcome: Outcome
) -> None:
    """Put aside what a stage wrote that didn't end.

    DVC removes all outputs of a stage first. Where it left one alone, the stage hasn't
    begun, and a difference in another is the user's.
    """
    stages: dict[tuple[str, str], list[Output]] = defaultdict(list)
    for output in before.outputs:
        stages[output.lock, output.stage].append(output)
        copies.remove(copies.partial_of(output.place))
    for stage, outputs in stages.items():
        removed = [output for output in outputs if not output.persist] or outputs
        if stage in ended or not all(is_touched(output) for output in removed):
            continue
        for output in outputs:
            digest = digest_in(now, output)
            if copies.state_of(output.place) is not None and changed(output, digest):
                put_aside(output.place, UNFINISHED)
                outcome.unfinished.append(output.path)


def is_touched(output: Output) -> bool:
    """Say whether an output was removed or written since, whatever is in it now."""
    return output.state is None or copies.state_of(output.place) != output.state


def changed(output: Output, digest: str) -> bool:
    """Say whether an output is neither its copy nor what a digest names."""
    if output.saved and copies.equal(output.saved, output.place):
        return False
    return not digest or copies.digest_of(output.place) != digest


def digest_in(entries: Entries, output: Output) -> str:
    """Return the digest of an output in a lock, or ""."""
    stage = entries.get(output.lock, {}).get(output.stage, {})
    digests = {item.get("md5", "") for item in stage.get("outs", [])}
    return output.digest if output.digest in digests else ""


def bring_back(
    before: Copies, outcome: Outcome, environ: Mapping[str, str] | None
) -> None:
    """Bring back what was there and is missing, from its copy or DVC's cache.

    Parameters
    ----------
    before
        What there was before the run.
    outcome
        To which it is added what was done.
    environ
        The environment of DVC.
    """
    missing = [
        output
        for output in before.outputs
        if output.state is not None and copies.state_of(output.place) is None
    ]
    cached = [output for output in missing if not output.saved]
    for output in missing:
        if output.saved:
            copies.move(output.saved, output.place)  # which a full disk allows
            outcome.copied.append(output.path)
    if cached:
        check_out(cached, outcome, environ)


def check_out(
    cached: list[Output], outcome: Outcome, environ: Mapping[str, str] | None
) -> None:
    """Let DVC bring back outputs, and no other; without force it overwrites none.

    Parameters
    ----------
    cached
        The outputs.
    outcome
        To which it is added what was done.
    environ
        The environment of DVC.
    """
    # It fails as a whole if one isn't in the cache, and still brings the others.
    subprocess.run(
        [
            *(sys.executable, "-m", GUARDED, "checkout", "--quiet", "--"),
            *(str(output.place.absolute()) for output in cached),
        ],
        env=environ,
        stdin=subprocess.DEVNULL,  # it asks nothing
        capture_output=True,
        check=False,
    )
    for output in cached:
        there = copies.state_of(output.place) is not None
        (outcome.cached if there else outcome.gone).append(output.path)


def keep_replaced(before: Copies, outcome: Outcome) -> None:
    """Keep what was in an output's place, was edited, and isn't there any more."""
    for output in before.outputs:
        if output.edited and output.saved:
            if not copies.equal(output.saved, output.place):
                copies.keep(output.saved, REPLACED / inside(output.place))
                outcome.replaced.append(output.path)


def put_aside(path: Path, folder: Path) -> None:
    """Move an output to a folder, in place of what was put there before."""
    target = folder / inside(path)
    copies.remove(target)
    copies.move(path, target)


def inside(path: Path) -> Path:
    """Return a path below a folder that stands for any output's."""
    return path.relative_to(path.anchor)
