"""Look at built pages in Chromium, and print what is wrong with them.

    python look.py CHROMIUM FOLDER

All pages are opened on a desk in the light and on a phone in the dark. Printed are what
axe finds, how wide a page is that goes sideways, and what is asked of the network, a
line each. It runs in an environment of requirements/browser.txt.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WINDOWS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 400, "height": 900},
        "color_scheme": "dark",
        "has_touch": True,
        "is_mobile": True,
    },
}
# The links of a list that is shown which go beyond the window.
BEYOND = """[...document.querySelectorAll("nav a")]
    .filter(link => link.checkVisibility({visibilityProperty: true}))
    .filter(link => link.getBoundingClientRect().right > innerWidth)
    .map(link => link.textContent.trim())"""


def faults(page: Page) -> Iterator[str]:
    """Yield what is wrong with an open page."""
    for found in Axe().run(page).response["violations"]:
        for node in found["nodes"]:
            yield f"{found['id']}: {found['help']}: {' '.join(node['html'].split())}"
    # A phone zooms out to show a page that is too wide, and its window grows with it.
    wide = page.evaluate("document.documentElement.scrollWidth")
    if page.viewport_size and wide > page.viewport_size["width"]:
        yield f"sideways: {wide} px wide"
    for text in page.evaluate(BEYOND):
        yield f"cut off: {text}"


def look(browser: Browser, folder: Path, name: str) -> Iterator[str]:
    """Open all pages of a folder in one window, and yield what is wrong with them."""
    page = browser.new_context(reduced_motion="reduce", **WINDOWS[name]).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted(folder.rglob("*.html")):
        if "_static" not in path.parts:
            page.goto(path.as_uri())
            for fault in faults(page):
                yield f"{path.relative_to(folder)}, {name}: {fault}"
    yield from sorted({f"asks for {url}" for url in asked if url[:5] != "file:"})


def main(program: str, folder: Path) -> None:
    """Print a line for each fault."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        for name in WINDOWS:
            for line in look(browser, folder, name):
                print(line)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
