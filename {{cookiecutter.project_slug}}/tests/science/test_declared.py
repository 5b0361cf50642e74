"""What `dvc.yaml` declares for a stage is all that it imports and reads, and no more.

All stages run once, in a copy of the project. Those of the package are watched: which
files of the project they import, and which keys of `params.yaml` they read. Then each
file of the package is changed in turn, and DVC says which stages it would run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from {{ cookiecutter.package_name }}.runtime import process

PACKAGE = process.__name__.partition(".")[0]
WATCH = """
import importlib, json, runpy, subprocess, sys
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
    if isinstance(words, str):  # no stage of the package, but one of them may need it
        subprocess.run(words, shell=True, check=True)
        continue
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    keys.clear()
    params = importlib.import_module(package + ".runtime.params")
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
# Run in a copy that DVC knows; the stages that it would run for each changed file.
CHANGE = """
import json, sys
from pathlib import Path
from dvc.repo import Repo

with Repo(".") as repo:
    found = {"nothing": sorted(repo.status())}
for name in json.loads(sys.argv[1]):
    path = Path(name)
    before = path.read_bytes()
    path.write_bytes(before + b"\\n")
    with Repo(".") as repo:
        found[name] = sorted(repo.status())
    path.write_bytes(before)
Path("changed.json").write_text(json.dumps(found))
"""


@pytest.fixture(name="declared", scope="module")
def fixture_declared() -> dict[str, Any]:
    """Return all stages whose command stands there, each after those that it needs."""
    content = YAML(typ="safe", pure=True).load(Path("dvc.yaml").read_text("utf-8"))
    stages = {
        name: stage
        for name, stage in content["stages"].items()
        if "cmd" in stage and "${" not in str(stage)  # DVC would fill it in
    }
    makers = {
        each: name
        for name, stage in stages.items()
        for each in paths_of(stage, "outs", "metrics", "plots")
    }
    needs = {
        name: {
            makers[each]
            for used in stage.get("deps", [])
            for each in makers
            if (used + "/").startswith(each + "/") or each.startswith(used + "/")
        }
        for name, stage in stages.items()
    }
    return {name: stages[name] for name in TopologicalSorter(needs).static_order()}


@pytest.fixture(name="stages", scope="module")
def fixture_stages(declared: dict[str, Any]) -> dict[str, Any]:
    """Return the stages that the package runs, as declared."""
    return {
        name: stage
        for name, stage in declared.items()
        if str(stage["cmd"]).split()[1:3] == ["-m", PACKAGE]
    }


def paths_of(stage: dict[str, Any], *kinds: str) -> list[str]:
    """Return the paths that a stage names under some keys."""
    entries = [entry for kind in kinds for entry in stage.get(kind, [])]
    return [
        next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries
    ]


@pytest.fixture(name="copy", scope="module")
def fixture_copy(
    declared: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a copy of the package, of what the stages need, and of their lock."""
    root = tmp_path_factory.mktemp("watched")
    leave = shutil.ignore_patterns("__pycache__", ".*")
    made = {
        each
        for stage in declared.values()
        for each in paths_of(stage, "outs", "metrics", "plots")
    }
    needed = {each for stage in declared.values() for each in stage.get("deps", [])}
    inside = [each for each in needed if not each.startswith(f"{PACKAGE}/")]
    for name in sorted({*inside, PACKAGE, "params.yaml"} - made):
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        if Path(name).is_dir():
            shutil.copytree(name, root / name, ignore=leave)
        elif Path(name).is_file():  # and not what a stage makes inside a folder
            shutil.copy2(name, root / name)
    with (root / "dvc.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump({"stages": declared}, stream)
    path = root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    for key, few in {"resamples": 20, "permutations": 1}.items():  # enough to be seen
        text = re.sub(rf"^  {key}: \d+", f"  {key}: {few}", text, flags=re.M)
    path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(name="seen", scope="module")
def fixture_seen(
    declared: dict[str, Any], stages: dict[str, Any], copy: Path
) -> dict[str, Any]:
    """Return what each stage imported and read, by its name."""
    commands = {
        name: stage["cmd"].split()[2:] if name in stages else shell_line(stage)
        for name, stage in declared.items()
    }
    found: dict[str, Any] = run(copy, WATCH, "seen.json", PACKAGE, json.dumps(commands))
    return found


def shell_line(stage: dict[str, Any]) -> str:
    """Return the command of a stage as one line."""
    return stage["cmd"] if isinstance(stage["cmd"], str) else " && ".join(stage["cmd"])


def run(root: Path, script: str, result: str, *arguments: str) -> Any:
    """Run a script in a folder, and return the JSON that it writes."""
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=root,
        env=process.fix({**os.environ, "PYTHONPATH": str(root)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads((root / result).read_text())


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


def lines_to_add(stages: dict[str, Any], used: dict[str, list[str]]) -> list[str]:
    """Say which line of dvc.yaml each stage lacks for what it imports.

    Parameters
    ----------
    stages
        What dvc.yaml declares.
    used
        The files that each stage imports.
    """
    return [
        f"dvc.yaml: add `- {name}` to the deps of {stage}, which imports it"
        for stage, names in used.items()
        for name in _outside(names, stages[stage]["deps"], "/")
    ]


def module_of(stage: dict[str, Any]) -> str:
    """Return the file that holds a stage."""
    return f"{PACKAGE}/stages/{stage['cmd'].split()[3]}.py"


def test_a_stage_uses_nothing_that_it_does_not_declare(
    stages: dict[str, Any], seen: dict[str, Any]
) -> None:
    found = {name: undeclared(stage, seen[name]) for name, stage in stages.items()}
    assert found == {name: [] for name in stages}
    # It was really watched.
    assert any(name.endswith("runtime/seeding.py") for name in seen["tune"]["files"])
    assert "tune.candidates" in seen["tune"]["keys"]


def test_an_import_that_is_not_declared_is_a_line_to_add(
    stages: dict[str, Any], seen: dict[str, Any], reached: Callable[[str], set[str]]
) -> None:
    # Also what no run happens to import.
    base = reached(f"{PACKAGE}/__main__.py")
    used = {
        name: sorted(base | reached(module_of(stage))) for name, stage in stages.items()
    }
    assert not lines_to_add(stages, used)
    for name, files in seen.items():
        assert {*files["files"]} <= {*used[name]}
    room = f"{PACKAGE}/evaluation"
    kept = [name for name in stages["evaluate"]["deps"] if name != room]
    short = {"evaluate": {"deps": kept}}
    said = lines_to_add(short, {"evaluate": used["evaluate"]})
    metrics = f"`- {room}/metrics.py` to the deps of evaluate, which imports it"
    assert f"dvc.yaml: add {metrics}" in said


@pytest.fixture(name="runs", scope="module")
def fixture_runs(seen: dict[str, Any], copy: Path) -> dict[str, list[str]]:
    """Return the stages that DVC would run if a file were changed, for each file."""
    assert seen  # the outputs are there
    for words in (["init", "--no-scm", "-q"], ["commit", "-f", "-q"]):
        subprocess.run([sys.executable, "-m", "dvc", *words], cwd=copy, check=True)
    names = [path.as_posix() for path in sorted(files_of_package())]
    found: dict[str, list[str]] = run(copy, CHANGE, "changed.json", json.dumps(names))
    assert found.pop("nothing") == []
    return found


def files_of_package() -> Iterator[Path]:
    """Yield every file of the package."""
    for path in Path(PACKAGE).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def test_a_changed_file_runs_the_stages_that_import_it(
    stages: dict[str, Any], seen: dict[str, Any], runs: dict[str, list[str]]
) -> None:
    assert {module_of(stage) for stage in stages.values()} <= runs.keys()
    for name, ran in runs.items():
        ran = [stage for stage in ran if stage in stages]
        users = {stage for stage in stages if name in seen[stage]["files"]}
        declared = {
            stage
            for stage, entry in stages.items()
            if not _outside([name], entry["deps"], "/")
        }
        assert users <= {*ran} == declared, name


# The stages that came with the project, by the room that is theirs alone. Another
# stage may use any room.
USERS: dict[str, set[str]] = {
    "drafting": set(),
    "evaluation": {"evaluate"},
    "expectations": {"validate_raw", "validate_splits"},
    "reporting": {"report"},
}
OTHERS = {"ingest", "prepare", "split", "tune", "select"}


@pytest.mark.parametrize("room", USERS)
def test_what_measures_and_shows_trains_nothing_again(
    stages: dict[str, Any], runs: dict[str, list[str]], room: str
) -> None:
    found = {
        stage
        for name, ran in runs.items()
        if name.startswith(f"{PACKAGE}/{room}/")
        for stage in ran
    }
    ours = OTHERS.union(*USERS.values())
    if (Path(PACKAGE) / room).is_dir():
        assert found & ours == USERS[room] & stages.keys()


@pytest.mark.parametrize(
    ("stage", "kind", "missing", "found"),
    [
        ("tune", "deps", "/stages/tune.py", "/stages/tune.py"),
        ("select", "deps", "/training", "/training/models.py"),
        ("report", "deps", "/reporting", "/reporting/figures.py"),
        ("evaluate", "deps", "/model_files.py", "/training/model_files.py"),
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
