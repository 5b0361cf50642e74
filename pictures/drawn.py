"""The pictures that are drawn as text, each from one file."""

from pathlib import Path

import yaml

from .pipeline import draw_pipeline
from .rooms import NAME, NO_ROOM, PACKAGE, draw_rooms
from .terminal import draw_terminal, first_session


def drawn(template: Path) -> dict[Path, str]:
    """Return the pictures that are drawn as text, by the file that each belongs in.

    Parameters
    ----------
    template
        The folder that is baked.
    """
    unrendered = (template / "dvc.yaml").read_text(encoding="utf-8")
    declared = yaml.safe_load(unrendered.replace(PACKAGE, NAME))
    package = template / PACKAGE
    rooms = [each.parent.name for each in package.glob("*/__init__.py")]
    page = (template / "docs" / "verify.md").read_text(encoding="utf-8")
    static = template / "docs" / "_static"
    return {
        static / "pipeline.svg": draw_pipeline(declared),
        static / "verify.svg": draw_terminal(first_session(page)),
        template.parent
        / "docs"
        / "rooms.svg": draw_rooms(declared, sorted({*rooms} - {NO_ROOM})),
    }
