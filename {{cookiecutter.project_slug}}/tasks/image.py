"""Build the images of this project, with the engine that is here."""

import os
import re
import shlex
import shutil
import subprocess

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import call, package

TARGETS = ("runtime", "pipeline")
# What each engine prints only if it can build: docker's client alone can't.
ENGINES = {"docker": "info", "podman": "info", "buildah": "version"}


@task(help={"options": "more options of the engine's build command, in one string"})
def image(_: Context, options: str = "") -> None:
    """Build the images: the pipeline, and the runtime layer alone."""
    engine = find_engine()
    if engine is None:
        raise Exit(
            "there is no engine for images here; start Docker, or install Podman or "
            "Buildah"
        )
    try:
        more = shlex.split(options, posix=os.name == "posix")
    except ValueError as error:
        raise Exit(
            f"--options '{options}' can't be split into words: {error}"
        ) from None
    names = {target: f"{image_name(package())}:{target}" for target in TARGETS}
    for target, name in names.items():
        words = [
            "build",
            "--target",
            target,
            "--tag",
            name,
            *more,
        ]
        call(engine, *words, ".")
    print(f"Built {' and '.join(names.values())} with {engine}")


def find_engine() -> str | None:
    """Return the first engine that answers."""
    for engine, question in ENGINES.items():
        if shutil.which(engine) is None:
            continue
        finished = subprocess.run([engine, question], capture_output=True, check=False)
        if finished.returncode == 0:
            return engine
    return None


def image_name(name: str) -> str:
    """Return what an engine takes as the name of an image.

    Examples
    --------
    >>> image_name("penguins"), image_name("my__package_")
    ('penguins', 'my-package')
    """
    return re.sub("_+", "-", name).strip("-")
