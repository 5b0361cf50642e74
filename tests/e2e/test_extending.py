"""A new estimator, metric or figure is one edit in one file, as the README says."""

import csv
import json
import re

import pytest

from .project import Project

pytestmark = pytest.mark.e2e

METRIC = """    "precision": Metric(
        lambda p: metrics.precision_score(p.truth, p.decided)
    ),
"""
FIGURE = '''def spread(predictions: Predictions, _: Evaluate) -> pd.DataFrame:
    """Return the predicted probabilities, from the lowest to the highest."""
    table = pd.DataFrame({"score": np.sort(predictions.scores)})
    return thin(table.rename_axis("row").reset_index())


'''
ENTRY = """    "spread": Curve(
        "Spread", "Scores in order", spread, Plot("points", "row", "score")
    ),
"""
CANDIDATE = """    trees:
      estimator: extra_trees
      grid:
        n_estimators: [10, 20]
"""


def ran(project: Project) -> set[str]:
    """Run the pipeline and return the stages that ran."""
    return set(re.findall(r"Running stage '(\w+)'", project.invoke("repro").stdout))


def add(project: Project, name: str, *pairs: tuple[str, str]) -> None:
    """Put texts after others in a file that the README names for it."""
    section = (project.root / "README.md").read_text(encoding="utf-8")
    section = section.split("**Add an estimator, a metric or a figure.**")[1]
    assert f"`{project.package}/{name}`" in section.split("\n\n**")[0]
    for place, text in pairs:
        project.edit(f"{project.package}/{name}", place, place + text)


def test_a_metric_and_a_figure_are_one_edit_each_and_train_nothing(
    copy: Project,
) -> None:
    before = json.loads((copy.root / "reports/metrics.json").read_text())["metrics"]
    binary = "BINARY: dict[str, {}] = {{\n"
    add(copy, "evaluation/metrics.py", (binary.format("Metric"), METRIC))
    assert ran(copy) == {"evaluate", "report"}
    after = json.loads((copy.root / "reports/metrics.json").read_text())["metrics"]
    assert 0.7 < after.pop("precision")["value"] <= 1 and after == before
    curves = (binary.format("Curve"), ENTRY)
    roc = "    return _roc(predictions.truth, predictions.scores)\n\n\n"
    add(copy, "evaluation/curves.py", (roc, FIGURE), curves)
    assert ran(copy) == {"evaluate", "report"}
    table = (copy.root / "reports/figures/spread.csv").read_text(encoding="utf-8")
    assert table.startswith("row,score\n0,")
    assert (copy.root / "reports/figures/pictures/spread.png").is_file()
    page = (copy.root / "reports/report.html").read_text(encoding="utf-8")
    assert '<section id="spread">\n<h2>Spread</h2>' in page
    assert '<img alt="Scores in order" src="data:image/png' in page


def test_an_estimator_is_one_edit_and_a_candidate(copy: Project) -> None:
    line = '    "dummy": DummyClassifier,\n'
    imported = "from sklearn.ensemble import (\n"
    add(
        copy,
        "training/problem_types.py",
        (imported, "    ExtraTreesClassifier,\n"),
        (line, '    "extra_trees": ExtraTreesClassifier,\n'),
    )
    grid = "        C: [0.01, 0.1, 1.0, 10.0]\n"
    copy.edit("params.yaml", grid, grid + CANDIDATE)
    assert {"tune", "select", "report"} <= ran(copy)
    with (copy.root / "reports/trials.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["candidate"] == "trees"]
    assert [row["estimator"] for row in rows] == ["extra_trees"] * 2
    assert all(float(row["mean"]) > 0.7 for row in rows)
    lint = ["-m", "flake8", copy.package]
    assert copy.python(*lint).stdout == ""
