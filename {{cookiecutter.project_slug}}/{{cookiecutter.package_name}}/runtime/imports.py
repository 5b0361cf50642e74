"""What Python would import, seen before anything of it is.

It imports nothing that isn't there already: a file of the same name could come first.
"""

import os
import sys
from collections.abc import Iterator

# A variable that allows other versions, and code that suits the processor.
OVERRIDE = "ALLOW_OTHER_ENVIRONMENT"
# Folders of a project that some packages, or Python, have too; nobody imports theirs.
COMMON = {"benchmarks", "docs", "examples", "scripts", "test", "tests"}


def hidden_modules(path: list[str]) -> list[str]:
    """Say what would be imported in the place of Python's and of installed modules.

    Parameters
    ----------
    path
        The folders that Python looks through, or the first of them.
    """
    names = (sys.stdlib_module_names | _installed_names()) - COMMON
    return [
        f"{file} hides the module {name}; rename or remove it"
        for folder in _folders_before_packages(path)
        for name, file in _modules(folder)
        if name in names
    ]


def early_modules() -> list[str]:
    """Say what of others ran before this program."""
    found = []
    for name in ("sitecustomize", "usercustomize"):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not file.startswith(os.path.dirname(os.__file__) + os.sep):
            found.append(f"{file} runs before every program; remove it")
    return found


def _is_own(folder: str) -> bool:
    """Say whether a folder belongs to this Python."""
    return folder.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))


def _is_packages(folder: str) -> bool:
    """Say whether a folder is where this Python installs packages."""
    name = os.path.basename(folder)
    return _is_own(folder) and name in ("site-packages", "dist-packages")


def _folders_before_packages(path: list[str]) -> Iterator[str]:
    """Yield the folders of others that are looked through before the packages."""
    for number, folder in enumerate(path):
        if _is_packages(folder):
            return
        # The first is the project, which may lie anywhere.
        if os.path.isdir(folder or ".") and not (number and _is_own(folder)):
            yield folder or os.getcwd()


def _installed_names() -> set[str]:
    """Return the names of the modules that are installed."""
    folders = [folder for folder in sys.path if _is_packages(folder)]
    files = [name for folder in folders for name in sorted(os.listdir(folder))]
    return {name.partition(".")[0] for name in files}


def _modules(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each module in a folder."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        stem, ending = os.path.splitext(name)
        if ending in (".py", ".pyc", ".so", ".pyd"):
            yield stem.partition(".")[0], path
        elif os.path.isfile(os.path.join(path, "__init__.py")):
            yield name, path
