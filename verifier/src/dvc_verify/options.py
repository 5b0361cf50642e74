"""What a repository tells the verifier: `[tool.dvc-verify]` of its pyproject.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .errors import Refusal

RECORD = "certificate.json"
FILE = "pyproject.toml"
VARIABLE = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)


@dataclass(frozen=True)
class Options:
    """What the verifier can't know of a repository; paths are from its root."""

    record: str = RECORD  # where the certificate stands
    lock: str = ""  # a requirements file that pins the environment
    wheel: str = ""  # a requirements file that names the wheel of the verifier
    unfixed: str = ""  # NAME=VALUE: with it the launcher of the stages fixes nothing
    reference: str = ""  # results that came with the repository, for `compare`
    amounts: tuple[str, ...] = ()  # small results of which `compare` says by how much
    placeholders: Mapping[str, str] = field(default_factory=dict)  # of the reference


def read_options(root: Path) -> Options:
    """Read the options of a repository; without any, the defaults hold.

    Raises
    ------
    Refusal
        If the file is not TOML, or an option is unknown or of another type.
    """
    try:
        content = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Options()
    except (OSError, ValueError) as error:
        raise Refusal(f"{FILE} can't be read: {error}") from None
    tool = content.get("tool", {})
    given = tool.get("dvc-verify", {}) if isinstance(tool, dict) else {}
    if not isinstance(given, dict):
        raise Refusal(f"[tool.dvc-verify] in {FILE} is not a table")
    known = [each.name for each in fields(Options)]
    for name, value in given.items():
        if name not in known:
            listed = ", ".join(known)
            raise Refusal(f"tool.dvc-verify in {FILE} has '{name}'; it knows {listed}")
        _check(name, value)
    if "amounts" in given:
        given = {**given, "amounts": tuple(given["amounts"])}
    return Options(**given)


def _check(name: str, value: Any) -> None:
    """Refuse an option of another type than its own."""
    where = f"tool.dvc-verify.{name} in {FILE}"
    if name == "amounts":
        if not (isinstance(value, list) and _are_texts(value)):
            raise Refusal(f"{where} is {value!r}; give a list of paths")
    elif name == "placeholders":
        if not (isinstance(value, dict) and _are_texts([*value.values()])):
            raise Refusal(f"{where} is {value!r}; give a table of texts")
    elif not isinstance(value, str):
        raise Refusal(f"{where} is {value!r}; give a text")
    elif name == "unfixed":
        check_variable(where, value)


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def check_variable(where: str, text: str) -> None:
    """Refuse what is no setting of a variable.

    Parameters
    ----------
    where
        What to call the place that it stands in.
    text
        What must be ``NAME=VALUE``.

    Raises
    ------
    Refusal
        If it is something else.
    """
    if not VARIABLE.fullmatch(text):
        raise Refusal(f"{where} is {text!r}; give NAME=VALUE")
