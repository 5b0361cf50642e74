"""Take over what an upgrade may change, from a folder that nobody has looked at.

    python tasks/take_over.py FOLDER

The job that has the right to write runs this, so it needs nothing but Python. It takes
plain files from five places and nothing else: no link, no other file, and of
requirements/ only the locks, for the rest of it is code or written by people.
"""

import re
import shutil
import sys
from pathlib import Path

PLACES = {
    ".pre-commit-config.yaml": "file",
    "dvc.lock": "file",
    "reports": "folder",
    "requirements": "folder",
}
BODY = "build/summary.md"  # of the pull request
LONGEST_BODY = 60_000  # GitHub takes 65,536 characters
LARGEST = 20_000_000  # bytes in all


class Refused(Exception):
    """One line about what was handed in."""


def plain_files(source: Path) -> list[Path]:
    """Return the files to take from the five places, relative to the folder.

    Raises
    ------
    Refused
        If a place is missing, holds anything but plain files, or holds too much.
    """
    found = []
    for name, kind in {**PLACES, BODY: "file"}.items():
        path = source / name
        for part in (Path(name), *Path(name).parents):
            if (source / part).is_symlink():
                raise Refused(f"{name} is a link; only plain files are taken")
        if not (path.is_file() if kind == "file" else path.is_dir()):
            raise Refused(f"{name} is missing, or is not a {kind}")
        found += [path] if path.is_file() else sorted(path.rglob("*"))
    for path in found:
        # On a line of its own, a name could be a command to GitHub.
        shown = ascii(path.relative_to(source).as_posix())[1:-1]
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Refused(f"{shown} is a link or a device; only plain files are taken")
        if path.name != ".gitignore" and path.name.lower().startswith(".git"):
            raise Refused(f"{shown} is a file of git; an upgrade changes none")
    files = [path for path in found if path.is_file()]
    if sum(path.stat().st_size for path in files) > LARGEST:
        raise Refused(f"it holds more than {LARGEST:,} bytes")
    return [
        path.relative_to(source)
        for path in files
        if path.suffix == ".txt" or not path.is_relative_to(source / "requirements")
    ]


def take_over(source: Path, root: Path) -> Path:
    """Replace what is in the places of a checkout; return the text to propose it with.

    That is left in the folder. Nothing in it mentions anybody or closes an issue.

    Raises
    ------
    Refused
        If nothing is taken over; see `plain_files`.
    OSError
        If a part is taken over and then something can't be read or written.
    """
    body = source / BODY
    try:
        files, said = plain_files(source), body.read_bytes()[: 4 * LONGEST_BODY]
    except OSError as error:
        raise Refused(str(error)) from None
    text = said.decode("utf-8", errors="replace")
    text = re.sub(r"([@#])(?=\w)", "\\1\u200b", text)[:LONGEST_BODY]
    if (root / "reports").is_dir():
        shutil.rmtree(root / "reports")  # a result may be gone
    for path in files:
        if path != Path(BODY):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, root / path, follow_symlinks=False)
    body.write_text(text, encoding="utf-8", newline="\n")
    return body


def main(words: list[str]) -> int:
    """Take over a folder, or say in one line why not."""
    if len(words) != 1:
        print("usage: take_over.py FOLDER", file=sys.stderr)
        return 2
    try:
        body = take_over(Path(words[0]), Path(__file__).resolve().parents[1])
    except Refused as error:
        print(f"nothing is taken over: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"the upgrade is taken over in part: {error}", file=sys.stderr)
        return 1
    print(f"The upgrade is taken over; its text is {body}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
