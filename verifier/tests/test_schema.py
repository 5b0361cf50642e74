"""The checker of certificates finds what a whole checker of JSON Schema finds."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from dvc_verify.certificate import document, schema
from made import FINDING, made_record

DESCRIBED: dict[str, Any] = json.loads(document.SCHEMA.read_text(encoding="utf-8"))
VALUES = [None, True, 0, 1, -1, 1.5, "", "x", "0" * 32, "0" * 64, [], [1], {}, {"a": 1}]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each part of a value is, the value itself left out."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for name, each in items:
        yield (*place, name)
        yield from places(each, (*place, name))


FULL = made_record(findings=[FINDING], notes=["a note"], not_rerun=["fetch"])
PLACES = [
    place
    for place in places(FULL)
    if place[:2] not in {("factors", n) for n in range(2, 99)}
]


def changed(place: tuple[Any, ...]) -> tuple[dict[str, Any], Any]:
    """Return a copy of a record, and the part that holds what is at a place."""
    record = copy.deepcopy(FULL)
    target: Any = record
    for name in place[:-1]:
        target = target[name]
    return record, target


def agree(record: Any) -> bool:
    """Check a record with both, and say whether it is right."""
    checker = jsonschema.Draft202012Validator(DESCRIBED)
    ours = [*schema.errors(record, DESCRIBED)]
    assert bool(ours) != checker.is_valid(record), (ours, record)
    return not ours


def test_a_full_record_is_right() -> None:
    assert agree(FULL)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_both_agree_on_every_value_at_every_place(place: tuple[Any, ...]) -> None:
    wrong = 0
    for value in VALUES:
        record, target = changed(place)
        target[place[-1]] = value
        wrong += not agree(record)
    anything = place[0] == "factors" and place[-1] in ("control", "experiment")
    assert wrong == 0 if anything else wrong


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_both_agree_on_what_is_missing_or_new(place: tuple[Any, ...]) -> None:
    record, target = changed(place)
    del target[place[-1]]
    agree(record)
    record, target = changed(place)
    if isinstance(target, dict):
        target["more"] = "x"
        agree(record)


def test_a_keyword_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="maxLength"):
        list(schema.errors("x", {"maxLength": 0}))
