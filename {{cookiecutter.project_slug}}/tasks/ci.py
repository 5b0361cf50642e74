"""Say what a change does to parameters and metrics, for people who review it."""

import os
from typing import Any

from dvc_verify.repository.files import read_yaml
from dvc_verify.repository.git import ask, is_in_git, is_refused
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
REFUSED = "Git doesn't read the repository here, so there is nothing to compare with."


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
    if not is_in_git(ROOT):  # DVC compares nothing there
        return ""
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
    return ask(ROOT, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def compose(base: str) -> str:
    """Write the summary against a revision, or without one if it is empty."""
    if base and find_commit(base) is None:
        raise Exit(
            f"--base '{base}' is not a revision that git knows here; fetch it first"
        )
    if not (ROOT / METRICS).is_file():
        raise Exit(f"{METRICS} is missing; run `python bootstrap.py repro` first")
    metrics = read_metrics(ROOT / METRICS)
    for name in (PARAMS, "dvc.yaml"):
        read_yaml(ROOT / name)
    changes = diff(base) if base else {}
    before = {name: each.get("old") for name, each in changes.get(METRICS, {}).items()}
    against = f" against `{base}`" if base else ""
    lines = [f"## Results{against}", ""]
    if base and all(value is None for value in before.values()):
        lines += [f"`{base}` holds no metrics to compare with.", ""]
    if not base and not is_refused(ROOT):
        lines += ["There is no other commit of a main branch here to compare with.", ""]
    lines += metric_rows(before, metrics) + [""]
    if base:
        lines += parameter_rows(changes.get(PARAMS, {})) + [""]
    lines += [committed()]
    if url := os.environ.get("REPORT_URL", ""):
        lines += ["", f"[The report of this run]({url})"]
    return "\n".join(lines) + "\n"


def diff(base: str) -> dict[str, Any]:
    """Return what DVC says is old and new: by the file, then by dotted names.

    Raises
    ------
    Exit
        If it can't read what is here now.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.scm import SCMError

    try:
        with Repo(ROOT) as repo:
            found = [repo.metrics.diff(base, all=True), repo.params.diff(base)]
    except (DvcException, SCMError) as error:
        raise Exit(f"DVC can't compare with '{base}': {error}") from None
    for each in found:
        if problem := each.get("errors", {}).get("workspace"):
            raise Exit(f"DVC can't compare with '{base}': {problem}")
    return {
        file: {str(name): change for name, change in changes.items()}
        for each in found
        for file, changes in each.get("diff", {}).items()
    }


def committed() -> str:
    """Say whether the results are those that are committed."""
    if is_refused(ROOT):
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
    listed = [ask(ROOT, *each, "-z", "--", *RESULTS) or "" for each in commands]
    return sorted({name for text in listed for name in text.split("\0") if name})


def metric_rows(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a table of the metrics, with their intervals and differences.

    Parameters
    ----------
    before
        The values of another revision, by dotted names; its shape may be another one.
    after
        What the last run measured.
    """
    rows = [
        "| metric | before | now | interval | difference |",
        "|---|---|---|---|---|",
    ]
    rows.append(_row("model", before.get("candidate"), after["candidate"], "", ""))
    for name, metric in after["metrics"].items():
        old, new = before.get(f"metrics.{name}.value"), metric["value"]
        moved = f"{new - old:+.4f}" if isinstance(old, int | float) else ABSENT
        interval = f"{metric['low']:.4f} to {metric['high']:.4f}"
        rows.append(_row(name, old, new, interval, moved))
    return rows


def parameter_rows(changes: dict[str, dict[str, Any]]) -> list[str]:
    """Return a table of the parameters that differ."""
    if not changes:
        return ["All parameters are the same."]
    rows = ["| parameter | before | now |", "|---|---|---|"]
    return rows + [
        _row(name, change.get("old"), change.get("new"))
        for name, change in sorted(changes.items())
    ]


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
