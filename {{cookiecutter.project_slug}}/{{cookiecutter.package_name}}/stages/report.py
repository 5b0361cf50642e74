"""Write everything under ``reports/``: what git keeps, and what people read."""

import base64
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from ..core import environment, params, paths
from ..core.artifacts import Outputs, digest, read_json
from ..core.yaml_file import read_yaml
from ..reporting import figures

# What metrics.json takes from the evaluation as it is.
MEASURED = ("seed", "candidate", "rows", "groups", "metrics")
TEMPLATE = Path(__file__).parents[1] / "reporting" / "report.html"


def tabulate_trials(trials: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per trial; settings and fold scores become columns."""
    rows = [
        {
            "trial": trial["trial"],
            "candidate": trial["candidate"],
            "estimator": trial["estimator"],
            "settings": _in_words(trial["settings"]),
            "mean": trial["mean"],
            "standard_error": trial["standard_error"],
            **{f"fold_{n}": score for n, score in enumerate(trial["scores"], 1)},
            "failure": trial["failure"],
        }
        for trial in trials
    ]
    table = pd.DataFrame(rows)
    # A first trial that failed has no fold columns, which would come last then.
    return table[[name for name in table if name != "failure"] + ["failure"]]


def tabulate_figures(
    evaluation: dict[str, Any], trials: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the table behind each figure.

    Parameters
    ----------
    evaluation, trials
        What `evaluate` and `tabulate_trials` gave.
    """
    done = trials[trials["failure"].isna()]
    return {
        **{
            name: pd.DataFrame(table["data"], columns=table["columns"])
            for name, table in evaluation["figures"].items()
        },
        "trials": done[["trial", "candidate", "mean", "standard_error"]],
    }


def render(content: dict[str, Any]) -> str:
    """Render the page; every value is escaped."""
    loader = jinja2.FileSystemLoader(TEMPLATE.parent)
    page = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters["number"] = lambda value: "" if value is None else f"{value:.4g}"
    page.filters["words"] = _in_words
    return page.get_template(TEMPLATE.name).render(content) + "\n"


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_in_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_in_words(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value) or '""'


def _flat(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    if not isinstance(tree, dict):
        return [(prefix, _in_words(tree))]
    return [
        row
        for key, value in tree.items()
        for row in _flat(value, f"{prefix}.{key}" if prefix else key)
    ]


def main(arguments: list[str]) -> None:
    """Write the metrics, trials, selection, data checks, figures and the page."""
    settings = params.load()
    evaluation = read_json(paths.EVALUATION)
    selection = read_json(paths.SELECTION)
    tuning = read_json(paths.TRIALS)
    trials = tuning["trials"]
    checks = [read_json(path) for path in sorted(paths.CHECKS.glob("*.json"))]
    records = [*checks, tuning, selection, evaluation]
    warned = [read_json(paths.SPLIT), tuning, evaluation]
    differences = environment.differences(paths.RUNTIME_LOCK)
    for record in records:
        differences += record["lock_differences"]
    differences = sorted(set(differences))
    trials_table = tabulate_trials(trials)
    with Outputs() as outputs:
        pictures = {}
        for name, table in tabulate_figures(evaluation, trials_table).items():
            outputs.csv(paths.FIGURES / f"{name}.csv", table)
            figure = figures.DRAW[name](table)
            png = outputs.figure(paths.PICTURES / f"{name}.png", figure)
            title = figure.axes[0].get_title()
            pictures[name] = {"title": title, "png": base64.b64encode(png).decode()}
        outputs.json(
            paths.METRICS,
            {
                **{key: evaluation[key] for key in MEASURED},
                "lock_differences": len(differences),
            },
        )
        outputs.csv(paths.TRIALS_TABLE, trials_table)
        outputs.json(paths.SELECTION_RECORD, selection)
        for check in checks:
            outputs.json(paths.VALIDATION / f"{check['dataset']}.json", check)
        page = {
            "rows": read_json(paths.ROWS),
            "evaluation": evaluation,
            "selection": selection,
            "trials": trials,
            "checks": checks,
            "pictures": pictures,
            "sections": settings.names.sections,
            "note": settings.names.note.format(positive=settings.columns.positive),
            "parameters": _flat(read_yaml(paths.PARAMS)),
            "pins": environment.read_pins(paths.RUNTIME_LOCK),
            "lock": digest(paths.RUNTIME_LOCK),
            "differences": differences,
            "grouped": settings.columns.group is not None,
            "warnings": [text for record in warned for text in record["warnings"]],
        }
        outputs.text(paths.REPORT, render(page))
