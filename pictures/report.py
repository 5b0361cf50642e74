"""Take a picture of a report, in an environment of requirements/browser.txt.

python -m pictures.report CHROMIUM REPORT PICTURE
"""

import hashlib
import re
import shutil
import struct
import sys
import zlib
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"SHA-256 of the report"


def mark(png: bytes, digest: str) -> bytes:
    """Return a PNG that says of which file it was made.

    Parameters
    ----------
    png
        The picture, with no such mark.
    digest
        The SHA-256 of the file.
    """
    if not png.startswith(SIGNATURE):
        raise ValueError("this is not a PNG")
    data = b"tEXt" + KEYWORD + b"\0" + digest.encode("ascii")
    size, checksum = len(data) - 4, zlib.crc32(data)
    end = len(SIGNATURE) + 25  # of the header, which comes first
    chunk = struct.pack(">I", size) + data + struct.pack(">I", checksum)
    return png[:end] + chunk + png[end:]


def marked(png: bytes) -> str | None:
    """Return the digest of the file that a PNG was made of, or None."""
    found = re.search(b"tEXt" + KEYWORD + b"\0([0-9a-f]{64})", png)
    return found[1].decode("ascii") if found else None


def find_chromium() -> str | None:
    """Return where Chromium is, or None."""
    return next((found for each in PROGRAMS if (found := shutil.which(each))), None)


def photograph(program: str, report: Path, picture: Path) -> None:
    """Write a picture of the top of a report, and the report's digest into it.

    Parameters
    ----------
    program
        Chromium.
    report
        The page.
    picture
        Where to write the PNG.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page(
            viewport={"width": 960, "height": 1020},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(report.resolve().as_uri())
        png = page.screenshot()
        browser.close()
    digest = hashlib.sha256(report.read_bytes()).hexdigest()
    picture.write_bytes(mark(png, digest))


if __name__ == "__main__":
    photograph(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
