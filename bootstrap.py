"""The door of the template's own repository: that of a bake, with this root."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parent

if __name__ == "__main__":
    DOOR = ROOT / "{{cookiecutter.project_slug}}" / "bootstrap.py"
    SPEC = spec_from_file_location("door", str(DOOR))
    if SPEC is None or SPEC.loader is None:
        sys.exit(f"bootstrap.py: {DOOR} is missing; restore it from git")
    MODULE = module_from_spec(SPEC)
    SPEC.loader.exec_module(MODULE)
    sys.exit(MODULE.main(ROOT, sys.argv[1:]))
