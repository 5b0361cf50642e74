"""Tables and page of the report."""

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
EVALUATION = {
    "rows": 4,
    "groups": 2,
    "metrics": {"roc_auc": {"value": 0.9123456, "low": 0.8, "high": 0.95}},
    "roc": {"false_positive_rate": [0, 1], "true_positive_rate": [0, 1]},
    "calibration": {"predicted": [0.5], "observed": [0.5]},
    "confusion_matrix": [[1, 2], [3, 4]],
    "permutation_importance": [{"feature": "x", "mean": 0.1, "std": 0.0}],
}


def test_trials_become_a_table_with_the_failure_last() -> None:
    table = report.tabulate_trials(TRIALS)
    assert list(table.columns[-3:]) == ["fold_1", "fold_2", "failure"]
    assert table.loc[1, "settings"] == "C=0.1, penalty=None"


def test_every_figure_is_drawn_from_its_table() -> None:
    trials = report.tabulate_trials(TRIALS)
    tables = report.tabulate_figures(EVALUATION, trials, ["no", "yes"])
    assert tables.keys() == figures.DRAW.keys()
    confusion = tables["confusion_matrix"].set_index(["actual", "predicted"])["count"]
    assert confusion["no", "yes"] == 2
    drawn = figures.confusion_matrix(tables["confusion_matrix"])
    assert [text.get_text() for text in drawn.axes[0].texts] == ["1", "2", "3", "4"]
    assert list(tables["trials"]["trial"]) == [2]


def render(differences: list[str]) -> str:
    """Render a page whose results were made with some differences to the lock."""
    return report.render(
        {
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
            "pictures": dict.fromkeys(figures.DRAW, ""),
            "positive": "yes",
            "parameters": [("a", "1 & 2")],
            "pins": {"numpy": "1.2.3"},
            "lock": "abc",
            "differences": differences,
        }
    )


def test_the_page_escapes_what_it_shows() -> None:
    page = render([])
    assert "0.9123" in page and "1 &amp; 2" in page
    assert "<script>" not in page and "ValueError: &lt;script&gt;" in page
    assert ">nan<" not in page and ">None<" not in page


def test_the_page_says_with_which_other_versions_the_results_were_made() -> None:
    said = "Every stage checked the installed versions"
    assert said in render([])
    page = render(["numpy is 1.0, not 1.2.3"])
    assert "<li>numpy is 1.0, not 1.2.3</li>" in page and said not in page
