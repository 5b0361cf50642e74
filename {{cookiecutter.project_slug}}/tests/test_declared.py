"""What `dvc.yaml` declares for a stage is all that the stage really imports and reads.

All stages run once, in a copy of the project, and are watched: which files of the
project they import, and which keys of `params.yaml` they read.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from {{ cookiecutter.package_name }}.core import process

WATCH = """
import importlib, json, runpy, sys
from pathlib import Path
from pydantic import BaseModel

package, stages = sys.argv[1], json.loads(sys.argv[2])
places, keys, plain = {}, set(), BaseModel.__getattribute__
dump = BaseModel.model_dump

def read(model, name):
    value = plain(model, name)
    if id(model) in places and name in type(model).model_fields:
        key = places[id(model)][0] + name
        if isinstance(value, BaseModel):
            places[id(value)] = key + ".", value  # kept alive, or its id comes again
        else:
            keys.add(key)
    return value

def dumped(model, *words, **options):
    if id(model) in places:
        keys.add(places[id(model)][0].rstrip(".") or "all")
    return dump(model, *words, **options)

BaseModel.__getattribute__, BaseModel.model_dump = read, dumped
seen = {}
for stage, words in stages.items():
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    keys.clear()
    params = importlib.import_module(package + ".core.params")
    load = params.load
    def loaded(*words, **options):
        settings = load(*words, **options)
        keys.add("params.yaml")
        places[id(settings)] = "", settings
        return settings
    params.load = loaded
    sys.argv = words
    try:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        assert not end.code, (stage, end.code)
    here = Path.cwd()
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    own = {Path(file) for file in files if file and Path(file).is_relative_to(here)}
    own.add(here / package / "__main__.py")
    seen[stage] = {
        "files": sorted(file.relative_to(here).as_posix() for file in own),
        "keys": sorted(keys),
    }
Path("seen.json").write_text(json.dumps(seen))
"""


@pytest.fixture(name="stages", scope="module")
def fixture_stages() -> dict[str, Any]:
    """Return the stages as declared."""
    content = YAML(typ="safe", pure=True).load(Path("dvc.yaml").read_text("utf-8"))
    stages: dict[str, Any] = content["stages"]
    return stages


@pytest.fixture(name="seen", scope="module")
def fixture_seen(
    stages: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return what each stage imported and read, by its name."""
    package = process.__name__.partition(".")[0]
    root = tmp_path_factory.mktemp("watched")
    leave = shutil.ignore_patterns("__pycache__", ".*")
    for name in (package, "data/source", "gx"):
        shutil.copytree(name, root / name, ignore=leave)
    for name in ("params.yaml", "requirements/runtime.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy2(name, root / name)
    path = root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    for key, few in {"resamples": 20, "permutations": 1}.items():  # enough to be seen
        text = re.sub(rf"^  {key}: \d+", f"  {key}: {few}", text, flags=re.M)
    path.write_text(text, encoding="utf-8")
    words = {name: stage["cmd"].split()[2:] for name, stage in stages.items()}
    finished = subprocess.run(
        [sys.executable, "-c", WATCH, package, json.dumps(words)],
        cwd=root,
        env=process.fix({**os.environ, "PYTHONPATH": str(root)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads((root / "seen.json").read_text())
    return found


def undeclared(stage: dict[str, Any], seen: dict[str, Any]) -> list[str]:
    """Return the files and parameters that a stage uses and doesn't declare."""
    parameters: list[str] = []
    for each in stage.get("params", []):
        if isinstance(each, dict) and None in each.values():  # the whole file
            return _outside(seen["files"], stage["deps"], "/")
        parameters.append(each)
    # A stage that declares some keys may open the file, one that declares none may not.
    used = [key for key in seen["keys"] if not parameters or key != "params.yaml"]
    keys = _outside(used, parameters, ".")
    return _outside(seen["files"], stage["deps"], "/") + keys


def _outside(used: list[str], declared: list[str], separator: str) -> list[str]:
    return [
        name
        for name in used
        if not any((name + separator).startswith(each + separator) for each in declared)
    ]


def test_a_stage_uses_nothing_that_it_does_not_declare(
    stages: dict[str, Any], seen: dict[str, Any]
) -> None:
    found = {name: undeclared(stage, seen[name]) for name, stage in stages.items()}
    assert found == {name: [] for name in stages}
    # It was really watched.
    assert any(name.endswith("core/seeding.py") for name in seen["tune"]["files"])
    assert "tune.candidates" in seen["tune"]["keys"]


@pytest.mark.parametrize(
    ("stage", "kind", "missing", "found"),
    [
        ("tune", "deps", "/stages/tune.py", "/stages/tune.py"),
        ("select", "deps", "/core", "/core/models.py"),
        ("report", "deps", "/reporting", "/reporting/figures.py"),
        ("ingest", "deps", "/__main__.py", "/__main__.py"),
        ("tune", "params", "seed", "seed"),
        ("evaluate", "params", "tune.score", "tune.score"),
        ("split", "params", "split", "split.key"),
        ("validate_splits", "params", "columns", "params.yaml"),
    ],
)
def test_what_is_not_declared_is_named(
    stages: dict[str, Any],
    seen: dict[str, Any],
    stage: str,
    kind: str,
    missing: str,
    found: str,
) -> None:
    entries = stages[stage][kind]
    kept = [each for each in entries if not str(each).endswith(missing)]
    assert len(kept) == len(entries) - 1
    names = undeclared({**stages[stage], kind: kept}, seen[stage])
    assert any(name.endswith(found) for name in names)
