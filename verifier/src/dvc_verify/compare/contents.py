"""Two files, compared by what they hold where their bytes differ.

``python -m dvc_verify.compare.contents CONTROL EXPERIMENT [TOLERANCE] [free]`` compares
two and prints the result as JSON: `compare` starts it, so that a file which takes too
long or too much memory to decode ends that process alone.
"""

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .decoding import DECODERS

GRADES = (
    "identical",
    "same content",
    "same predictions",
    "within tolerance",
    "different",
)
LONGEST = 10  # seconds to decode and compare
LARGEST = 10**9  # bytes: of a file, and of memory


@dataclass(frozen=True)
class Agreement:
    """How far two files agree, and where they first do not."""

    grade: str
    detail: str = ""


def worst(grades: list[str]) -> str:
    """Return the worst of some grades, ``identical`` if there are none."""
    return max(grades, key=GRADES.index, default=GRADES[0])


def compare(
    control: Path, experiment: Path, tolerance: float = 0.0, order_free: bool = False
) -> Agreement:
    """Compare two files or folders.

    Parameters
    ----------
    control, experiment
        What to compare. The format is told by the suffix of `control`.
    tolerance
        The largest relative difference of two numbers that counts as within tolerance.
    order_free
        Whether rows of a table, or items of a JSON list, may come in any order.
    """
    if control.is_dir() and experiment.is_dir():
        return _compare_folders(control, experiment, tolerance, order_free)
    if not (control.is_file() and experiment.is_file()):
        return Agreement(
            "different", f"{control.name} is missing or no file on one side"
        )
    if _digest(control) == _digest(experiment):
        return Agreement("identical")
    place = _first_byte(control, experiment)
    if control.suffix not in DECODERS:
        return Agreement("different", place)
    if max(control.stat().st_size, experiment.stat().st_size) > LARGEST:
        return Agreement("different", f"{place}; too large to decode")
    argv = [
        sys.executable,
        "-m",
        __name__,
        str(control.resolve()),
        str(experiment.resolve()),
    ]
    argv += [repr(tolerance), *(["free"] if order_free else [])]
    try:
        finished = subprocess.run(
            argv,
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Agreement(**json.loads(finished.stdout))
    except subprocess.TimeoutExpired:
        return Agreement("different", f"{place}; decoding took over {LONGEST} s")
    except ValueError:
        return Agreement("different", f"{place}; it can't be decoded")


def _compare_folders(
    control: Path, experiment: Path, tolerance: float, order_free: bool
) -> Agreement:
    names = [_names(folder) for folder in (control, experiment)]
    if alone := sorted(names[0] ^ names[1]):
        return Agreement("different", f"{alone[0]} is on one side only")
    found = [
        (name, compare(control / name, experiment / name, tolerance, order_free))
        for name in sorted(names[0])
    ]
    grade = worst([each.grade for _, each in found])
    for name, each in found:
        if each.grade == grade and each.detail:
            return Agreement(grade, f"{name}: {each.detail}")
    return Agreement(grade)


def _names(folder: Path) -> set[str]:
    found = {path for path in folder.rglob("*") if not path.is_dir()}
    return {path.relative_to(folder).as_posix() for path in found}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _first_byte(control: Path, experiment: Path) -> str:
    """Say where the bytes of two files first differ, and show both sides."""
    size, offset = 1 << 16, 0
    with control.open("rb") as left, experiment.open("rb") as right:
        while (block := left.read(size)) == (beside := right.read(size)) and block:
            offset += len(block)
    pairs = zip(block, beside, strict=False)
    ends = min(len(block), len(beside))
    at = next((number for number, (a, b) in enumerate(pairs) if a != b), ends)
    start = max(at - 8, 0)
    shown = [repr(bytes(side[start : at + 24])) for side in (block, beside)]
    return f"byte {offset + at}: {shown[0]} against {shown[1]}"


def differences(
    control: Any, experiment: Any, place: str = ""
) -> Iterator[tuple[str, float]]:
    """Yield each place where two contents differ, and by how much.

    The amount is the relative difference of two numbers, infinite for all else.

    Parameters
    ----------
    control, experiment
        What both files hold, decoded.
    place
        Where in them these are, such as ``rows[3].name``; "" at the top.
    """
    if isinstance(control, dict) and isinstance(experiment, dict):
        for key in sorted(control.keys() | experiment.keys(), key=str):
            below = f"{place}.{key}" if place else str(key)
            if key in control and key in experiment:
                yield from differences(control[key], experiment[key], below)
            else:
                yield f"{below} is on one side only", math.inf
    elif isinstance(control, list | tuple) and isinstance(experiment, list | tuple):
        if len(control) != len(experiment):
            sizes = f"{len(control)} against {len(experiment)}"
            yield f"{place or 'length'}: {sizes}", math.inf
        for number, (left, right) in enumerate(zip(control, experiment, strict=False)):
            yield from differences(left, right, f"{place}[{number}]")
    elif hasattr(control, "dtype") and hasattr(experiment, "dtype"):
        yield from _array_differences(control, experiment, place)
    elif not _same(control, experiment):
        amount = math.inf
        if _is_number(control) and _is_number(experiment):
            amount = abs(control - experiment) / max(abs(control), abs(experiment))
        yield f"{place or 'value'}: {control!r} against {experiment!r}"[:300], amount


def _array_differences(
    control: Any, experiment: Any, place: str
) -> Iterator[tuple[str, float]]:
    """Yield the largest difference of two arrays, or of each of their fields."""
    import numpy as np

    if (control.dtype, control.shape) != (experiment.dtype, experiment.shape):
        kinds = [f"{side.dtype} {side.shape}" for side in (control, experiment)]
        yield f"{place}: {kinds[0]} against {kinds[1]}", math.inf
    elif control.dtype.names:
        for name in control.dtype.names:
            yield from _array_differences(
                control[name], experiment[name], f"{place}.{name}"
            )
    elif control.dtype.kind in "biuf":
        left, right = (side.astype(float).ravel() for side in (control, experiment))
        unequal = ~((left == right) | (np.isnan(left) & np.isnan(right)))
        if unequal.any():
            scale = np.maximum(abs(left[unequal]), abs(right[unequal]))
            with np.errstate(invalid="ignore"):
                amounts = abs(left[unequal] - right[unequal]) / scale
            largest = int(np.nanargmax(np.where(np.isnan(amounts), np.inf, amounts)))
            index = int(np.flatnonzero(unequal)[largest])
            shown = f"{place}[{index}]: {left[index]!r} against {right[index]!r}"
            amount = float(amounts[largest])
            yield shown, math.inf if math.isnan(amount) else amount
    elif control.tobytes() != experiment.tobytes():
        yield f"{place}: values differ", math.inf


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and math.isfinite(value)


def _same(control: Any, experiment: Any) -> bool:
    if (
        isinstance(control, float)
        and isinstance(experiment, float)
        and math.isnan(control)
    ):
        return math.isnan(experiment)
    return bool(control == experiment) and isinstance(control, bool) == isinstance(
        experiment, bool
    )


def compare_contents(
    control: Any, experiment: Any, tolerance: float, order_free: bool
) -> Agreement:
    """Compare what two files hold.

    Parameters
    ----------
    control, experiment
        What both files hold, decoded.
    tolerance
        The largest relative difference that counts as within tolerance.
    order_free
        Whether the items of a list may come in any order.
    """
    if order_free:
        control, experiment = (
            sorted(side, key=repr) if isinstance(side, list) else side
            for side in (control, experiment)
        )
    found = list(differences(control, experiment))
    if not found:
        return Agreement("same content")
    place, largest = max(found, key=lambda each: each[1])
    if largest <= tolerance:
        return Agreement("within tolerance", f"{place}, relative {largest:.2g}")
    if math.isinf(largest):
        place = next(place for place, amount in found if math.isinf(amount))
        return Agreement("different", place)
    return Agreement("different", f"{place}, relative {largest:.2g}, the largest")


def main(argv: list[str]) -> None:
    """Compare two files and print the result as JSON."""
    control, experiment = Path(argv[0]), Path(argv[1])
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (LARGEST, LARGEST))
    try:
        left, right = (DECODERS[control.suffix](path) for path in (control, experiment))
        result = compare_contents(left, right, float(argv[2]), "free" in argv[3:])
    except Exception as error:  # pylint: disable=broad-exception-caught
        # A corrupt file, one of another format or one that is too large.
        kind = type(error).__name__
        place = _first_byte(control, experiment)
        result = Agreement("different", f"{place}; not decoded ({kind})")
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main(sys.argv[1:])
