"""Tables, plots and the page of the report."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.records.counts import Rows, Sides
from {{ cookiecutter.package_name }}.records.evaluation import (
    Evaluation,
    Figure,
    Interval,
    Plot,
)
from {{ cookiecutter.package_name }}.records.selection import Comparison, Selection
from {{ cookiecutter.package_name }}.records.trials import Trial, Trials
from {{ cookiecutter.package_name }}.records.validation import (
    ExpectationResult,
    ValidationResult,
)
from {{ cookiecutter.package_name }}.reporting import figures, page, trials
from {{ cookiecutter.package_name }}.runtime import environment, params
from {{ cookiecutter.package_name }}.stages import report

Make = Callable[..., params.Params]
HYPERPARAMETERS = {"C": 0.1, "penalty": None}
TRIALS = [
    Trial(1, "<b>first</b>", "dummy", {}, [], None, None, "ValueError: <script>"),
    Trial(2, "second", "dummy", HYPERPARAMETERS, [0.5, 0.7], 0.6, 0.1, None),
]
LINES = Plot("lines", "a", "b", "the x", "the y", guide="unit")
MATRIX = Plot("matrix", "predicted", "actual", "predicted", "actual", z="count")
CELLS = [["no", "no", 1], ["no", "yes", 2], ["yes", "no", 3], ["yes", "yes", 4]]
FIGURES = [
    Figure("roc", "<Curves>", "<ROC>", LINES, ["a", "b"], [[0, 0], [1, 1]], "a <note>"),
    Figure("dots", "<Curves>", "Dots", LINES, ["a", "b"], [[0, 1]]),
    Figure(
        "confusion", "Matrix", "Cells", MATRIX, ["actual", "predicted", "count"], CELLS
    ),
]
MET = ExpectationResult(
    type="expect_x",
    columns=["x", "<y>"],
    severity="critical",
    mostly=0.9,
    success=True,
    observed=None,
    unexpected_count=3,
    examples=[],
    error=None,
)
EVALUATION = Evaluation(
    seed=1,
    candidate="second",
    rows=4,
    groups=2,
    metrics={"roc_auc": Interval(0.9123456, 0.8, 0.95)},
    note="The class is <yes>.",
    figures=FIGURES,
    warnings=[],
    lock_differences=[],
)
RECORDS = report.Records(
    rows=Rows(7, 6),
    sides=Sides(4, 2, []),
    validations=[
        ValidationResult("raw", 7, [MET, replace(MET, mostly=None)], []),
        ValidationResult("train", 4, [MET], []),
    ],
    tuning=Trials("roc_auc", 1, TRIALS, [], []),
    selection=Selection(
        rule="a rule of 1 & 2",
        why="a reason",
        score="roc_auc",
        seed=1,
        winner=TRIALS[1],
        comparison=Comparison(0.5, 0.1, 0.05),
        lock_differences=[],
    ),
    evaluation=EVALUATION,
)


def test_trials_become_a_table_with_the_failure_last() -> None:
    table = trials.tabulate(TRIALS)
    assert list(table.columns[-3:]) == ["fold_1", "fold_2", "failure"]
    assert table.loc[1, "hyperparameters"] == "C=0.1, penalty=None"


def test_only_trials_that_succeeded_are_plotted() -> None:
    assert trials.plot(TRIALS).data == [[2, "second", 0.6, 0.1]]


@pytest.mark.parametrize("kind", get_args(Plot.__annotations__["kind"]))
@pytest.mark.parametrize("by", [None, "series"])
def test_every_kind_of_plot_is_drawn(kind: Any, by: str | None) -> None:
    plot = Plot(kind, "a", "b", "the x", "the y", z="c", by=by, error="c", marked=True)
    data = [[0.0, 1.0, 5, "one"], [1.0, 0.5, 7, "two"]]
    figure = Figure("f", "s", "A title", plot, ["a", "b", "c", "series"], data)
    (drawn,) = figures.draw(figure).axes
    assert drawn.has_data() and drawn.get_title() == "A title"
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("the x", "the y")
    legend = drawn.get_legend()
    if by and kind in ("lines", "points"):
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]
    png = figures.to_png(figures.draw(figure))
    assert png.startswith(b"\x89PNG") and b"Software" not in png


@pytest.mark.parametrize(
    ("guide", "ends"), [("unit", [0, 1]), ("equal", [-2, 5]), ("zero", [0, 0])]
)
def test_a_guide_is_drawn_where_it_belongs(guide: Any, ends: list[float]) -> None:
    plot = Plot("points", "a", "b", "", "", guide=guide)
    figure = Figure("f", "s", "t", plot, ["a", "b"], [[-2, 5], [1, 2]])
    line, *_ = figures.draw(figure).axes[0].lines
    assert list(np.asarray(line.get_ydata())) == ends


def test_a_matrix_says_how_many_there_are_in_each_cell() -> None:
    (drawn,) = figures.draw(FIGURES[2]).axes
    assert [text.get_text() for text in drawn.texts] == ["1", "2", "3", "4"]
    assert [text.get_text() for text in drawn.get_xticklabels()] == ["no", "yes"]


def render(
    make_settings: Make,
    differences: Sequence[str] = (),
    warnings: Sequence[str] = (),
    changes: dict[str, Any] | None = None,
    records: report.Records = RECORDS,
) -> str:
    """Render a page whose results were made with some differences to the lock."""
    tuning = replace(records.tuning, lock_differences=list(differences))
    sides = replace(records.sides, warnings=list(warnings))
    records = replace(records, tuning=tuning, sides=sides)
    shown = [*records.evaluation.figures, trials.plot(records.tuning.trials)]
    pictures = {figure.name: f"of {figure.name}" for figure in shown}
    settings = make_settings(changes={"title": "A <title>", **(changes or {})})
    return page.render(report.describe(records, shown, pictures, settings))


def test_the_page_escapes_what_it_shows(make_settings: Make) -> None:
    text = render(make_settings).partition('<section id="parameters">')[0]
    assert "Of 7 raw rows, <code>prepare</code> kept 6." in text
    assert "<title>A &lt;title&gt;: report</title>" in text
    assert "<h1>A &lt;title&gt;</h1>" in text
    assert "0.9123" in text and "The class is &lt;yes&gt;." in text
    assert "a rule of 1 &amp; 2" in text
    assert "<script>" not in text and "ValueError: &lt;script&gt;" in text
    assert ">nan<" not in text and ">None<" not in text


def test_the_page_shows_each_figure_in_its_section(make_settings: Make) -> None:
    text = render(make_settings)
    shown = re.findall(r'<img alt="(.*?)" src="data:image/png;base64,of (\w+)">', text)
    assert shown == [
        ("&lt;ROC&gt;", "roc"),
        ("Dots", "dots"),
        ("Cells", "confusion"),
        ("Trials", "trials"),
    ]
    for name, title in (("roc", "&lt;Curves&gt;"), ("confusion", "Matrix")):
        assert f'<a href="#{name}">{title}</a>' in text
        assert f'<section id="{name}">\n<h2>{title}</h2>' in text
    assert text.count("<section") == 7 and "<p>a &lt;note&gt;</p>" in text


def test_the_page_says_how_sure_the_intervals_are(make_settings: Make) -> None:
    assert "The 90 % intervals come" in render(make_settings)
    text = render(make_settings, changes={"evaluate.confidence": 0.975})
    assert '<th class="n">97.5 % from</th>' in text


def test_the_page_sums_up_the_validation_before_its_folded_tables(
    make_settings: Make,
) -> None:
    text = render(make_settings)
    assert "<p>3 of 3 expectations on 2 datasets are met." in text
    assert "<details><summary>raw: 2 of 2 met, on 7 rows</summary>" in text
    assert text.index("3 of 3 expectations") < text.index("<summary>raw")
    assert "Not met" not in text and "<details open>" not in text
    assert '<td>x, &lt;y&gt;</td><td class="n">0.9</td>' in text
    assert '<td>x, &lt;y&gt;</td><td class="n"></td>' in text
    failed = replace(MET, success=False, severity="warning")
    found = [ValidationResult("raw", 7, [MET, failed], []), RECORDS.validations[1]]
    text = render(make_settings, records=replace(RECORDS, validations=found))
    assert "2 of 3 expectations on 2 datasets" in text and "Not met: 1." in text
    assert text.count("<details open>") == 1
    assert "<details open><summary>raw: 1 of 2 met" in text


def test_the_page_says_with_which_other_versions_the_results_were_made(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "differences", lambda lock: [])
    said = "No stage that validated, trained, chose or measured"
    assert said in render(make_settings)
    text = render(make_settings, ["numpy is 1.0, not 1.2.3"])
    assert "<li>numpy is 1.0, not 1.2.3</li>" in text and said not in text


def test_the_page_lists_the_warnings_if_there_are_any(make_settings: Make) -> None:
    assert "Warnings" not in render(make_settings)
    text = render(make_settings, warnings=["'<b>' is doubtful", "so is c"])
    assert '<a href="#warnings" class="bad">Warnings</a>' in text
    body = text.split('<section id="warnings">')[1].split("</section>")[0]
    assert "<li>&#39;&lt;b&gt;&#39; is doubtful</li>\n<li>so is c</li>" in body


def test_the_page_speaks_of_groups_only_where_there_are(make_settings: Make) -> None:
    text = render(make_settings)
    assert "4 rows in 2 groups of" in text and "resamples whole groups." in text
    text = render(make_settings, changes={"columns.group": None})
    assert "4 rows of" in text and "resamples rows." in text


def test_nothing_on_the_page_is_wider_than_a_phone() -> None:
    text = page.TEMPLATE.read_text(encoding="utf-8")
    outside = re.sub(
        r'<div class="scroll">.*?</div>|<details>.*?</details>', "", text, flags=re.S
    )
    assert "<table" not in outside  # a table scrolls inside its own box


def test_the_science_names_no_problem_type_where_it_draws() -> None:
    words = "|".join(get_args(params.Params.__annotations__["problem_type"]))
    for path in Path(page.__file__).parent.iterdir():
        if path.is_file():
            assert not re.search(words, path.read_text(encoding="utf-8")), path
