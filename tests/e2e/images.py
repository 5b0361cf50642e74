"""Build and run images with Buildah, on a base made of this machine's own Python.

Nothing is pulled: the base has the name that the Dockerfile asks for, and holds the
smallest Debian and a copy of the Python that runs the tests.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock

from ..conftest import HERE, ROOT

SUITE = "bookworm"
# What a Python with its standard library loads.
LIBRARIES = """ca-certificates libbz2-1.0 libexpat1 libffi8 liblzma5 libncursesw6
libreadline8 libsqlite3-0 libssl3 libuuid1 zlib1g""".split()
BASE = f"docker.io/library/python:{HERE}-slim-{SUITE}"
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NEEDS = ("buildah", "mmdebstrap", "tar")


def obstacle() -> str | None:
    """Say why no image can be built and run here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "images are built as root, on Linux"
    missing = [name for name in NEEDS if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def run(*command: str | Path, **extra: str) -> str:
    """Run a command and return what it printed."""
    finished = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "BUILDAH_ISOLATION": "chroot", **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{command[:3]}: {finished.stdout[-4000:]}"
    return finished.stdout


def make_base() -> None:
    """Make the base, from a system that is kept between sessions."""
    system = ROOT / ".cache" / f"{SUITE}.tar"
    system.parent.mkdir(exist_ok=True)
    with FileLock(f"{system}.lock"):
        if not system.is_file():
            partial = system.with_name(f"partial-{system.name}")
            packages = f"--include={','.join(LIBRARIES)}"
            run("mmdebstrap", "--variant=minbase", packages, SUITE, partial)
            partial.replace(system)
    container = run("buildah", "from", "scratch").split()[-1]
    folder = Path(run("buildah", "mount", container).strip())
    run("tar", "-xf", system, "-C", folder)
    skipped = shutil.ignore_patterns("site-packages", "test", "__pycache__", "*.a")
    target = folder / "usr/local"
    for name in ("bin", "lib"):
        source = Path(sys.base_prefix) / name
        shutil.copytree(
            source, target / name, symlinks=True, ignore=skipped, dirs_exist_ok=True
        )
    (target / "bin/python").unlink(missing_ok=True)
    (target / "bin/python").symlink_to(f"python{HERE}")
    run("buildah", "run", container, "--", "ldconfig")
    run("buildah", "config", "--env", f"PATH={SEARCHED}", container)
    run("buildah", "commit", "--quiet", container, BASE)
    run("buildah", "rm", container)


def build_options() -> str:
    """Return the options that build here: on the base, with pip's settings of here."""
    options = ["--pull-never", "--network", "host", "--from", BASE, "--quiet"]
    for path in pip_files():
        options += ["--volume", f"{path}:{path}:ro"]
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            options += ["--env", f"{name}={value}"]
    return shlex.join(options)


def pip_files() -> list[Path]:
    """Return the files and folders that the settings of pip on this machine name."""
    shown = run(sys.executable, "-m", "pip", "config", "debug")
    found = [Path(path) for path in re.findall(r"(\S+), exists: True", shown)]
    words = [
        word.strip("'\"")
        for word in run(sys.executable, "-m", "pip", "config", "list").split()
    ]
    words = [word.partition("=")[2].strip("'\"") or word for word in words]
    paths = [
        Path(urlsplit(word).path) for word in words if word.startswith(("/", "file:"))
    ]
    inside = ("/etc", "/usr", "/opt", "/srv", "/var")
    return sorted(
        {
            path
            for path in [*found, *paths]
            if path.exists() and str(path).startswith(inside)
        }
    )


def start(image: str) -> tuple[str, Path]:
    """Return a container of an image, and the folder where its files are."""
    container = run("buildah", "from", "--pull-never", image).split()[-1]
    return container, Path(run("buildah", "mount", container).strip())


def config(image: str) -> dict[str, Any]:
    """Return the settings of an image: its user, its command and so on."""
    shown = json.loads(run("buildah", "inspect", "--type", "image", image))
    found: dict[str, Any] = shown["OCIv1"]["config"]
    return found
