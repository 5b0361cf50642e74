"""Two files, compared by what they hold where their bytes differ.

``python -m dvc_verify.compare.contents ONE OTHER [TOLERANCE] [free]`` compares two and
prints the result as JSON: `compare` starts it, so that a file which takes too long or
too much memory to decode ends that process alone.
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

from ..compare.decoding import DECODERS

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
class Comparison:
    """How far two files agree, and where they first do not."""

    grade: str
    detail: str = ""


def worst(grades: list[str]) -> str:
    """Return the worst of some grades, ``identical`` if there are none."""
    return max(grades, key=GRADES.index, default=GRADES[0])


def compare(
    one: Path, other: Path, tolerance: float = 0.0, order_free: bool = False
) -> Comparison:
    """Compare two files or folders.

    Parameters
    ----------
    one, other
        What to compare. The format is told by the suffix of `one`.
    tolerance
        The largest relative difference of two numbers that counts as within tolerance.
    order_free
        Whether rows of a table, or items of a JSON list, may come in any order.
    """
    if one.is_dir() and other.is_dir():
        return _compare_folders(one, other, tolerance, order_free)
    if not (one.is_file() and other.is_file()):
        return Comparison("different", f"{one.name} is missing or no file on one side")
    if _digest(one) == _digest(other):
        return Comparison("identical")
    place = _first_byte(one, other)
    if one.suffix not in DECODERS:
        return Comparison("different", place)
    if max(one.stat().st_size, other.stat().st_size) > LARGEST:
        return Comparison("different", f"{place}; too large to decode")
    words = [sys.executable, "-m", __name__, str(one.resolve()), str(other.resolve())]
    words += [repr(tolerance), *(["free"] if order_free else [])]
    try:
        finished = subprocess.run(
            words,
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Comparison(**json.loads(finished.stdout))
    except subprocess.TimeoutExpired:
        return Comparison("different", f"{place}; decoding took over {LONGEST} s")
    except ValueError:
        return Comparison("different", f"{place}; it can't be decoded")


def _compare_folders(
    one: Path, other: Path, tolerance: float, order_free: bool
) -> Comparison:
    names = [_names(folder) for folder in (one, other)]
    if alone := sorted(names[0] ^ names[1]):
        return Comparison("different", f"{alone[0]} is on one side only")
    found = [
        (name, compare(one / name, other / name, tolerance, order_free))
        for name in sorted(names[0])
    ]
    grade = worst([each.grade for _, each in found])
    for name, each in found:
        if each.grade == grade and each.detail:
            return Comparison(grade, f"{name}: {each.detail}")
    return Comparison(grade)


def _names(folder: Path) -> set[str]:
    found = {path for path in folder.rglob("*") if not path.is_dir()}
    return {path.relative_to(folder).as_posix() for path in found}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _first_byte(one: Path, other: Path) -> str:
    """Say where the bytes of two files first differ, and show both sides."""
    size, offset = 1 << 16, 0
    with one.open("rb") as left, other.open("rb") as right:
        while (block := left.read(size)) == (beside := right.read(size)) and block:
            offset += len(block)
    pairs = zip(block, beside, strict=False)
    ends = min(len(block), len(beside))
    at = next((number for number, (a, b) in enumerate(pairs) if a != b), ends)
    start = max(at - 8, 0)
    shown = [repr(bytes(side[start : at + 24])) for side in (block, beside)]
    return f"byte {offset + at}: {shown[0]} against {shown[1]}"


def differences(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """Yield each place where two contents differ, and by how much.

    The amount is the relative difference of two numbers, infinite for all else.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys(), key=str):
            below = f"{place}.{key}" if place else str(key)
            if key in one and key in other:
                yield from differences(one[key], other[key], below)
            else:
                yield f"{below} is on one side only", math.inf
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield f"{place or 'length'}: {len(one)} against {len(other)}", math.inf
        for number, (left, right) in enumerate(zip(one, other, strict=False)):
            yield from differences(left, right, f"{place}[{number}]")
    elif hasattr(one, "dtype") and hasattr(other, "dtype"):
        yield from _array_differences(one, other, place)
    elif not _same(one, other):
        amount = math.inf
        if _is_number(one) and _is_number(other):
            amount = abs(one - other) / max(abs(one), abs(other))
        yield f"{place or 'value'}: {one!r} against {other!r}"[:300], amount


def _array_differences(one: Any, other: Any, place: str) -> Iterator[tuple[str, float]]:
    """Yield the largest difference of two arrays, or of each of their fields."""
    import numpy as np

    if (one.dtype, one.shape) != (other.dtype, other.shape):
        kinds = [f"{side.dtype} {side.shape}" for side in (one, other)]
        yield f"{place}: {kinds[0]} against {kinds[1]}", math.inf
    elif one.dtype.names:
        for name in one.dtype.names:
            yield from _array_differences(one[name], other[name], f"{place}.{name}")
    elif one.dtype.kind in "biuf":
        left, right = (side.astype(float).ravel() for side in (one, other))
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
    elif one.tobytes() != other.tobytes():
        yield f"{place}: values differ", math.inf


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and math.isfinite(value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def compare_contents(
    one: Any, other: Any, tolerance: float, order_free: bool
) -> Comparison:
    """Compare what two files hold."""
    if order_free:
        one, other = (
            sorted(side, key=repr) if isinstance(side, list) else side
            for side in (one, other)
        )
    found = list(differences(one, other))
    if not found:
        return Comparison("same content")
    place, largest = max(found, key=lambda each: each[1])
    if largest <= tolerance:
        return Comparison("within tolerance", f"{place}, relative {largest:.2g}")
    if math.isinf(largest):
        place = next(place for place, amount in found if math.isinf(amount))
        return Comparison("different", place)
    return Comparison("different", f"{place}, relative {largest:.2g}, the largest")


def main(words: list[str]) -> None:
    """Compare two files and print the result as JSON."""
    one, other = Path(words[0]), Path(words[1])
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (LARGEST, LARGEST))
    try:
        left, right = (DECODERS[one.suffix](path) for path in (one, other))
        result = compare_contents(left, right, float(words[2]), "free" in words[3:])
    except Exception as error:  # pylint: disable=broad-exception-caught
        # A corrupt file, one of another format or one that is too large.
        kind = type(error).__name__
        place = _first_byte(one, other)
        result = Comparison("different", f"{place}; not decoded ({kind})")
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main(sys.argv[1:])
