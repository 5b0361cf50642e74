"""Say whether a run gave the results of a commit, and if not, where it begins."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refusal, printable
from ..options import Options
from ..repository.git import ask, is_refused
from . import contents, platforms
from .reference import LOCK, Before, current, find_before
from .results import Difference, compare, outputs

REFUSED = "Git doesn't read the repository here, so there is nothing to compare with."
SHOWN = 3  # names of a list
# What the last digits may depend on, as it is called.
DECISIVE = {
    "system": "system",
    "c_library": "C library",
    "machine": "machine",
    "cpu": "processor",
    "blas": "code for linear algebra",
}


@dataclass(frozen=True)
class Place:
    """Where a run is compared, and what is known of where stages compute."""

    root: Path  # of the DVC repository
    options: Options
    environment: Mapping[str, str]  # in which stages compute
    pinned: bool = False  # whether stages give the same bytes on every processor


def report(place: Place, revision: str = "HEAD") -> Iterator[str]:
    """Yield what there is to say of the results, a line each.

    Parameters
    ----------
    place
        Where they are.
    revision
        The commit to compare with.

    Raises
    ------
    Refusal
        If a file of DVC that is here can't be used.
    """
    try:
        before = find_before(place.root, revision, place.options)
    except Refusal as error:
        yield f"There is nothing to compare with: {error}."
        return
    if before is None:
        yield REFUSED if is_refused(place.root) else nothing(place.options)
        return
    after = current(place.root)
    found = compare(before.ran, after)
    if found.missing:
        yield f"Not compared with {before.name}: stage {shorten(found.missing)}."
    if found.inputs:
        which = "all outputs that both have" if found.missing else "all outputs"
        same = "" if found.results else f"; {which} are the same"
        inputs = shorten(found.inputs)
        yield f"These results have other inputs than {before.name}: {inputs}{same}."
    if found.outputs:
        yield from describe(place, before, found)
    elif not found.inputs:
        yield from agreement(place, before, found, list(outputs(after.stages)))


def nothing(options: Options) -> str:
    """Say that neither a commit nor a record holds results."""
    record = ""
    if options.reference:
        record = f", and {options.reference} holds no results"
    return f"There is nothing to compare with: no commit holds {LOCK}{record}."


def shorten(names: list[str]) -> str:
    """Join the first names, and count the others.

    Examples
    --------
    >>> shorten(list("abcde"))
    'a, b, c and 2 more'
    """
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def agreement(
    place: Place, before: Before, found: Difference, paths: list[str]
) -> Iterator[str]:
    """Say that all is the same, as far as it is committed.

    Of the outputs, git sees those that DVC doesn't hold.

    Parameters
    ----------
    place, before
        Where the results are, and those that they are compared with.
    found
        How they differ.
    paths
        All outputs.
    """
    if found.results:
        yield f"What follows from it differs from {before.name}."
    elif found.missing:
        yield f"All else is identical to {before.name}."
    elif changed := _uncommitted(place.root, before.revision, paths):
        yield (
            f"{LOCK} is the same as in {before.name}, but {shorten(changed)} is not; "
            "commit both."
        )
    else:
        yield f"Identical to {before.name}."


def _uncommitted(root: Path, revision: str, paths: list[str]) -> list[str]:
    """Return the folders of those outputs that git holds otherwise than a commit."""
    if not revision:
        return []
    listed = ask(
        root, "diff", "--relative", "--name-only", "-z", revision, "--", *paths
    )
    new = ask(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *paths)
    names = [name for text in (listed, new) for name in (text or "").split("\0")]
    tops = [name.partition("/") for name in names if name]
    return sorted({top + slash for top, slash, _ in tops})


def describe(place: Place, before: Before, found: Difference) -> Iterator[str]:
    """Say which outputs differ first, by how much, and what the platform explains.

    Parameters
    ----------
    place, before
        Where the results are, and those that they are compared with.
    found
        How they differ.
    """
    first = [
        f"{path} (stage '{stage}')"
        for stage, paths in found.outputs.items()
        for path in paths
    ]
    yield f"Not identical to {before.name}. Differs first: {shorten(first)}."
    yield from amounts(place, before)
    if before.made_on:
        yield from explain(place, before.made_on)
    elif place.pinned:
        yield (
            "Another system or C library may change the last digits; another processor "
            "doesn't."
        )
    else:
        yield "Another processor, system or C library may change the last digits."


def explain(place: Place, made_on: Mapping[str, str]) -> Iterator[str]:
    """Say where the reference was made, and whether that explains a difference.

    Where the computation is pinned the processor doesn't, nor does Python ever: one
    lock gives the same bytes with each that is supported.

    Parameters
    ----------
    place
        Where the results are.
    made_on
        The platform that the reference was made on.
    """
    here = platforms.describe_platform(place.environment)
    yield f"The reference was made on {platforms.sentence(made_on)}."
    other = [
        word
        for key, word in DECISIVE.items()
        if here.get(key) != made_on.get(key) and not (place.pinned and key == "cpu")
    ]
    if other:
        yield f"This is {platforms.sentence(here)}."
        yield f"With another {' and '.join(other)} the last digits may differ."
    elif place.pinned:
        yield "The processor makes no difference here, so there is another cause."
    else:
        yield "Nothing is pinned here, so the last digits may differ."


def amounts(place: Place, before: Before) -> Iterator[str]:
    """Say by how much the small results differ from those that are committed.

    Parameters
    ----------
    place, before
        Where the results are, and those that they are compared with.
    """
    for name in place.options.amounts:
        text = ask(place.root, "show", f"{before.revision or 'HEAD'}:./{name}")
        if text is None or not (place.root / name).is_file():
            continue
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / Path(name).name
            kept.write_text(text, encoding="utf-8", newline="\n")
            compared = contents.compare(kept, place.root / name)
        detail = "" if compared.grade == "identical" else f", {compared.detail}"
        yield f"  {name}: {compared.grade}{detail}"


def print_report(place: Place, revision: str = "HEAD") -> None:
    """Print what `report` yields, each line as soon as it is known.

    Parameters
    ----------
    place, revision
        As for `report`.
    """
    for line in report(place, revision):
        print(printable(line))
        sys.stdout.flush()
