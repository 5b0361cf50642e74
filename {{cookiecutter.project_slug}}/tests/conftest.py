"""Tests run from the root of the project, wherever pytest was started."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in the root of the project; its paths are relative to it."""
    monkeypatch.chdir(ROOT)
    yield
