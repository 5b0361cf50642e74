"""Say whether a run gave the results that are committed, and if not, where it begins.

A fresh project holds the results of the template: the reference. After the first
commit of other results, those are what a run is compared with.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from invoke.exceptions import Exit

from .ci import REFUSED, git, git_refuses
from .commands import ROOT, package, runtime
from .digests import printable
from .files import (
    parse_json,
    parse_yaml,
    read_lock,
    read_text,
    read_yaml_file,
    stages_of,
)
from .results import Difference, Ran, Stages, compare, from_lock, from_record, outputs
from .texts import shorten

LOCK = "dvc.lock"
REFERENCE = "reports/reference.json"
SMALL = ("reports/metrics.json", "reports/trials.csv")  # to say by how much
NOTHING = (
    f"There is nothing to compare with: no commit holds {LOCK}, and {REFERENCE} holds "
    "no results."
)
# What the last digits may depend on, as it is called.
DECISIVE = {
    "system": "system",
    "c_library": "C library",
    "machine": "machine",
    "cpu": "processor",
    "blas": "code for linear algebra",
}


@dataclass(frozen=True)
class Before:
    """The results that a run is compared with."""

    ran: Ran
    made_on: dict[str, str]  # of the reference alone
    committed: bool

    @property
    def name(self) -> str:
        """What to call them."""
        if self.made_on or not self.committed:
            return "the reference"
        commit = (git("rev-parse", "--short", "HEAD") or "").strip()
        return f"what is committed (HEAD {commit})"


def report() -> None:
    """Print how the results compare with those of before."""
    for line in lines():
        print(printable(line))


def lines() -> Iterator[str]:
    """Yield what there is to say of the results, a line each."""
    try:
        before = find_before()
    except Exit as error:
        yield f"There is nothing to compare with: {error}."
        return
    if before is None:
        yield REFUSED if git_refuses() else NOTHING
        return
    after = Ran(
        from_lock(read_lock(ROOT / LOCK)),
        stage_names(read_yaml_file(ROOT / "dvc.yaml")),
    )
    found = compare(before.ran, after)
    if found.missing:
        yield f"Not compared with {before.name}: stage {shorten(found.missing)}."
    if found.inputs:
        which = "all outputs that both have" if found.missing else "all outputs"
        same = "" if found.results else f"; {which} are the same"
        inputs = shorten(found.inputs)
        yield f"These results have other inputs than {before.name}: {inputs}{same}."
    if found.outputs:
        yield from describe(found, before)
    elif not found.inputs:
        yield from agreement(before, found, list(outputs(after.stages)))


def stage_names(pipeline: dict[str, Any]) -> list[str]:
    """Return the names of the stages that a dvc.yaml declares."""
    stages = pipeline.get("stages", {})
    return list(stages) if isinstance(stages, dict) else []


def find_before() -> Before | None:
    """Return the results of HEAD, else those that came with the project, if any.

    The record that came with the project speaks of the template's results alone.

    Raises
    ------
    Exit
        If what HEAD holds can't be read.
    """
    text = git("show", f"HEAD:./{LOCK}")
    if text is None:  # no git, no commit, or a folder that isn't in it
        record = None
        with suppress(Exit):
            record = read_record(read_text(ROOT / REFERENCE))
        if record is None:
            return None
        names = [name.partition("@")[0] for name in record[0]]
        return Before(Ran(record[0], names), record[1], committed=False)
    stages = from_lock(stages_of(parse_yaml(text, f"HEAD:{LOCK}"), f"HEAD:{LOCK}"))
    pipeline = parse_yaml(git("show", "HEAD:./dvc.yaml") or "", "HEAD:dvc.yaml")
    record = read_record(git("show", f"HEAD:./{REFERENCE}") or "")
    same = record is not None and outputs(record[0]) == outputs(stages)
    made_on = record[1] if record and same else {}
    return Before(Ran(stages, stage_names(pipeline)), made_on, committed=True)


def read_record(text: str) -> tuple[Stages, dict[str, str]] | None:
    """Return the stages of a record and where they ran, or None if it isn't one."""
    try:
        record = parse_json(text, REFERENCE)
        return from_record(record["stages"], package()), record["platform"]
    except (AttributeError, Exit, KeyError, TypeError):
        return None


def agreement(before: Before, found: Difference, paths: list[str]) -> Iterator[str]:
    """Say that all is the same, as far as it is committed.

    Of the outputs, git sees those that DVC doesn't hold.
    """
    if found.results:
        yield f"What follows from it differs from {before.name}."
    elif found.missing:
        yield f"All else is identical to {before.name}."
    elif before.committed and git("status", "--porcelain", "--", *paths):
        yield (
            f"{LOCK} is the same as in {before.name}, but reports/ is not; commit both."
        )
    else:
        yield f"Identical to {before.name}."


def describe(found: Difference, before: Before) -> Iterator[str]:
    """Say which outputs differ first, by how much, and what the platform explains."""
    first = [
        f"{path} (stage '{stage}')"
        for stage, paths in found.outputs.items()
        for path in paths
    ]
    yield f"Not identical to {before.name}. Differs first: {shorten(first)}."
    yield from amounts()
    if before.made_on:
        yield from explain(before.made_on)
    elif is_pinned():
        yield (
            "Another system or C library may change the last digits; another processor "
            "doesn't."
        )
    else:
        yield "Another processor, system or C library may change the last digits."


def explain(made_on: dict[str, str]) -> Iterator[str]:
    """Say where the reference was made, and whether that explains a difference.

    Where the computation is pinned the processor doesn't, nor does Python ever: one
    lock gives the same bytes with each that is supported.
    """
    from reproducibility.platforms import sentence

    here, pinned = describe_here(), is_pinned()
    yield f"The reference was made on {sentence(made_on)}."
    other = [
        word
        for key, word in DECISIVE.items()
        if here.get(key) != made_on.get(key) and not (pinned and key == "cpu")
    ]
    if other:
        yield f"This is {sentence(here)}."
        yield f"With another {' and '.join(other)} the last digits may differ."
    elif pinned:
        yield "The processor makes no difference here, so there is another cause."
    else:
        yield "Nothing is pinned here, so the last digits may differ."


def amounts() -> Iterator[str]:
    """Say by how much the small results differ from those that are committed."""
    from reproducibility import contents

    for name in SMALL:
        text = git("show", f"HEAD:./{name}")
        if text is None or not (ROOT / name).is_file():
            continue
        with tempfile.TemporaryDirectory() as folder:
            before = Path(folder) / Path(name).name
            before.write_text(text, encoding="utf-8", newline="\n")
            compared = contents.compare(before, ROOT / name)
        detail = "" if compared.grade == "identical" else f", {compared.detail}"
        yield f"  {name}: {compared.grade}{detail}"


def is_pinned() -> bool:
    """Say whether the bytes here are those of every Linux x86-64 with AVX2."""
    found = runtime("processor").find_processor()
    pinned: bool = runtime("process").is_pinned(os.environ, found)
    return pinned and sys.platform == "linux"


def describe_here() -> dict[str, str]:
    """Describe the platform as the stages see it."""
    from reproducibility.platforms import describe_platform

    return describe_platform(runtime("process").fix(os.environ))
