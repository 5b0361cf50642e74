"""What of a user's settings reaches the installers: how to get packages, no more.

An index, certificates and proxies must, or nothing can be installed where they are
needed. Anything else of Python's, pip's and uv's could put other packages into the
environment, or the packages elsewhere. It needs nothing but Python.
"""

import configparser
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# What pip and uv call by one name: PIP_CACHE_DIR and UV_CACHE_DIR, say.
BOTH = (
    "CACHE_DIR EXTRA_INDEX_URL FIND_LINKS INDEX_URL KEYRING_PROVIDER NO_INDEX".split()
)
PIP = {*BOTH, *"CERT CLIENT_CERT DEFAULT_TIMEOUT NO_CACHE_DIR PROXY RETRIES".split()}
PIP |= set("RESUME_RETRIES TIMEOUT TRUSTED_HOST".split())
UV = {*BOTH, *"CREDENTIALS_DIR DEFAULT_INDEX HTTP_RETRIES HTTP_TIMEOUT INDEX".split()}
UV |= set("HTTP_CONNECT_TIMEOUT INDEX_STRATEGY INSECURE_HOST NATIVE_TLS".split())
UV |= set("NO_CACHE OFFLINE REQUEST_TIMEOUT SYSTEM_CERTS".split())
# These change what is shown or kept, not what is computed.
PYTHON = {"PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONPYCACHEPREFIX"}
PYTHON |= {"PYTHONUNBUFFERED", "PYTHON_COLORS", "PYTHON_KEYRING_BACKEND"}
# Which Python is meant by those who read them, and it is another.
ACTIVE = {"CONDA_PREFIX", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
# A script that a shell runs first, even for one command; it may put another Python
# first, as the modules of a cluster do.
ACTIVE |= {"BASH_ENV"}
FILES = {"PIP_CONFIG_FILE", "UV_CONFIG_FILE", "UV_NO_CONFIG"}  # where settings are
# Settings of pip's, and those of uv's that say the same. An index of one's own is one
# whole: another tool's is not added to it.
PAIRS = (
    {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"},
    {"PIP_FIND_LINKS": "UV_FIND_LINKS"},
    {"PIP_NO_INDEX": "UV_NO_INDEX"},
    {"PIP_TRUSTED_HOST": "UV_INSECURE_HOST"},
)
WAYS = {
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_CLIENT_CERT": "SSL_CLIENT_CERT",
    "PIP_PROXY": "ALL_PROXY",
}
OLD = {"UV_INDEX_URL": "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL": "UV_INDEX"}


def is_kept(name: str) -> bool:
    """Say whether a variable may reach what is started.

    Examples
    --------
    >>> [is_kept(name) for name in ("PIP_INDEX_URL", "PIP_TARGET", "HOME")]
    [True, False, True]
    """
    tool, _, word = name.upper().partition("_")
    if name in FILES:
        return True
    if tool == "PIP":
        return word in PIP
    if tool == "UV":  # the names of indexes are the user's
        secret = word.startswith("INDEX_") and word.endswith(("_USERNAME", "_PASSWORD"))
        return word in UV or secret
    if name.upper().startswith("PYTHON"):
        return name.upper() in PYTHON
    return name not in ACTIVE


def keep(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what must not reach what is started."""
    return {name: value for name, value in environ.items() if is_kept(name)}


def for_installers(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of pip and uv: what is kept, from files too.

    Neither reads a file of its own any more. Where only one of the two knows an index,
    the other is told.

    Parameters
    ----------
    python
        An interpreter that has pip, which knows where its files are.
    environ
        The user's environment.

    Raises
    ------
    ValueError
        If a file of settings can't be read.
    """
    kept = keep(environ)
    sources = [_read_uv(kept), _read_pip(python, kept), kept]  # the last is strongest
    found = {name: each[name] for each in map(_renamed, sources) for name in each}
    found = {**found, **_translated(found)}
    for name in FILES:
        found.pop(name, None)
    return {**found, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def _renamed(found: Mapping[str, str]) -> dict[str, str]:
    """Return settings under the newer of two names."""
    old = {OLD[name]: found[name] for name in found if name in OLD}
    return {**old, **{name: found[name] for name in found if name not in OLD}}


def _translated(found: Mapping[str, str]) -> dict[str, str]:
    """Return what one installer is told in the words of the other."""
    told = {uv: found[pip] for pip, uv in WAYS.items() if pip in found}
    told = {name: told[name] for name in told if name not in found}
    for pairs in PAIRS:
        of_pip = {pip: uv for pip, uv in pairs.items() if pip in found}
        of_uv = {uv: pip for pip, uv in pairs.items() if uv in found}
        if of_pip and not of_uv:
            told |= {uv: found[pip] for pip, uv in of_pip.items()}
        elif of_uv and not of_pip:
            told |= {pip: _plain(found[uv]) for uv, pip in of_uv.items()}
    if "UV_INDEX" in told:  # pip takes the best of all, uv that of the first index
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "UV_FIND_LINKS" in told:  # which uv separates by commas
        told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
    return told


def _plain(value: str) -> str:
    """Return addresses of uv's as pip takes them: without names, between spaces."""
    words = value.replace(",", " ").split()
    return " ".join(word.partition("=")[2] if _named(word) else word for word in words)


def _named(word: str) -> bool:
    return "=" in word and "/" not in word.partition("=")[0]


def _read_pip(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip's files say, of what is kept."""
    parser = configparser.RawConfigParser()
    for path in _pip_files(python, environ):
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, ValueError) as error:
            said = str(error).splitlines()[0]
            raise ValueError(f"{path} can't be read: {said}") from None
    found: dict[str, str] = {}
    for section in ("global", "install"):  # the second is the stronger
        for key, value in parser.items(section) if parser.has_section(section) else ():
            name = "PIP_" + key.upper().replace("-", "_")
            if is_kept(name) and name not in FILES:
                found[name] = " ".join(value.split())
    return found


def _pip_files(python: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the files that pip reads, the strongest last; pip itself finds them.

    Its own list of settings can't be used: it is incomplete where a file sets `user`.
    """
    finished = subprocess.run(
        [str(python), "-I", "-m", "pip", "config", "debug"],
        env=dict(environ),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if finished.returncode:
        said = finished.stderr.strip().splitlines() or ["no reason was given"]
        raise ValueError(f"pip's settings can't be read: {said[-1]}")
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        return []
    parts = re.split(r"^(\w+):\n", finished.stdout, flags=re.M)
    files = dict(zip(parts[1::2], parts[2::2], strict=True))
    return [
        path
        for kind in ("global", "user", "site", "env")
        for path in re.findall(r"^  (.+), exists: True$", files.get(kind, ""), re.M)
    ]


def _read_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what uv's files say, of what is kept; the nearest file comes first."""
    found: dict[str, str] = {}
    if environ.get("UV_NO_CONFIG"):
        return found
    for path in _uv_files(environ):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError:
            continue
        except ValueError as error:
            if path.name == "pyproject.toml":
                continue  # it is not uv's, which passes over it too
            raise ValueError(f"{path} is not TOML: {error}") from None
        try:
            if path.name == "pyproject.toml":
                content = content.get("tool", {}).get("uv", {})
            for name, value in _uv_settings({**content, **content.get("pip", {})}):
                found.setdefault(name, value)
        except (AttributeError, KeyError, TypeError):
            raise ValueError(f"{path}: uv's settings can't be read") from None
    return found


def _uv_files(environ: Mapping[str, str]) -> list[Path]:
    if "UV_CONFIG_FILE" in environ:
        return [Path(environ["UV_CONFIG_FILE"])]
    here = Path.cwd()
    near = [
        folder / name
        for folder in (here, *here.parents)
        for name in ("uv.toml", "pyproject.toml")
    ]
    if sys.platform == "win32":
        folders = [environ.get(name) for name in ("APPDATA", "PROGRAMDATA")]
    else:
        home = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        shared = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        folders = [home, *shared.split(os.pathsep), "/etc"]
    return near + [Path(folder) / "uv" / "uv.toml" for folder in folders if folder]


def _uv_settings(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield variables for the settings of one file that are kept."""
    indexes = [each for each in content.get("index", []) if not each.get("explicit")]
    for default in (True, False):
        urls = [
            f"{each['name']}={each['url']}" if "name" in each else each["url"]
            for each in indexes
            if bool(each.get("default")) is default
        ]
        if urls:
            yield "UV_DEFAULT_INDEX" if default else "UV_INDEX", " ".join(urls)
    special = {"allow-insecure-host": "UV_INSECURE_HOST", "no-proxy": "NO_PROXY"}
    special |= {"http-proxy": "HTTP_PROXY", "https-proxy": "HTTPS_PROXY"}
    for key, value in content.items():
        name = special.get(key, "UV_" + key.upper().replace("-", "_"))
        if key == "index" or not (key in special or is_kept(name)):
            continue
        separator = "," if key == "find-links" else " "
        words = value if isinstance(value, list) else [value]
        yield name, separator.join(_word(word) for word in words)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
