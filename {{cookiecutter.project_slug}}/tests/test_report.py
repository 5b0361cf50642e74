"""Tables and page of the report."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.core.task import TASKS
from {{ cookiecutter.package_name }}.reporting import figures
from {{ cookiecutter.package_name }}.stages import report

TRIALS = [
    {
        "trial": 1,
        "candidate": "<b>first</b>",
        "estimator": "dummy",
        "settings": {},
        "scores": [],
        "mean": None,
        "standard_error": None,
        "failure": "ValueError: <script>",
    },
    {
        "trial": 2,
        "candidate": "second",
        "estimator": "dummy",
        "settings": {"C": 0.1, "penalty": None},
        "scores": [0.5, 0.7],
        "mean": 0.6,
        "standard_error": 0.1,
        "failure": None,
    },
]
EVALUATION: dict[str, Any] = {
    "rows": 4,
    "groups": 2,
    "metrics": {"roc_auc": {"value": 0.9123456, "low": 0.8, "high": 0.95}},
    "figures": {
        "roc": {
            "columns": ["false_positive_rate", "true_positive_rate"],
            "data": [[0, 0], [1, 1]],
        },
        "roc_by_class": {
            "columns": ["class", "false_positive_rate", "true_positive_rate"],
            "data": [["a", 0, 0], ["a", 1, 1], ["b", 0, 0], ["b", 1, 1]],
        },
        "calibration": {"columns": ["observed", "predicted"], "data": [[0.5, 0.5]]},
        "confidence": {"columns": ["observed", "predicted"], "data": [[0.5, 0.5]]},
        "confusion_matrix": {
            "columns": ["actual", "predicted", "count"],
            "data": [
                ["no", "no", 1],
                ["no", "yes", 2],
                ["yes", "no", 3],
                ["yes", "yes", 4],
            ],
        },
        "predictions": {"columns": ["actual", "predicted"], "data": [[1, 2], [2, 3]]},
        "residuals": {"columns": ["predicted", "residual"], "data": [[1, 2], [2, 3]]},
        "permutation_importance": {
            "columns": ["feature", "mean", "std"],
            "data": [["x", 0.1, 0.0]],
        },
    },
}


def test_trials_become_a_table_with_the_failure_last() -> None:
    table = report.tabulate_trials(TRIALS)
    assert list(table.columns[-3:]) == ["fold_1", "fold_2", "failure"]
    assert table.loc[1, "settings"] == "C=0.1, penalty=None"


def test_every_figure_is_drawn_from_its_table() -> None:
    trials = report.tabulate_trials(TRIALS)
    tables = report.tabulate_figures(EVALUATION, trials)
    assert tables.keys() == figures.DRAW.keys()
    titles = set()
    for name, draw in figures.DRAW.items():
        drawn = draw(tables[name]).axes[0]
        assert drawn.has_data(), name
        titles.add(drawn.get_title())
    assert len(titles) == len(tables)
    confusion = tables["confusion_matrix"].set_index(["actual", "predicted"])["count"]
    assert confusion["no", "yes"] == 2
    drawn = figures.confusion_matrix(tables["confusion_matrix"]).axes[0]
    assert [text.get_text() for text in drawn.texts] == ["1", "2", "3", "4"]
    assert list(tables["trials"]["trial"]) == [2]


def render(
    differences: list[str],
    task: str = "binary",
    grouped: bool = True,
    warnings: Sequence[str] = (),
) -> str:
    """Render a page whose results were made with some differences to the lock."""
    names = TASKS[task]
    return report.render(
        {
            "rows": {"read": 7, "kept": 6},
            "evaluation": EVALUATION,
            "selection": {
                "rule": "a rule",
                "why": "a reason",
                "score": "roc_auc",
                "winner": TRIALS[1],
                "comparison": {"baseline": 0.5, "gain": 0.1, "margin": 0.05},
            },
            "trials": TRIALS,
            "checks": [],
            "pictures": {
                name: {"title": f"<{name}>", "png": "AA=="} for name in figures.DRAW
            },
            "sections": names.sections,
            "note": names.note.format(positive="<yes>"),
            "parameters": [("a", "1 & 2")],
            "pins": {"numpy": "1.2.3"},
            "lock": "abc",
            "differences": differences,
            "grouped": grouped,
            "warnings": warnings,
        }
    )


def test_the_page_escapes_what_it_shows() -> None:
    page = render([])
    assert "Of 7 raw rows, <code>prepare</code> kept 6." in page
    assert "0.9123" in page and "1 &amp; 2" in page
    assert "<script>" not in page and "ValueError: &lt;script&gt;" in page
    assert ">nan<" not in page and ">None<" not in page


@pytest.mark.parametrize("task", TASKS)
def test_the_page_shows_the_figures_of_its_task(task: str) -> None:
    page = render([], task)
    shown = re.findall(
        '<img alt="&lt;(.*?)&gt;" src="data:image/png;base64,AA==">', page
    )
    assert shown == [*TASKS[task].figures, "permutation_importance", "trials"]
    for title, names in TASKS[task].sections.items():
        assert f'<a href="#{names[0]}">{title}</a>' in page
        assert f'<section id="{names[0]}">\n<h2>{title}</h2>' in page
    assert ("&lt;yes&gt;" in page) == (task == "binary")


def test_the_page_says_with_which_other_versions_the_results_were_made() -> None:
    said = "No stage that checked, trained, chose or measured"
    assert said in render([])
    page = render(["numpy is 1.0, not 1.2.3"])
    assert "<li>numpy is 1.0, not 1.2.3</li>" in page and said not in page


def test_the_page_lists_the_warnings_if_there_are_any() -> None:
    assert "Warnings" not in render([])
    page = render([], warnings=["'<b>' is doubtful", "so is c"])
    assert '<a href="#warnings" class="bad">Warnings</a>' in page
    body = page.split('<section id="warnings">')[1].split("</section>")[0]
    assert "<li>&#39;&lt;b&gt;&#39; is doubtful</li>\n<li>so is c</li>" in body


def test_the_page_speaks_of_groups_only_where_there_are() -> None:
    page = render([])
    assert "4 rows in 2 groups of" in page and "resamples whole groups." in page
    page = render([], grouped=False)
    assert "4 rows of" in page and "resamples rows." in page
