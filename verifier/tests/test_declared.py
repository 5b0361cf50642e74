"""What a stage did that it doesn't declare, and what it may do."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from dvc_verify.observe.declared import (
    allowed_folders,
    check_stage,
    inside,
    never_read,
    unproved,
)
from dvc_verify.observe.traces import Trace
from dvc_verify.repository.stages import Stage
from made import output, stage, write

STAGE = stage(reads=("use.py", "data"), outputs=("out.txt", "made"))
WEB = "192.0.2.1 port 80"


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    """Return a DVC repository that is a folder of a git repository."""
    write(tmp_path / "top" / "project", {"use.py": "", "data/a.csv": "", "in.txt": ""})
    return tmp_path / "top" / "project"


def found(
    root: Path,
    reads: Iterable[str] = (),
    writes: Iterable[str] = (),
    connections: Iterable[str] = (),
    checked: Stage = STAGE,
) -> list[tuple[str, str]]:
    """Return kind and path of the findings of a trace; paths start at the root."""
    allowed = allowed_folders([root.parents[1] / "home", root.parents[1] / "tmp"])
    trace = Trace(
        {os.path.normpath(root / name) for name in reads},
        {os.path.normpath(root / name) for name in writes},
        set(connections),
    )
    findings = check_stage(checked, trace, root, root.parent, allowed)
    for each in findings:
        assert each.stage == checked.name
        assert each.cause == each.kind
        assert each.message.startswith(f"{each.kind}: {each.path}; ")
    return [(each.kind, each.path) for each in findings]


def test_an_undeclared_read_is_found(root: Path) -> None:
    assert found(root, ["in.txt", "use.py"]) == [("undeclared read", "in.txt")]


def test_a_name_that_is_no_text_can_be_printed(root: Path) -> None:
    assert found(root, ["in\udcff é.txt"]) == [("undeclared read", "in\\xff é.txt")]


def test_a_read_beside_the_project_in_its_repository_is_undeclared(root: Path) -> None:
    assert found(root, ["../other.csv"]) == [("undeclared read", "../other.csv")]


def test_files_of_git_are_one_finding(root: Path) -> None:
    read = ["../.git/HEAD", "../.git/refs/heads/main"]
    assert found(root, read) == [("undeclared read", ".git")]


def test_a_read_outside_is_found(root: Path) -> None:
    place = str(root.parents[1] / "data.csv")
    assert found(root, [place]) == [("read outside", place)]


@pytest.mark.parametrize("name", ["in.txt", "../beside.txt"])
def test_an_undeclared_write_is_found(root: Path, name: str) -> None:
    write(root, {name: ""})
    assert found(root, writes=[name]) == [("undeclared write", name)]


def test_a_write_outside_is_found(root: Path) -> None:
    place = str(root.parents[1] / "left.txt")
    write(root, {place: ""})
    assert found(root, writes=[place]) == [("undeclared write", place)]


@pytest.mark.parametrize("name", ["use.py", "data/a.csv", "data/new.csv"])
def test_a_write_to_an_input_is_found_though_it_was_read(root: Path, name: str) -> None:
    assert found(root, [name], [name]) == [("input changed", name)]


def test_a_connection_is_found_where_the_stage_declares_none(root: Path) -> None:
    assert found(root, connections=[WEB]) == [("undeclared connection", WEB)]
    allowed = stage(meta={"connect": True})
    assert not found(root, connections=[WEB, "127.0.0.1 port 9"], checked=allowed)


def test_each_of_several_files_is_found_once(root: Path) -> None:
    write(root, {"b.txt": "", "c.txt": ""})
    assert found(root, ["in.txt", "a.txt"], ["b.txt", "c.txt"], [WEB]) == [
        ("undeclared write", "b.txt"),
        ("undeclared write", "c.txt"),
        ("undeclared read", "a.txt"),
        ("undeclared read", "in.txt"),
        ("undeclared connection", WEB),
    ]


RIGHT: dict[str, tuple[list[str], list[str]]] = {
    "its dependencies": (["use.py", "data/a.csv", "data/deep/b.csv"], []),
    "its own outputs": (["out.txt", "made/a"], ["out.txt", "made/a", "made/deep/b"]),
    "a folder": (["."], []),
    "a folder that it removed file by file": (["made up"], ["made up/a"]),
    "files of the system": (["/usr/lib/x.so", "/etc/hosts", "/dev/null"], []),
    "the environment": ([f"{sys.prefix}/pyvenv.cfg", f"{os.__file__}"], []),
    "its home": (["../../home/a/.cache/x"], ["../../home/a/.cache/y"]),
    "its temporary folder": (["../../tmp/a/x"], ["../../tmp/a/x"]),
    "a file that it wrote itself and removed": (["partial"], ["partial"]),
    "a file that is moved away": ([], ["out.txt.partial", "out.txt"]),
    "a file outside that is gone": ([], ["../../gone"]),
    "locks of git": ([], ["../.git/index.lock", "../.git/index"]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_found(root: Path, name: str) -> None:
    # They are there: a file of one's own may stay.
    write(root.parents[1], {"home/a/.cache/y": "", "tmp/a/x": "", "top/.git/index": ""})
    reads, writes = RIGHT[name]
    assert not found(root, reads, writes)


def test_a_name_that_only_begins_alike_is_not_inside() -> None:
    assert inside("/a/b", ["/x", "/a/b"])
    assert inside("/a/b/c", ["/a/b/"])
    assert not inside("/a/bc", ["/a/b"])
    assert not inside("/a", ["/a/b"])


def test_folders_are_allowed_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    allowed = allowed_folders([tmp_path / "link"])
    assert {str(tmp_path / "real"), str(tmp_path / "link"), "/usr"} <= {*allowed}


def test_the_root_of_the_system_is_never_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"/{os.pathsep}{os.pathsep}/opt/tool/bin")
    allowed = allowed_folders([])
    assert "/opt/tool/bin" in allowed
    assert not {"/", "", os.getcwd()} & {*allowed}


def proof(root: Path, checked: Stage = STAGE, **changes: set[str]) -> list[str]:
    """Return why a trace that shows all of a stage isn't trusted after a change."""
    seen = {"reads": {"use.py"}, "writes": {"out.txt", "made/a"}} | changes
    paths = {kind: {str(root / name) for name in seen[kind]} for kind in seen}
    trace = Trace(paths["reads"], paths["writes"], started=[{}])
    return unproved(checked, trace, root)


def test_a_trace_that_shows_what_surely_happened_is_trusted(root: Path) -> None:
    write(root, {"out.txt": "", "made/a": ""})
    assert not proof(root)


def test_a_trace_that_misses_every_dependency_is_not_trusted(root: Path) -> None:
    assert proof(root, reads={"in.txt"}) == [
        "it was not seen to read any of its dependencies"
    ]
    assert not proof(root, stage(), reads=set())


@pytest.mark.parametrize(
    ("name", "seen"), [("out.txt", {"made/a"}), ("made", {"out.txt"})]
)
def test_a_trace_that_misses_an_output_is_not_trusted(
    root: Path, name: str, seen: set[str]
) -> None:
    write(root, {"out.txt": "", "made/a": ""})
    assert proof(root, writes=seen) == [f"it was not seen to write {name}"]


def test_outputs_that_need_not_be_written_prove_nothing(root: Path) -> None:
    (root / "made" / "empty").mkdir(parents=True)
    write(root, {"kept.txt": ""})
    kept = output("kept.txt", persist=True)
    checked = stage(outputs=("made", "not made", kept))
    assert not proof(root, checked, writes=set())


def test_a_trace_without_a_process_or_with_a_problem_is_not_trusted(
    root: Path,
) -> None:
    assert unproved(stage(), Trace(problems=["a line"]), root) == [
        "a line",
        "no process was seen to start",
    ]


def test_dependencies_of_which_nothing_was_read_are_told(root: Path) -> None:
    trace = Trace({str(root / "data/deep/a.csv")}, {str(root / "log")})
    checked = stage(reads=("use.py", "data", "log", "dat"))
    assert never_read(checked, trace, root) == ["use.py", "dat"]
