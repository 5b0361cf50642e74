"""Check a value against a JSON Schema, as far as that of a certificate goes.

DVC brings no such checker, and a verification needs nothing beside DVC.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

TYPES = {"array": list, "boolean": bool, "object": dict, "string": str}
KNOWN = frozenset(
    """$defs $ref $schema additionalProperties anyOf const description enum items
    minimum pattern properties required title type""".split()
)


def errors(
    value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield what is wrong with a value, a line each.

    Parameters
    ----------
    value
        What a file of JSON holds.
    schema
        What it must be.
    whole
        The schema whose definitions are meant by ``$ref``; by default this one.

    Raises
    ------
    ValueError
        If the schema has a keyword that this checker doesn't know.
    """
    whole = schema if whole is None else whole
    if unknown := schema.keys() - KNOWN:
        raise ValueError(f"keywords of a schema that aren't known: {sorted(unknown)}")
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from errors(value, whole["$defs"][name], whole)
    if "type" in schema and not _is_a(value, schema["type"]):
        yield f"{value!r} is not of type {schema['type']!r}"
        return
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{schema['const']!r} was expected"
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        yield f"{value!r} is not one of {schema['enum']!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value!r} does not match {schema['pattern']!r}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{value!r} is less than the minimum of {schema['minimum']!r}"
    if "anyOf" in schema and all(
        any(errors(value, each, whole)) for each in schema["anyOf"]
    ):
        yield f"{value!r} is not valid under any of the given schemas"
    if isinstance(value, dict):
        yield from _errors_inside(value, schema, whole)
    if isinstance(value, list) and "items" in schema:
        for each in value:
            yield from errors(each, schema["items"], whole)


def _errors_inside(
    value: dict[str, Any], schema: Mapping[str, Any], whole: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with the parts of an object."""
    for name in schema.get("required", []):
        if name not in value:
            yield f"{name!r} is a required property"
    known = schema.get("properties", {})
    for name, each in value.items():
        below = known.get(name, schema.get("additionalProperties", True))
        if below is False:
            yield f"{name!r} was unexpected"
        elif below is not True:
            yield from errors(each, below, whole)


def _is_a(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def _same(value: Any, other: Any) -> bool:
    """Compare two values; true is not 1."""
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)
