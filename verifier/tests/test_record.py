"""What a verification covers, and the words that a user reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.certificate.record import describe
from dvc_verify.certificate.scope import scope_of
from dvc_verify.observe.traces import Trace
from dvc_verify.repository.stages import Stage
from dvc_verify.runs import factors
from dvc_verify.runs.pair import Observed, Runs
from dvc_verify.runs.run import Run
from dvc_verify.runs.tried import FIXED, grade_factors
from made import FINDING, made_output, made_record, stage, tools

TRIED = len(factors.NAMES) - 2  # of a made record


def test_a_verified_record_says_so_with_its_scope() -> None:
    assert list(describe(made_record())) == [
        "  clock: not tried: there is one CPU",
        "",
        "Verified: 1 outputs, identical.",
        f"Scope: 1 of 1 stages traced, {TRIED} factors tried, 1 fixed by the "
        "launcher, 1 not tried. A trace doesn't show which keys of a file were used, "
        "nor whether a file was only looked for.",
    ]


def test_all_that_is_known_is_told() -> None:
    record = made_record(
        outputs=[
            made_output("a", grade="same content"),
            made_output("b", grade="different", detail="byte 1", inherited=True),
            made_output("c"),
        ],
        notes=["use declares in.txt and never reads it"],
        not_rerun=["fetch"],
        findings=[FINDING, {**FINDING, "message": "another"}],
        verdict="failed",
    )
    lines = list(describe(record))
    assert lines[:7] == [
        "  same content: a; ",
        "  different (inherited): b; byte 1",
        "  note: use declares in.txt and never reads it",
        "  not re-run: fetch, whose outputs were taken by their hash",
        "  clock: not tried: there is one CPU",
        f"1. use: {FINDING['message']}",
        "2. use: another",
    ]
    assert lines[8] == "Not reproduced: 2 findings."


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {
                "verdict": "partial",
                "scope": {**made_record()["scope"], "missing": ["network", "trace"]},
            },
            "Partial: 1 outputs, identical; without network, trace.",
        ),
        (
            {"verdict": "failed", "findings": [FINDING]},
            "Not reproduced: 1 finding.",
        ),
    ],
)
def test_what_is_not_whole_is_never_called_verified(
    changes: dict[str, Any], line: str
) -> None:
    lines = list(describe(made_record(**changes)))
    assert line in lines
    assert "verified" not in "\n".join(lines).lower()
    assert lines[-1].startswith(f"Scope: 1 of 1 stages traced, {TRIED} factors")


def runs_of(
    folder: Path, stages: list[Stage], *observed: Observed, **changes: Any
) -> Runs:
    """Return runs on a machine with some tools changed."""
    folders = (folder / "base", folder / "memory")
    return Runs(tuple(stages), tools(**changes), folders, observed)


def observed(
    folder: Path,
    probe: dict[str, Any] | None,
    traces: dict[str, Trace],
    digests: dict[str, str] | None = None,
) -> Observed:
    """Return a run with a probe and with traces."""
    folder.mkdir(parents=True)
    if probe is not None:
        (folder / "0000.probe").write_text(json.dumps(probe))
    run = Run(folder, folder, folder, {}, {}, ())
    return Observed(run, {}, traces, digests or {})


ONE = dict.fromkeys(factors.NAMES, "one") | {"network": "a way out"}
TWO = dict.fromkeys(factors.NAMES, "two") | {"network": "none"}


def graded(
    folder: Path,
    one: dict[str, Any] | None,
    two: dict[str, Any] | None,
    traces: tuple[dict[str, Trace], dict[str, Trace]] = ({}, {}),
    **changes: Any,
) -> dict[str, str]:
    """Return the grade of each factor after two runs with probes."""
    stages = [stage("use"), stage("data", kind="data")]
    both = [
        observed(folder / str(number), probe, trace)
        for number, (probe, trace) in enumerate(zip((one, two), traces, strict=True))
    ]
    found = grade_factors(runs_of(folder, stages, *both, **changes))
    assert [each["name"] for each in found] == list(factors.NAMES)
    return {each["name"]: each["grade"] for each in found}


def test_what_the_probe_sees_change_is_tried(tmp_path: Path) -> None:
    assert {*graded(tmp_path, ONE, TWO).values()} == {"tried"}


def test_what_the_probe_sees_no_change_of_is_not_tried(tmp_path: Path) -> None:
    found = graded(tmp_path, ONE, {**TWO, "locale": "one", "clock": "one"})
    untried = {name for name, grade in found.items() if grade != "tried"}
    assert untried == {"locale", "clock"}
    assert found["clock"] == "not tried: its probe saw no change"


def test_a_path_in_the_folders_of_the_verification_is_told_without_them(
    tmp_path: Path,
) -> None:
    one = {**ONE, "home": str(tmp_path / "base" / "home")}
    two = {**TWO, "home": str(tmp_path / "memory" / "home")}
    assert graded(tmp_path, one, two)["home"] == "not tried: its probe saw no change"


def test_a_machine_without_a_network_tries_it_all_the_same(tmp_path: Path) -> None:
    offline = {**ONE, "network": "none"}
    assert graded(tmp_path / "a", offline, TWO)["network"] == "tried"
    online = {**TWO, "network": "a way out"}
    grade = graded(tmp_path / "b", ONE, online)["network"]
    assert grade == "not tried: its probe saw no change"


def test_without_a_probe_nothing_is_tried(tmp_path: Path) -> None:
    found = graded(tmp_path, None, None)
    assert {*found.values()} == {"not tried: its probe saw no change"}


def test_what_the_machine_can_not_vary_has_its_reason(tmp_path: Path) -> None:
    found = graded(tmp_path, ONE, TWO, clock={}, no_clock="no library")
    assert found["clock"] == "not tried: no library"


def test_after_one_run_nothing_is_tried(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, [stage("use")], observed(tmp_path / "0", ONE, {}))
    grades = {each["grade"] for each in grade_factors(runs)}
    assert grades == {"not tried: there was no second run"}
    assert scope_of(runs, grade_factors(runs))["missing"] == [
        "clock",
        "network",
        "trace",
    ]


def started(*zones: str | None) -> dict[str, Trace]:
    """Return the trace of a stage that started programs with these time zones."""
    environments = [{} if zone is None else {"TZ": zone} for zone in zones]
    return {"use": Trace(started=environments)}


@pytest.mark.parametrize(
    ("one", "two", "grade"),
    [
        (started("a", "UTC"), started("b", "UTC"), FIXED),
        (started("UTC"), started("UTC"), FIXED),
        (started("a"), started("b"), "tried"),
        (started("a", None), started("b", None), "tried"),
        (started("a", "UTC"), started("b"), "tried"),
        ({}, started("UTC"), "tried"),
    ],
)
def test_what_every_stage_sets_anew_to_the_same_is_fixed_by_the_launcher(
    tmp_path: Path, one: dict[str, Trace], two: dict[str, Trace], grade: str
) -> None:
    found = graded(tmp_path, ONE, TWO, (one, two))
    assert found["time zone"] == grade
    assert found["clock"] == "tried"  # no variable fixes it


@pytest.mark.parametrize(
    ("grades", "traces", "missing"),
    [
        ({}, {"use": "0" * 64, "make": "1" * 64}, []),
        ({"clock": "not tried: x"}, {"use": "0" * 64, "make": "1" * 64}, ["clock"]),
        ({"network": FIXED}, {"use": "0" * 64, "make": "1" * 64}, ["network"]),
        ({"umask": "not tried: x"}, {"use": "0" * 64, "make": "1" * 64}, []),
        ({}, {"use": "failed", "make": "1" * 64}, ["trace"]),
        ({}, {"use": "", "make": "1" * 64}, ["trace"]),
        ({}, {"make": "1" * 64}, ["trace"]),
    ],
)
def test_what_a_full_verification_lacks_is_named(
    tmp_path: Path,
    grades: dict[str, str],
    traces: dict[str, str],
    missing: list[str],
) -> None:
    stages = [stage("make"), stage("use"), stage("data", kind="data")]
    runs = runs_of(tmp_path, stages, observed(tmp_path / "0", ONE, {}, traces))
    told = [
        {"name": name, "grade": grades.get(name, "tried")} for name in factors.NAMES
    ]
    scope = scope_of(runs, told)
    assert scope["missing"] == missing
    assert scope["stages"] == 2
    assert scope["traced"] == (1 if "trace" in missing else 2)
    assert scope["tried"] == len(factors.NAMES) - len(grades)
    assert scope["fixed"] == list(grades.values()).count(FIXED)
