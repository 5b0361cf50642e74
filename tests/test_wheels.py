"""Every pin has a wheel on each system and Python, but for one; without network."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from .wheels import LOCKS, SOURCES, TARGETS, parsed, pins_of, read_table, wheels_of_pins

TABLE = read_table()


def missing(text: str, table: Mapping[str, str]) -> list[str]:
    """Say which pins of a lock have no wheel, and where."""
    return [
        f"{pin} on {target.system} {target.machine} with {target.python}"
        for pin, target, wheel in wheels_of_pins(text, table)
        if not wheel
    ]


def read(lock: Path) -> str:
    """Return the text of a lock."""
    return lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parts[-3][:2] + lock.stem)
def test_every_pin_has_a_wheel_everywhere(lock: Path) -> None:
    assert missing(read(lock), TABLE) == []


def test_the_table_holds_what_is_installed_and_no_more() -> None:
    wheels = {
        wheel for lock in LOCKS for *_, wheel in wheels_of_pins(read(lock), TABLE)
    }
    assert wheels == set(TABLE)


def test_the_one_source_distribution_is_still_needed() -> None:
    names = {name for lock in LOCKS for name, *_ in pins_of(read(lock))}
    assert SOURCES <= names


def test_a_wheel_that_is_missing_somewhere_is_found() -> None:
    wheels = [each for each in TABLE if parsed(each)[0].startswith("numpy==")]
    pin = parsed(wheels[0])[0]
    hashes = [f"    --hash=sha256:{TABLE[each]:0<64}" for each in wheels]
    text = f"{pin} \\\n" + " \\\n".join(hashes)
    assert missing(text, TABLE) == []
    others = {each: TABLE[each] for each in wheels if "cp312-win_amd64" not in each}
    assert missing(text, others) == [f"{pin} on win32 AMD64 with 3.12"]
    # A marker says where a pin is wanted, and another file has another hash.
    for_linux = text.replace(pin, f'{pin} ; sys_platform == "linux"', 1)
    assert missing(for_linux, others) == []
    changed = {**TABLE, wheels[0]: "0" * 16}
    assert missing(text, changed)
    assert len(missing(text.replace(pin, "numpy==0.1", 1), TABLE)) == len(TARGETS)
