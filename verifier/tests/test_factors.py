"""What each side of a factor sets for a stage, and what can't be varied."""

import os
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.repository.git import GIT
from dvc_verify.runs import factors
from dvc_verify.runs.factors import (
    CONTROL,
    EXPERIMENT,
    NAMES,
    PLAIN,
    Places,
    Setup,
    clone_path,
    differing,
    everywhere,
    launch_configuration,
    not_tried,
)
from dvc_verify.runs.machine import Tools
from made import tools

BASE = Path("/base")


def configured(choice: dict[str, str], made: Tools, **settings: Any) -> dict[str, Any]:
    """Return what a choice sets: what the launcher is told, and the clone's place."""
    places = Places(*(BASE / name for name in ("top", "home", "tmp", "log", "order")))
    own = Setup(made, {"FAKETIME_SHARED": "/x /x"}, BASE / "bin/python", **settings)
    given = launch_configuration(choice, places, own)
    return {**given, "path": clone_path(BASE, choice)}


@pytest.fixture(autouse=True)
def _of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the user a name and a variable, whoever runs the tests."""
    monkeypatch.setenv("USER", "someone")
    monkeypatch.setenv("CHOSEN", "value")
    monkeypatch.setenv("LC_TIME", "de_DE.UTF-8")


WHERE = {
    "clock": "clock",
    "path": "path",
    "cpu count": "cpus",
    "umask": "umask",
    "network": "network",
    "host name": "host",
}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "directory order"])
@pytest.mark.parametrize("base", [CONTROL, EXPERIMENT])
def test_both_sides_of_a_factor_differ_and_nothing_else_does(
    name: str, base: str
) -> None:
    # Where a clone stands, and so the order in which it is listed, is for `Session`.
    other = EXPERIMENT if base == CONTROL else CONTROL
    one = configured(everywhere(base), tools())
    two = configured({**everywhere(base), name: other}, tools())
    changed = {key for key in one if one[key] != two[key]}
    expected = {WHERE.get(name, "environment")}
    if name == "user":
        expected.add("uid")
    assert changed - {"environment"} == expected - {"environment"}
    if "environment" in expected:
        assert changed >= {"environment"}
    variables = {
        key
        for key in one["environment"].keys() | two["environment"].keys()
        if one["environment"].get(key) != two["environment"].get(key)
    }
    known = {
        "hash seed": {"PYTHONHASHSEED"},
        "home": {"HOME"},
        "locale": {"LC_ALL", "PYTHONUTF8", "PYTHONCOERCECLOCALE"},
        "temporary folder": {"TMPDIR"},
        "threads": {*factors.THREADS},
        "time zone": {"TZ"},
    }
    if name == "environment":
        assert variables >= {"CHOSEN", "LC_TIME"}
    elif name == "user":
        assert variables == ({"USER"} if "USER" in variables else set())
    else:
        assert variables == known.get(name, set())


def test_every_factor_has_a_remedy_and_a_place_in_the_probe() -> None:
    assert all(factors.REMEDIES[name] for name in NAMES)
    from dvc_verify.runs import probe

    seen = probe.see(os.curdir)
    assert {*seen} == {*NAMES}


def test_the_plain_side_is_as_the_user_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    given = configured(everywhere(PLAIN), tools())
    environment = given["environment"]
    added = {*GIT, "PATH", "PYTHONDONTWRITEBYTECODE"}
    kept = {key: each for key, each in environment.items() if key not in added}
    before = {key: each for key, each in os.environ.items() if key not in added}
    assert kept == before
    folder, _, path = environment["PATH"].partition(os.pathsep)
    assert (folder, path) == ("/base/bin", os.environ["PATH"])
    unchanged = [given[name] for name in ("cpus", "uid", "host", "network", "clock")]
    assert unchanged == [[], None, "", True, {}]
    umask = os.umask(0o22)
    os.umask(umask)
    assert given["umask"] == umask


def test_only_what_is_passed_gets_through_on_side_b(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib of mine")
    monkeypatch.setenv("TOKEN", "t")
    found = configured(everywhere(EXPERIMENT), tools(), passed=("TOKEN",))[
        "environment"
    ]
    assert (found["TOKEN"], found["LD_LIBRARY_PATH"]) == ("t", "/lib of mine")
    known = {*factors.PASSED, *factors.CLEARED, *factors.THREADS, *GIT}
    known |= {"HOME", "TMPDIR", "TZ", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE"}
    assert {*found} <= known | {"TOKEN"}
    assert "TOKEN" not in configured(everywhere(EXPERIMENT), tools())["environment"]
    assert configured(everywhere(CONTROL), tools())["environment"]["CHOSEN"] == "value"


@pytest.mark.parametrize("side", [CONTROL, EXPERIMENT])
def test_the_locale_of_the_user_does_not_get_through(
    monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    for name in ("LANG", "LANGUAGE", "LC_CTYPE"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    found = configured({**everywhere(PLAIN), "locale": side}, tools())["environment"]
    assert not {"LANG", "LANGUAGE", "LC_CTYPE"} & {*found}


def test_without_namespaces_the_network_is_cut_by_strace_and_the_user_stays() -> None:
    given = configured(everywhere(EXPERIMENT), tools(namespaces="not allowed"))
    assert given["strace"][-1] == "inject=connect:error=ENETUNREACH"
    assert (given["network"], given["uid"], given["host"]) == (True, None, "")
    assert configured(everywhere(EXPERIMENT), tools())["strace"] == ["strace"]
    given = configured(everywhere(CONTROL), tools(namespaces="not allowed"))
    assert given["strace"] == ["strace"]


def test_without_a_library_the_clock_is_not_shifted() -> None:
    assert configured(everywhere(EXPERIMENT), tools(clock={}))["clock"] == {}
    shifted = configured(everywhere(EXPERIMENT), tools())["clock"]
    assert shifted == {"FAKETIME": "+400d", "FAKETIME_SHARED": "/x /x"}


def test_with_one_cpu_threads_still_differ() -> None:
    one, two = (
        configured(everywhere(side), tools(cpus=[5])) for side in (CONTROL, EXPERIMENT)
    )
    assert one["environment"]["OMP_NUM_THREADS"] == "1"
    assert two["environment"]["OMP_NUM_THREADS"] == "2"


def test_the_places_of_clones_differ_in_length_spaces_and_letters() -> None:
    places = [
        str(clone_path(BASE, everywhere(side))) for side in (PLAIN, CONTROL, EXPERIMENT)
    ]
    assert len({*places}) == 3
    assert " " in places[2] and not places[2].isascii()
    assert len(places[2]) > len(places[1]) + 50
    assert places[1].isascii() and " " not in places[1]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, {}),
        ({"clock": {}, "no_clock": "no library"}, {"clock": "no library"}),
        ({"namespaces": "no"}, {"user": "no", "host name": "no"}),
        (
            {"namespaces": "no", "strace": []},
            {"user": "no", "host name": "no", "network": "no"},
        ),
        ({"strace": []}, {}),
        (
            {"tmpfs": None},
            {"directory order": "there is no room on a file system in memory"},
        ),
        ({"cpus": [3]}, {"cpu count": "there is one CPU"}),
        ({"cpus": []}, {"cpu count": "Linux only"}),
    ],
)
def test_what_can_not_be_varied_has_a_reason(
    changes: dict[str, Any], reasons: dict[str, str]
) -> None:
    assert not_tried(tools(**changes)) == reasons


def test_factors_differ_in_the_order_in_which_they_are_halved() -> None:
    assert differing(everywhere(CONTROL), everywhere(EXPERIMENT)) == list(NAMES)
    changed = {**everywhere(CONTROL), "network": EXPERIMENT, "clock": EXPERIMENT}
    assert differing(everywhere(CONTROL), changed) == ["clock", "network"]
