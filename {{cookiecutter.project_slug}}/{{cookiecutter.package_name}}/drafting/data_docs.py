"""Build the pages of Great Expectations for the datasets that are there.

``python -m <package>.drafting.data_docs FOLDER`` replaces the folder.
"""

import shutil
import sys
from pathlib import Path

from ..runtime import params, paths
from ..runtime.errors import UserError
from ..tables import datasets


def build(folder: Path) -> tuple[list[str], Path]:
    """Validate each dataset that is there and has a suite, and write the pages.

    Returns
    -------
    names, page
        The datasets, and the page to open.

    Raises
    ------
    UserError
        If no dataset is there, or a suite can't be read.
    """
    there = [name for name, path in datasets.TABLES.items() if path.exists()]
    if not there:
        raise UserError("no dataset is there yet; `invoke repro` makes them")
    tables = datasets.read(there, params.load())
    from ..expectations.suites import read
    from . import pages

    files = {name: paths.SUITES / f"{name}.json" for name in tables}
    suites = {name: read(path) for name, path in files.items() if path.exists()}
    tables = {name: tables[name] for name in suites}
    shutil.rmtree(folder, ignore_errors=True)
    return list(tables), pages.build(tables, suites, folder)


def main(arguments: list[str]) -> int:
    """Build the pages and say where they are; an error is one line."""
    try:
        names, page = build(Path(arguments[0]))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Pages on {', '.join(names)}: {page.resolve()}")
    print("They are built offline; a browser takes some of their styles from the web.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
