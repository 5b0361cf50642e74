"""Which factors a search names, and how many runs it takes."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.causes import search
from dvc_verify.causes.search import (
    FAILED,
    MOST,
    UNSEEDED,
    Search,
    find_factors,
)
from dvc_verify.compare.outcome import NOT_GIVEN
from dvc_verify.errors import Refusal
from dvc_verify.repository.stages import Output, Stage
from dvc_verify.runs import factors
from dvc_verify.runs.factors import CONTROL, EXPERIMENT, PLAIN, Choice
from dvc_verify.runs.run import Run
from made import output, stage

NAMES = list(factors.NAMES)
LAST = "out.txt"


def search_among(
    names: list[str], culprits: tuple[str, ...]
) -> tuple[list[str], list[frozenset[str]]]:
    """Return what is found if all culprits are needed, and the tries it took."""
    tries: list[frozenset[str]] = []

    def differs(some: list[str]) -> bool:
        tries.append(frozenset(some))
        return {*culprits} <= {*some}

    return find_factors(names, differs), tries


@pytest.mark.parametrize("count", range(1, len(NAMES) + 1))
def test_one_culprit_is_found_at_every_place(count: int) -> None:
    for name in NAMES[:count]:
        found, tries = search_among(NAMES[:count], (name,))
        assert found == [name]
        assert len(tries) <= MOST - 2


def test_every_pair_that_matters_only_together_is_found() -> None:
    for pair in itertools.combinations(NAMES, 2):
        found, tries = search_among(NAMES, pair)
        assert found == list(pair)
        # One run is for the repetition that comes first.
        assert len(tries) <= MOST - 1


def test_three_culprits_take_no_more_runs_than_two() -> None:
    for three in itertools.combinations(NAMES, 3):
        assert len(search_among(NAMES, three)[1]) <= MOST - 1


def test_nothing_is_named_where_not_even_all_factors_make_a_difference() -> None:
    assert search_among(NAMES, ("another",))[0] == []
    assert search_among([], ())[0] == []


class Pipeline:
    """A session with one stage, which gives what a function makes of its choice.

    Parameters
    ----------
    folder
        Where its clones are.
    gives
        Returns the text of the output, or None to fail. It is given the choice, the
        number of the run and the time at which the clock stands, "" if it runs.
    """

    def __init__(
        self, folder: Path, gives: Callable[[Choice, int, str], str | None]
    ) -> None:
        self.folder, self.gives = folder, gives
        self.count = 0
        self.choice: Choice = {}
        self.changes: dict[str, Any] = {}
        self.printed = ""

    def drop(self) -> None:
        """Forget what the last run was told."""
        self.changes = {}

    def prepare(self, choice: Choice) -> Run:
        """Make a folder in the place of a clone."""
        self.choice = dict(choice)
        self.count += 1
        root = self.folder / str(self.count)
        root.mkdir()
        configuration = {"clock": {"FAKETIME": "+400d"}}
        return Run(root, root, root, {}, configuration, ())

    def change(self, _: Run, values: Mapping[str, Any]) -> None:
        """Take a change of the configuration."""
        self.changes |= json.loads(json.dumps(values))

    def before(self, _: Stage) -> list[Output]:
        """Return what the stage starts from."""
        return [output("data.txt")]

    def run_stage(self, run: Run, _: Stage) -> int:
        """Write what the function gives, if it gives something."""
        assert (run.root / "data.txt").read_text() == "data"
        assert self.changes["limit"] == 60
        (run.log / "output").write_text(self.printed)
        clock = self.changes.get("clock", {}).get("FAKETIME", "")
        text = self.gives(self.choice, self.count, clock)
        if text is None:
            return 1
        (run.root / LAST).write_text(text)
        return 0


def signed(text: str) -> dict[str, str]:
    """Return the signature of the stage when it gives a text."""
    return {LAST: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}


def make_search(session: Pipeline, *skipped: str) -> Search:
    """Return a search for the cause in the one stage of a session."""
    first = session.folder / "first"
    first.mkdir()
    (first / "data.txt").write_text("data")
    inputs = Run(first, first, first, {}, {}, ())
    checked = stage(outputs=(LAST,))
    return Search(session, checked, inputs, frozenset(skipped), 60)


def sides(*names: str) -> Callable[[Choice, int, str], str]:
    """Return a stage that gives something else on side b of all these factors."""
    return lambda choice, *_: str(all(choice[name] == EXPERIMENT for name in names))


SAME, ELSE = signed("False"), signed("True")


@pytest.mark.parametrize("name", NAMES)
def test_the_factor_that_makes_the_difference_is_named(
    tmp_path: Path, name: str
) -> None:
    session = Pipeline(tmp_path, sides(name))
    assert make_search(session).find_cause(SAME, ELSE, {}) == name
    assert session.count <= MOST


@pytest.mark.parametrize(
    "pair", [(NAMES[0], NAMES[-1]), (NAMES[0], NAMES[1]), (NAMES[6], NAMES[7])]
)
def test_a_pair_is_named_together(tmp_path: Path, pair: tuple[str, str]) -> None:
    session = Pipeline(tmp_path, sides(*pair))
    assert make_search(session).find_cause(SAME, ELSE, {}) == " with ".join(pair)
    assert session.count <= MOST


def test_what_gives_something_else_each_time_is_unseeded(tmp_path: Path) -> None:
    session = Pipeline(tmp_path, lambda choice, number, clock: str(number))
    assert make_search(session).find_cause(signed("a"), signed("b"), {}) == UNSEEDED
    assert session.count == 3


def test_what_is_alike_only_while_the_clock_stands_holds_the_time(
    tmp_path: Path,
) -> None:
    def timed(choice: Choice, number: int, clock: str) -> str:
        assert choice["clock"] == (EXPERIMENT if clock else CONTROL)
        return clock or str(number)

    search = make_search(Pipeline(tmp_path, timed))
    assert search.find_cause(signed("a"), signed("b"), {}) == "clock"


def test_a_clock_that_shows_seldom_is_found_by_another_repetition(
    tmp_path: Path,
) -> None:
    # It shows the minutes, which pass after the first repetition.
    def timed(choice: Choice, number: int, clock: str) -> str:
        return clock or str(number > 1)

    search = make_search(Pipeline(tmp_path, timed))
    assert search.find_cause(SAME, ELSE, {}) == "clock"


def test_without_a_clock_that_stands_it_is_unseeded(tmp_path: Path) -> None:
    session = Pipeline(tmp_path, lambda choice, number, clock: clock or str(number))
    search = make_search(session, "clock")
    assert search.find_cause(signed("a"), signed("b"), {}) == UNSEEDED
    assert session.count == 1


def test_what_fails_while_the_clock_stands_does_not_hold_the_time(
    tmp_path: Path,
) -> None:
    session = Pipeline(tmp_path, lambda _, number, clock: None if clock else "x")
    assert make_search(session).find_cause(signed("a"), signed("b"), {}) == UNSEEDED


def test_a_factor_that_can_not_be_the_cause_is_not_named(tmp_path: Path) -> None:
    session = Pipeline(tmp_path, sides("locale"))
    assert make_search(session, "locale").find_cause(SAME, ELSE, {}) == UNSEEDED


@pytest.mark.parametrize(("gives", "named"), [("locale", "locale"), ("x", UNSEEDED)])
def test_the_only_factor_left_is_tried_before_it_is_named(
    tmp_path: Path, gives: str, named: str
) -> None:
    def given(choice: Choice, *_: object) -> str:
        return str(choice.get(gives) == EXPERIMENT)

    others = [name for name in NAMES if name != "locale"]
    search = make_search(Pipeline(tmp_path, given), *others)
    assert search.find_cause(SAME, ELSE, {}) == named


def test_a_committed_result_that_no_run_gives_is_forged(tmp_path: Path) -> None:
    session = Pipeline(tmp_path, lambda *_: "right")
    right, forged = signed("right"), signed("forged")
    assert make_search(session).find_cause(right, right, forged) == NOT_GIVEN
    assert session.count == 1


def test_a_committed_result_of_another_machine_is_not_what_is_given(
    tmp_path: Path,
) -> None:
    session = Pipeline(tmp_path, lambda choice, *_: str(choice["locale"]))
    side_a, kept = signed(CONTROL), signed("third")
    assert make_search(session).find_cause(side_a, side_a, kept) == NOT_GIVEN


def test_a_result_that_only_the_users_own_machine_gives_is_named(
    tmp_path: Path,
) -> None:
    session = Pipeline(tmp_path, lambda choice, *_: str(choice["locale"] == PLAIN))
    assert make_search(session).find_cause(SAME, SAME, ELSE) == "locale"


def test_a_factor_under_which_a_stage_fails_is_named(tmp_path: Path) -> None:
    session = Pipeline(
        tmp_path, lambda choice, *_: None if choice["network"] == EXPERIMENT else "x"
    )
    assert make_search(session).find_cause(signed("x"), FAILED, {}) == "network"


def test_a_stage_that_fails_only_in_the_first_run_names_what_it_can_not_bear(
    tmp_path: Path,
) -> None:
    session = Pipeline(
        tmp_path, lambda choice, *_: None if choice["locale"] == CONTROL else "x"
    )
    assert make_search(session).find_cause(FAILED, FAILED, {}) == "locale"


def test_a_stage_that_always_fails_is_called_failed(tmp_path: Path) -> None:
    session = Pipeline(tmp_path, lambda *_: None)
    assert make_search(session).find_cause(FAILED, FAILED, {}) == "failed"
    assert session.count == 1


@pytest.mark.parametrize("words", ["No space left on device", "Disk quota exceeded"])
def test_a_full_disk_is_no_cause(tmp_path: Path, words: str) -> None:
    session = Pipeline(tmp_path, lambda *_: None)
    session.printed = f"OSError: [Errno 28] {words}\n"
    with pytest.raises(Refusal, match="the disk is full"):
        make_search(session).find_cause(FAILED, FAILED, {})


def test_the_search_ends_when_its_runs_are_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 4)
    session = Pipeline(tmp_path, sides(NAMES[-1]))
    assert make_search(session).find_cause(SAME, ELSE, {}) == "not found in ten runs"
    assert session.count == 4


def test_every_cause_that_can_be_named_has_a_remedy() -> None:
    assert {*NAMES, UNSEEDED, NOT_GIVEN} == {*search.REMEDIES}
    assert all(search.REMEDIES.values())
