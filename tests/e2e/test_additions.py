"""What a user adds, renames or takes out breaks no test, hook or page of ours."""

import json
import re
import shutil
import sys
from typing import Any

import pytest

from .console import run_page
from .project import Project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="a page is read by bash"),
]

METRIC = """\
    "precision": Metric(lambda p: metrics.precision_score(p.truth, p.decided)),
"""
FIGURE = '''def spread(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return the predicted probabilities, from the lowest to the highest."""
    table = pd.DataFrame({"score": np.sort(predictions.scores)})
    return thin(table.rename_axis("row").reset_index())


'''
CURVE = """    "spread": Curve(
        "Spread", "Scores in order", spread, Plot("points", "row", "score")
    ),
"""
TASK = '''"""A task of the user's own."""

from invoke.context import Context
from invoke.tasks import task


@task
def greet(_: Context) -> None:
    """Say hello."""
    print("Hello")
'''
# No stage of the package, and first in the file, though it needs another.
PLAIN = """stages:
  count:
    cmd: wc -l data/raw.csv > data/lines.txt
    deps:
      - data/raw.csv
    outs:
      - data/lines.txt
"""
PAGE = "# Notes\n\nThey say `invoke greet`, and lead to the [README](README.md).\n"
LINES = ["for number in range(3):\n", "    print(number)"]
CELL: dict[str, Any] = {"cell_type": "code", "execution_count": None, "id": "0"}
CELL |= {"metadata": {}, "outputs": [], "source": LINES}
NAMES = """
import json
from {package}.evaluation.problem_types import PROBLEM_TYPES as measured
from {package}.training.problem_types import PROBLEM_TYPES as learned
print(json.dumps({{
    name: [*learned[name].estimators, *measured[name].metrics, *measured[name].figures]
    for name in learned
}}))
"""


def add_all(project: Project) -> None:
    """Add one of each thing that a user may add, and take out what one may not want."""
    root = project.root
    evaluation = f"{project.package}/evaluation"
    entry = "BINARY: dict[str, {}] = {{\n"
    for name, *places in (
        ("metrics", (entry.format("Metric"), METRIC)),
        (
            "curves",
            ("    return _roc(predictions.truth, predictions.scores)\n\n\n", FIGURE),
            (entry.format("Curve"), CURVE),
        ),
    ):
        for place, text in places:
            project.edit(f"{evaluation}/{name}.py", place, place + text)
    (root / "docs/notes.md").write_text("# Notes\n\nOf our own.\n", encoding="utf-8")
    (root / "NOTES.md").write_text(PAGE, encoding="utf-8")
    (root / "tasks/greet.py").write_text(TASK, encoding="utf-8")
    for place in ("docs, image", "image, ci"):
        project.edit("tasks/__init__.py", place, place.replace(", ", ", greet, "))
    notebook = {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(notebook, indent=1, sort_keys=True) + "\n"
    (root / "notebooks/own.ipynb").write_text(text, encoding="utf-8")
    with (root / "requirements/runtime.in").open("a", encoding="utf-8") as stream:
        stream.write("joblib\n")  # the lock has it, as scikit-learn needs it
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff"):
        (root / name).unlink()


def passed(project: Project, *arguments: str) -> int:
    """Run tests of the bake, see none fail, and return how many passed."""
    command = ["pytest", "-q", "-n", "auto", "--dist", "loadfile", *arguments]
    shown = project.tool(*command).stdout
    return int(re.findall(r"(\d+) passed", shown)[-1])


def test_what_a_user_adds_or_takes_out_breaks_nothing_of_ours(copy: Project) -> None:
    add_all(copy)
    # The page runs the pipeline, with all that was added before.
    assert run_page(copy.root / "docs/add-a-stage.md", copy.root, copy.environ()) == 2
    listed = json.loads((copy.root / "reports/missing.json").read_text("utf-8"))
    assert listed and min(listed.values()) >= 1
    copy.run("git", "add", "--all")
    copy.run("git", "commit", "--quiet", "--message", "Add")
    assert passed(copy, "tests/house") > 200
    shutil.rmtree(copy.root / "tests/house")
    copy.edit("dvc.yaml", "stages:\n", PLAIN)
    copy.run("git", "add", "--all")
    copy.invoke("lint")
    assert passed(copy) > 400
    copy.invoke("docs")
    built = copy.root / "docs/_build/html"
    reference = (built / "api.html").read_text(encoding="utf-8")
    assert f"{copy.package}.stages.missing.missing" in reference
    assert 'href="notes.html"' in (built / "index.html").read_text(encoding="utf-8")
    assert copy.invoke("greet").stdout == "Hello\n"


def test_make_offers_every_task_that_needs_no_answer(fresh: Project) -> None:
    ask = "from tasks import namespace as n; import json; print(json.dumps({"
    ask += "name: bool(task.positional) for name, task in n.tasks.items()}))"
    asks = json.loads(fresh.python("-c", ask).stdout)
    text = (fresh.root / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^TASKS := (.*)$", text, re.M)
    bare = {name for name, needs_answer in asks.items() if not needs_answer}
    assert targets and {*targets[1].split()} == bare
    assert asks["remote"] and asks["expectations"]


def test_the_page_on_own_data_names_all_that_a_problem_type_has(fresh: Project) -> None:
    page = (fresh.root / "docs/your-own-data.md").read_text(encoding="utf-8")
    named = {*re.findall(r"`(\w+)`", page)}
    found = json.loads(fresh.python("-c", NAMES.format(package=fresh.package)).stdout)
    assert found.keys() == {"binary", "multiclass", "regression"}
    for name, parts in found.items():
        assert {name, *parts} <= named
