"""The cases of the fault bench: whether each says what it must, and is what it says."""

import ast
import re

import pytest
import yaml

from bench.cases import HERE, NEEDS, Case, read_case
from bench.detectors import lint
from dvc_verify.runs import factors

PATHS = sorted(HERE.glob("*/*.yaml"))
NAMES = [f"{path.parent.name}-{path.stem}" for path in PATHS]
CASES = [read_case(path) for path in PATHS]
FACTORS = {*factors.NAMES}
OTHERS = {
    "unseeded or concurrent",
    "not what the stage gives",
    "undeclared read",
    "undeclared write",
    "input changed",
    "undeclared connection",
    "read outside",
    "failed",
    "hang",
}


def test_there_are_enough_cases() -> None:
    assert sum(not case.clean for case in CASES) >= 40
    assert sum(case.clean for case in CASES) >= 15
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_case_says_what_it_must(case: Case) -> None:
    assert case.about.endswith(".") and set(case.needs) <= set(NEEDS)
    if case.refusal or case.beyond:
        return  # no cause is named
    for cause in case.causes:
        assert cause in OTHERS or set(cause.split(" with ")) <= FACTORS
    assert bool(case.causes) == bool(case.stages) == (not case.clean)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_case_has_two_or_three_stages_and_the_stated_one(case: Case) -> None:
    found: set[str] = set()
    for path, text in case.files.items():
        folder, _, name = path.rpartition("/")
        if name == "dvc.yaml":
            prefix = f"{path}:" if folder else ""
            found |= {prefix + each for each in yaml.safe_load(text)["stages"]}
    assert 2 <= len(found) <= 3
    if not case.refusal:
        assert {each.partition("@")[0] for each in case.stages} <= found


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_code_of_a_case_is_python(case: Case) -> None:
    for name, text in case.scripts.items():
        ast.parse(text, name)
        assert max(map(len, text.splitlines())) <= 88
    for text in case.files.values():
        assert not re.search(r"\bhttps?://(?!127\.0\.0\.1)", text)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_rules_find_what_they_ought_to(case: Case) -> None:
    found = lint(case)
    if case.clean:
        assert not found.detail
    if case.lint:
        assert found.caught
