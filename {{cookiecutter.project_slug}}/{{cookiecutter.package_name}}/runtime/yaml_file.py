"""Read YAML files."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .errors import UserError


def read_yaml(path: Path) -> Any:
    """Read a YAML 1.2 file as DVC reads it: a duplicate key is an error.

    Raises
    ------
    UserError
        If the file is missing or is no YAML.
    """
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"{path} is missing; run from the root of the project"
        ) from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "no valid YAML"
        raise UserError(f"{path}{line}: {problem}") from None
    except RecursionError:
        raise UserError(f"{path} is nested too deeply") from None
