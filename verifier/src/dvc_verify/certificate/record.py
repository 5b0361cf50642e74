"""What a verification showed, as a certificate and in words."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..causes.explain import Causes
from ..compare import contents, platforms
from ..compare.outcome import Comparison, Result
from ..options import Options
from ..repository.source import Repository
from ..runs.pair import Runs
from ..runs.tried import grade_factors
from . import document
from .scope import scope_of
from .state import current_inputs
from .verifier import describe_verifier

NO_PROOF = (
    "It is no proof against forgery: whoever can commit can write one. Sign it with "
    "--sign KEY, or let CI attest it."
)


def make_record(
    repository: Repository,
    options: Options,
    runs: Runs,
    comparison: Comparison,
    causes: Causes,
) -> dict[str, Any]:
    """Return the certificate of a verification.

    Parameters
    ----------
    repository
        What was verified.
    options
        Say which lock the environment is of, and which wheel the verifier.
    runs, comparison, causes
        What was run, how it compares, and why it differs.
    """
    graded = grade_factors(runs)
    outputs = [_output(each) for each in comparison.results]
    others = [each for each in runs.stages if each.kind in ("frozen", "fetch")]
    findings = [*runs.findings, *comparison.findings, *causes.findings]
    record: dict[str, Any] = {
        "format": document.FORMAT,
        "verifier": describe_verifier(repository, options.wheel),
        "commit": repository.head,
        "lock": options.lock,
        "inputs": current_inputs(repository, options.lock),
        "platform": platforms.describe_platform(),
        "stages": [_stage(runs, each.name) for each in runs.running],
        "not_rerun": sorted(each.name for each in others),
        "outputs": outputs,
        "factors": graded,
        "findings": [asdict(each) for each in dict.fromkeys(findings)],
        "notes": runs.notes,
        "scope": scope_of(runs, graded),
        "grade": contents.worst([each["grade"] for each in outputs]),
    }
    record["verdict"] = document.verdict(record)
    record["digest"] = document.canonical_digest(record)
    return record


def _stage(runs: Runs, name: str) -> dict[str, Any]:
    ran = [each["stage"] for seen in runs.observed for each in seen.run.records()]
    count = ran.count(name) // len(runs.stage(name).commands)
    return {"name": name, "runs": count, "trace": runs.traces.get(name, "")}


def _output(result: Result) -> dict[str, Any]:
    kept = asdict(result)
    details = [kept[name].pop("detail") for name in ("runs", "committed")]
    kept |= {name: kept[name]["grade"] for name in ("runs", "committed")}
    return {**kept, "grade": result.grade, "detail": details[0] or details[1]}


def describe(record: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that a user reads, the verdict with its scope last."""
    for each in record["outputs"]:
        if each["grade"] != "identical":
            inherited = " (inherited)" if each["inherited"] else ""
            yield f"  {each['grade']}{inherited}: {each['path']}; {each['detail']}"
    for note in record["notes"]:
        yield f"  note: {note}"
    for name in record["not_rerun"]:
        yield f"  not re-run: {name}, whose outputs were taken by their hash"
    untried = [each for each in record["factors"] if each["grade"].startswith("not")]
    if len(untried) == len(record["factors"]):
        yield f"  no factor was {untried[0]['grade'].removeprefix('not ')}"
        untried = []
    for each in untried:
        yield f"  {each['name']}: {each['grade']}"
    for number, each in enumerate(record["findings"], 1):
        yield f"{number}. {each['stage']}: {each['message']}"
    yield ""
    yield from _verdict(record)


def _verdict(record: dict[str, Any]) -> Iterator[str]:
    scope, outputs = record["scope"], record["outputs"]
    untried = sum(each["grade"].startswith("not") for each in record["factors"])
    count = len(record["findings"])
    told = {
        "verified": f"Verified: {len(outputs)} outputs, {record['grade']}.",
        "partial": f"Partial: {len(outputs)} outputs, {record['grade']}; "
        f"without {', '.join(scope['missing'])}.",
        "failed": f"Not reproduced: {count} finding{'s' if count != 1 else ''}.",
    }
    yield told[record["verdict"]]
    yield (
        f"Scope: {scope['traced']} of {scope['stages']} stages traced, "
        f"{scope['tried']} factors tried, {scope['fixed']} fixed by the launcher, "
        f"{untried} not tried. A trace doesn't show which keys of a file were used, "
        "nor whether a file was only looked for."
    )
