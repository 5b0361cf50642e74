"""Say what a change does to parameters and metrics, for people who review it."""

import os
from typing import Any

from dvc_verify.repository.files import parse_json, parse_yaml, read_yaml
from dvc_verify.repository.git import ask, is_refused
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT
from .files import read_metrics
from .texts import markdown

PARAMS = "params.yaml"
METRICS = "reports/metrics.json"
RESULTS = ("dvc.lock", "reports")
ABSENT = "-"


@task(
    help={
        "base": "the revision to compare with, by default the main branch",
        "to": "the file to write, by default the job's summary or the screen",
    }
)
def summary(_: Context, base: str = "", to: str = "") -> None:
    """Show parameters and metrics against the main branch, as Markdown."""
    text = compose(base or find_base())
    target = to or os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not target:
        print(text)
        return
    path = ROOT / target
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if not to else "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    print(f"The summary is in {target}")


def find_base() -> str:
    """Return the main branch, or the commit before HEAD if that is HEAD, or ""."""
    target = os.environ.get("GITHUB_BASE_REF", "")
    names = [f"origin/{target}"] if target else ["origin/main", "main"]
    head = find_commit("HEAD")
    for name in names:
        commit = find_commit(name)
        if commit is not None and commit != head:
            return name
        if commit is not None and find_commit("HEAD^"):
            return "HEAD^"
    return ""


def find_commit(revision: str) -> str | None:
    """Return the commit that a revision names, if git knows one here."""
    words = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return git(ROOT, *words)


def compose(base: str) -> str:
    """Write the summary against a revision, or without one if it is empty."""
    if base and find_commit(base) is None:
        raise Exit(
            f"--base '{base}' is not a revision that git knows here; fetch it first"
        )
    if not (ROOT / METRICS).is_file():
        raise Exit(f"{METRICS} is missing; run `python bootstrap.py repro` first")
    params = dotted(read_yaml_file(ROOT / PARAMS))
    metrics = read_metrics(ROOT / METRICS)
    there = [
        (base and git(ROOT, "show", f"{base}:./{name}")) or ""
        for name in (PARAMS, METRICS)
    ]
    against = f" against `{base}`" if base else ""
    lines = [f"## Results{against}", ""]
    if base and not read_json(there[1]):
        lines += [f"`{base}` holds no metrics to compare with.", ""]
    if not base and not git_refuses(ROOT):
        lines += ["There is no other commit of a main branch here to compare with.", ""]
    lines += metric_rows(read_json(there[1]), metrics) + [""]
    lines += parameter_rows(read_yaml(there[0]), params) + [""]
    lines += [committed()]
    if url := os.environ.get("REPORT_URL", ""):
        lines += ["", f"[The report of this run]({url})"]
    return "\n".join(lines) + "\n"


def committed() -> str:
    """Say whether the results are those that are committed."""
    if git_refuses(ROOT):
        return REFUSED
    if find_commit("HEAD") is None:
        return "There is no commit here, so no results are committed."
    if differ := ", ".join(markdown(name) for name in changed_results()):
        return f"This run's results are not those that are committed: {differ}."
    return "This run's results are those that are committed."


def changed_results() -> list[str]:
    """Return the results that are not as HEAD has them."""
    commands = (
        ["diff", "--name-only", "--relative", "HEAD"],
        ["ls-files", "--others", "--exclude-standard"],
    )
    listed = [git(ROOT, *words, "-z", "--", *RESULTS) or "" for words in commands]
    return sorted({name for text in listed for name in text.split("\0") if name})


def metric_rows(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a table of the metrics, with their intervals and differences."""
    rows = [
        "| metric | before | now | interval | difference |",
        "|---|---|---|---|---|",
    ]
    rows.append(_row("model", before.get("candidate"), after["candidate"], "", ""))
    for name, metric in after["metrics"].items():
        old = value_of(before, name)
        new = metric["value"]
        moved = ABSENT if old is None else f"{new - old:+.4f}"
        interval = f"{metric['low']:.4f} to {metric['high']:.4f}"
        rows.append(_row(name, old, new, interval, moved))
    return rows


def value_of(metrics: dict[str, Any], name: str) -> float | None:
    """Return a metric of another revision, whose shape may be another one."""
    entries = metrics.get("metrics")
    entry = entries.get(name) if isinstance(entries, dict) else None
    value = entry.get("value") if isinstance(entry, dict) else None
    return value if isinstance(value, int | float) else None


def parameter_rows(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a table of the parameters that differ."""
    names = sorted(before.keys() | after.keys())
    names = [name for name in names if before.get(name) != after.get(name)]
    if not names:
        return ["All parameters are the same."]
    rows = ["| parameter | before | now |", "|---|---|---|"]
    return rows + [_row(name, before.get(name), after.get(name)) for name in names]


def _row(name: str, *cells: Any) -> str:
    shown = [
        (
            ABSENT
            if cell is None
            else f"{cell:.4f}" if isinstance(cell, float) else str(cell)
        )
        for cell in cells
    ]
    return "| " + " | ".join(markdown(cell) for cell in (name, *shown)) + " |"


def read_json(text: str) -> dict[str, Any]:
    """Read a revision's metrics, none if they can't be read."""
    try:
        return parse_json(text, METRICS)
    except Exit:
        return {}


def read_yaml(text: str) -> dict[str, Any]:
    """Read a revision's parameters, none if they can't be read."""
    try:
        return dotted(parse_yaml(text, PARAMS))
    except Exit:
        return {}


def dotted(tree: dict[str, Any]) -> dict[str, Any]:
    """Return what is in a mapping at any depth, with the keys joined by dots.

    Examples
    --------
    >>> dotted({"seed": 1, "tune": {"folds": 5, "grid": {}}})
    {'tune.grid': {}, 'tune.folds': 5, 'seed': 1}
    """
    flat: dict[str, Any] = {}
    todo = [(str(name), value) for name, value in tree.items()]
    while todo:
        name, value = todo.pop()
        if isinstance(value, dict) and value:
            todo += [(f"{name}.{key}", each) for key, each in value.items()]
        else:
            flat[name] = value
    return flat
