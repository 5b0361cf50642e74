"""The pipeline of a real bake: outputs by value, and a second run that runs nothing."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml

from .project import Project

pytestmark = pytest.mark.e2e


def test_the_metrics_are_within_bounds(ran: Project) -> None:
    record = json.loads((ran.root / "reports/metrics.json").read_text())
    metrics = record["metrics"]
    assert set(metrics) == {
        "roc_auc",
        "accuracy",
        "balanced_accuracy",
        "f1",
        "brier",
        "log_loss",
    }
    assert 0.90 < metrics["roc_auc"]["value"] < 1.0
    assert 0.80 < metrics["accuracy"]["value"] < 0.98
    assert 0.02 < metrics["brier"]["value"] < 0.15
    for metric in metrics.values():
        assert metric["low"] < metric["value"] < metric["high"]
    assert 50 < record["rows"] < 120 and record["groups"] < record["rows"]


def test_every_trial_of_the_grid_is_in_the_table(ran: Project) -> None:
    plan = yaml.safe_load((ran.root / "params.yaml").read_text())["tune"]
    expected = []
    for name, candidate in plan["candidates"].items():
        size = 1
        for values in candidate["grid"].values():
            size *= len(values)
        expected += [name] * size
    with (ran.root / "reports/trials.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["candidate"] for row in rows] == expected
    folds = [f"fold_{number}" for number in range(1, plan["folds"] + 1)]
    for row in rows:
        assert row["failure"] == ""
        scores = [float(row[fold]) for fold in folds]
        assert float(row["mean"]) == pytest.approx(sum(scores) / len(scores))


def test_the_winner_beats_the_baseline_by_the_margin(ran: Project) -> None:
    selection = json.loads((ran.root / "reports/selection.json").read_text())
    comparison = selection["comparison"]
    assert selection["winner"]["candidate"] != "baseline"
    assert comparison["gain"] >= comparison["margin"] > 0
    gain = selection["winner"]["mean"] - comparison["baseline"]
    assert comparison["gain"] == pytest.approx(gain)


@pytest.mark.parametrize(
    ("section", "shows"),
    [
        ("metrics", r"<td>roc_auc</td><td class=\"n\">0\.9\d+"),
        ("roc", r"alt=\"ROC curve\" src=\"data:image/png;base64,iVBOR"),
        ("roc", r"alt=\"Calibration\" src=\"data:image/png;base64,iVBOR"),
        ("confusion_matrix", r"src=\"data:image/png;base64,iVBOR"),
        ("permutation_importance", r"src=\"data:image/png;base64,iVBOR"),
        ("trials", r"<td>logistic</td><td>C=1</td>"),
        ("validation", r"<summary>raw: 45 of 45 met.*<td>met</td>"),
        ("parameters", r"<code>split\.key</code></td><td>penguins-1</td>"),
        ("environment", r"<td>scikit-learn</td><td>\d"),
    ],
)
def test_each_section_of_the_report_shows_its_content(
    ran: Project, section: str, shows: str
) -> None:
    page = (ran.root / "reports/report.html").read_text(encoding="utf-8")
    body = page.split(f'<section id="{section}">')[1].split("</section>")[0]
    assert re.search(shows, body, re.DOTALL)


def test_the_report_needs_nothing_from_outside(ran: Project) -> None:
    page = (ran.root / "reports/report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)


def test_every_figure_is_there_as_picture_and_as_data(ran: Project) -> None:
    folder = ran.root / "reports/figures"
    pictures = {path.stem for path in (folder / "pictures").glob("*.png")}
    tables = {path.stem for path in folder.glob("*.csv")}
    assert len(pictures) == 5 and pictures == tables


def test_no_artifact_names_this_machine(ran: Project) -> None:
    forbidden = [str(ran.root).encode(), str(Path.home()).encode() + b"/"]
    for path in ran.artifacts():
        content = path.read_bytes()
        assert not any(word in content for word in forbidden), path


def test_a_second_repro_runs_nothing(ran: Project) -> None:
    before = ran.digests()
    finished = ran.invoke("repro")
    assert "Running stage" not in finished.stdout + finished.stderr
    assert ran.digests() == before


def test_dvc_shows_metrics_and_plots(ran: Project) -> None:
    shown = json.loads(ran.tool("dvc", "metrics", "show", "--json").stdout)
    (revision,) = shown.values()
    values = revision["data"]["reports/metrics.json"]["data"]["metrics"]
    assert values["roc_auc"]["value"] > 0.9
    out = str(ran.scratch / "plots")
    assert "failed" not in ran.tool("dvc", "plots", "show", "--out", out).stderr
    page = (ran.scratch / "plots/index.html").read_text(encoding="utf-8")
    for name in ("roc", "calibration", "confusion_matrix"):
        assert f"reports/figures/pictures/{name}.png" in page
    for name in ("permutation_importance", "trials"):
        assert f"reports/figures/{name}.csv" in page


def test_git_shows_only_the_lock_and_the_reports(copy: Project) -> None:
    copy.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    copy.run("git", "commit", "-qam", "Ask for more")
    copy.invoke("repro")
    changed = {line[3:].partition("/")[0] for line in copy.status().splitlines()}
    assert changed == {"dvc.lock", "reports"}


HEAVY = {"great_expectations", "sklearn", "matplotlib", "pandas", "skops", "scipy"}


@pytest.mark.parametrize(
    ("arguments", "imports"),
    [
        (["ingest"], set()),
        (["validate", "raw"], {"great_expectations", "pandas", "scipy"}),
        (["prepare"], {"pandas"}),
        (["split"], {"pandas"}),
        (["tune"], {"pandas", "sklearn", "scipy"}),
        (["select"], {"pandas", "sklearn", "skops", "scipy"}),
        (["evaluate"], {"pandas", "sklearn", "skops", "scipy"}),
        (["report"], {"pandas", "matplotlib"}),
    ],
)
def test_a_stage_imports_nothing_heavy_that_it_does_not_use(
    copy: Project, arguments: list[str], imports: set[str]
) -> None:
    script = (
        "import os, runpy, sys\n"
        f"sys.argv = ['stage', *{arguments!r}]\n"
        "try:\n"
        f"    runpy.run_module({copy.package!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('MODULES', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    finished = copy.python("-c", script)
    loaded = set(finished.stdout.split("MODULES")[1].split())
    assert loaded & HEAVY == imports
