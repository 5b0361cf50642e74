"""Make the verifier, which is a package of the template, importable."""

import sys

import pytest

from ..conftest import ROOT

VERIFIER = ROOT / "{{cookiecutter.project_slug}}" / "reproducibility"

# Last, since the template holds `tests` and `tasks` too. And no bytecode is written,
# which a bake would copy.
sys.path.append(str(VERIFIER.parent))
sys.dont_write_bytecode = True


@pytest.fixture(autouse=True)
def _no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
