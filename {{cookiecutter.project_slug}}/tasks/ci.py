"""Say what a change does to parameters and metrics, for people who review it."""

import json
import os
import subprocess
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from .commands import ROOT
from .repository import untied

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


def git(*words: str) -> str | None:
    """Return what git prints, or None if it fails or is not there."""
    try:
        finished = subprocess.run(
            ["git", *words],
            cwd=ROOT,
            env=untied(),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return None
    return finished.stdout if finished.returncode == 0 else None


def find_base() -> str:
    """Return the main branch, or the commit before HEAD if that is HEAD, or ""."""
    target = os.environ.get("GITHUB_BASE_REF", "")
    names = [f"origin/{target}"] if target else ["origin/main", "main"]
    head = git("rev-parse", "HEAD")
    for name in names:
        revision = git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if revision is not None and revision != head:
            return name
        if revision is not None and git("rev-parse", "--verify", "--quiet", "HEAD^"):
            return "HEAD^"
    return ""


def compose(base: str) -> str:
    """Write the summary against a revision, or without one if it is empty."""
    if base and git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}") is None:
        raise Exit(
            f"--base '{base}' is no revision that git knows here; fetch it first"
        )
    if not (ROOT / METRICS).is_file():
        raise Exit(f"{METRICS} is missing; run `python bootstrap.py repro` first")
    here = [(ROOT / name).read_text(encoding="utf-8") for name in (PARAMS, METRICS)]
    there = [
        (base and git("show", f"{base}:./{name}")) or "" for name in (PARAMS, METRICS)
    ]
    against = f" against `{base}`" if base else ""
    lines = [f"## Results{against}", ""]
    if base and not there[1]:
        lines += [f"`{base}` holds no metrics to compare with.", ""]
    if not base:
        lines += ["There is no main branch here to compare with.", ""]
    lines += metric_rows(read_json(there[1]), read_json(here[1])) + [""]
    lines += parameter_rows(read_yaml(there[0]), read_yaml(here[0])) + [""]
    differ = ", ".join(f"`{name}`" for name in changed_results())
    lines += [
        (
            f"This run's results are not those that are committed: {differ}."
            if differ
            else "This run's results are those that are committed."
        )
    ]
    if url := os.environ.get("REPORT_URL", ""):
        lines += ["", f"[The report of this run]({url})"]
    return "\n".join(lines) + "\n"


def changed_results() -> list[str]:
    """Return the results that are not as HEAD has them."""
    commands = (
        ["diff", "--name-only", "--relative", "HEAD"],
        ["ls-files", "--others", "--exclude-standard"],
    )
    listed = [git(*words, "-z", "--", *RESULTS) or "" for words in commands]
    return sorted({name for text in listed for name in text.split("\0") if name})


def metric_rows(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a table of the metrics, with their intervals and differences."""
    rows = [
        "| metric | before | now | interval | difference |",
        "|---|---|---|---|---|",
    ]
    rows.append(_row("model", before.get("candidate"), after["candidate"], "", ""))
    for name, metric in after["metrics"].items():
        old = before.get("metrics", {}).get(name, {}).get("value")
        new = metric["value"]
        moved = ABSENT if old is None else f"{new - old:+.4f}"
        interval = f"{metric['low']:.4f} to {metric['high']:.4f}"
        rows.append(_row(name, old, new, interval, moved))
    return rows


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
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in (name, *shown))
    return "| " + " | ".join(escaped) + " |"


def read_json(text: str) -> dict[str, Any]:
    """Read metrics, none if there is no text."""
    content: dict[str, Any] = json.loads(text) if text else {}
    return content


def read_yaml(text: str) -> dict[str, Any]:
    """Read parameters with their keys joined by dots, none if there is no text."""
    from ruamel.yaml import YAML

    flat: dict[str, Any] = {}
    todo = [("", YAML(typ="safe", pure=True).load(text) or {})] if text else []
    while todo:
        prefix, tree = todo.pop()
        for key, value in tree.items():
            if isinstance(value, dict):
                todo.append((f"{prefix}{key}.", value))
            else:
                flat[f"{prefix}{key}"] = value
    return flat
