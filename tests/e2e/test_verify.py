"""The verifier on small repositories: what it catches, names, refuses and survives."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.checkout import Checkout, commit

from .repositories import FILES, USE, repository, verifier

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell on Windows"),
]
Build = Callable[..., Checkout]


@pytest.fixture()
def build(tmp_path: Path, interpreter: Path) -> Build:
    """Return a function that makes a repository out of `FILES` with some changed."""

    def make(changes: dict[str, str] | None = None, run: bool = True) -> Checkout:
        files = {**FILES, **(changes or {})}
        return repository(tmp_path / "repository", interpreter, files, run)

    return make


def certificate(project: Checkout) -> dict[str, Any]:
    path = project.root / "certificate.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def skip_without(record: dict[str, Any], *factors: str) -> None:
    """Skip where this machine couldn't vary what the test is about."""
    for each in record["factors"]:
        if each["name"] in factors and each["grade"].startswith("not tried"):
            pytest.skip(f"{each['name']}: {each['grade']}")


def write(expression: str) -> str:
    """Return a stage that writes what an expression gives."""
    return USE + f"open('out.txt', 'w').write({expression})\n"


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("str(__import__('random').random())", "unseeded or concurrent"),
        ("' '.join({'a', 'b', 'cc', 'ddd', 'eeee', 'fffff'})", "hash seed"),
        ("str(__import__('time').time())", "clock"),
        ("str(__import__('datetime').date.today())", "clock"),
        ("__import__('time').strftime('%z')", "time zone"),
        ("__import__('os').getcwd()", "path"),
        ("__import__('getpass').getuser()", "user"),
        ("str(open(__import__('os').devnull).encoding)", "locale"),
        ("__import__('tempfile').gettempdir()", "temporary folder"),
        ("__import__('os').environ.get('CONFIDENCE', 'none')", "environment"),
    ],
)
def test_a_difference_is_named_with_its_cause(
    build: Build, monkeypatch: pytest.MonkeyPatch, expression: str, cause: str
) -> None:
    monkeypatch.setenv("CONFIDENCE", "0.9")
    project = build({"use.py": write(expression)})
    shown = verifier(project, code=1)
    record = certificate(project)
    skip_without(record, cause)
    assert record["verdict"] == "failed"
    (finding,) = record["findings"]
    assert (finding["stage"], finding["cause"]) == ("use", cause)
    assert f"Cause: {cause}; " in shown and "Verified" not in shown


def test_two_factors_that_matter_only_together_are_named_together(
    build: Build,
) -> None:
    both = "'b' if '+1345' in __import__('time').strftime('%z') and "
    both += "__import__('os').environ.get('OMP_NUM_THREADS') != '1' else 'a'"
    project = build({"use.py": write(both)})
    verifier(project, code=1)
    (finding,) = certificate(project)["findings"]
    assert finding["cause"] == "time zone with threads"


def test_a_later_output_that_differs_is_inherited(build: Build) -> None:
    unseeded = "import random\nopen('data.txt', 'w').write(str(random.random()))\n"
    project = build({"make.py": unseeded})
    verifier(project, code=1)
    record = certificate(project)
    inherited = {each["path"]: each["inherited"] for each in record["outputs"]}
    assert inherited["data.txt"] is False and inherited["out.txt"] is True
    assert [each["stage"] for each in record["findings"]] == ["make"]


@pytest.mark.parametrize("committed", [True, False])
def test_a_forged_metric_is_found(build: Build, committed: bool) -> None:
    project = build()
    (project.root / "metrics.json").write_text('{"size": 99}')
    if committed:
        project.tool("dvc", "commit", "--force", "--quiet")
    commit(project)
    shown = verifier(project, code=1)
    assert "size: 5 against 99" in shown
    (finding,) = certificate(project)["findings"]
    assert finding["cause"] == "not what the stage gives"


@pytest.mark.parametrize(
    ("line", "kind", "path"),
    [
        ("open('dvc.yaml').read()", "undeclared read", "dvc.yaml"),
        ("open('extra.txt', 'w').write('x')", "undeclared write", "extra.txt"),
        ("open('data.txt', 'a').write('x')", "input changed", "data.txt"),
        (
            "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
            "undeclared connection",
            "127.0.0.1 port 9",
        ),
    ],
)
def test_what_is_not_declared_is_found(
    build: Build, line: str, kind: str, path: str
) -> None:
    project = build({"use.py": f"{USE}\n{line}\n"})
    verifier(project, code=1)
    record = certificate(project)
    if not record["scope"]["traced"]:
        pytest.skip("strace is missing, or may not trace here")
    found = [(each["kind"], each["path"]) for each in record["findings"]]
    assert (kind, path) in found


def test_a_read_outside_is_found(build: Build, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("1")
    project = build({"use.py": f"{USE}\nopen({str(outside)!r}).read()\n"})
    verifier(project, code=1)
    record = certificate(project)
    if not record["scope"]["traced"]:
        pytest.skip("strace is missing, or may not trace here")
    (finding,) = record["findings"]
    assert (finding["kind"], finding["path"]) == ("read outside", str(outside))


def test_a_stage_that_hangs_under_a_factor_is_ended(build: Build) -> None:
    hang = "import time\nif time.strftime('%z') == '+1345': time.sleep(600)\n"
    project = build({"use.py": hang + USE})
    shown = verifier(project, "run", "--patience", "3", code=1)
    (finding,) = certificate(project)["findings"]
    assert (finding["kind"], finding["stage"]) == ("hang", "use")
    assert "was ended" in shown


MANY = """\
vars:
  - names: {first: one}
stages:
  each:
    foreach: [a, b]
    do:
      cmd: python each.py ${item}
      deps: [each.py]
      outs: ["parts/${item}.txt"]
  grid:
    matrix:
      size: [1, 2]
    cmd: python each.py grid-${item.size}
    deps: [each.py]
    outs: ["parts/grid-${item.size}.txt"]
  inner:
    wdir: inner
    cmd:
      - python work.py ${names.first}
      - python work.py two
    deps: [work.py]
    outs:
      - results
  running:
    cmd: python count.py
    deps: [count.py]
    outs:
      - total.txt: {persist: true}
  still:
    frozen: true
    cmd: python never.py
    deps: [each.py]
    outs: [still.txt]
"""
WORK = """\
import pathlib, sys
pathlib.Path("results").mkdir(exist_ok=True)
pathlib.Path("results", sys.argv[1]).write_text(sys.argv[1])
"""


def test_every_form_of_a_stage_is_run_once_and_compared(build: Build) -> None:
    project = build(
        {
            "dvc.yaml": MANY,
            "each.py": "import sys\nname = sys.argv[1]\n"
            "open(f'parts/{name}.txt', 'w').write(name)\n",
            "parts/.keep": "",
            "inner/work.py": WORK,
            "count.py": "open('total.txt', 'w').write('1')\n",
            "other/dvc.yaml": FILES["dvc.yaml"],
            "other/make.py": FILES["make.py"],
            "other/use.py": FILES["use.py"],
            "still.txt": "kept",
        },
        run=False,
    )
    # A frozen stage is committed as it is: its command would fail.
    project.run("git", "rm", "--quiet", "--cached", "still.txt")
    project.tool("dvc", "commit", "--force", "still")
    project.tool("dvc", "repro", "--all-pipelines")
    (project.root / "table.txt").write_text("from elsewhere")
    project.tool("dvc", "add", "--quiet", "table.txt")
    commit(project)
    shown = verifier(project)
    record = certificate(project)
    runs = {each["name"]: each["runs"] for each in record["stages"]}
    assert set(runs.values()) == {2} and "still" not in runs
    assert {"each@a", "grid@1", "inner", "running", "other/dvc.yaml:use"} <= set(runs)
    assert record["not_rerun"] == ["still"] and "not re-run: still" in shown
    assert {each["grade"] for each in record["outputs"]} == {"identical"}
    shutil.rmtree(project.root / ".dvc/cache")
    refused = verifier(project, code=2)
    assert "error: still.txt is neither in the cache nor at a remote" in refused


def test_data_come_from_a_remote_whose_path_is_relative(
    build: Build, tmp_path: Path
) -> None:
    project = build({"use.py": f"open('table.txt').read()\n{USE}"}, run=False)
    (project.root / "table.txt").write_text("from elsewhere")
    project.tool("dvc", "add", "--quiet", "table.txt")
    project.edit("dvc.yaml", "deps: [use.py", "deps: [table.txt, use.py")
    project.tool("dvc", "repro")
    project.tool("dvc", "remote", "add", "--default", "near", "../remote")
    project.tool("dvc", "push", "--quiet")
    commit(project)
    shutil.rmtree(project.root / ".dvc/cache")
    assert "3 outputs, identical" in verifier(project)


def test_a_corrupt_cache_is_one_line(build: Build) -> None:
    project = build()
    (project.root / "table.txt").write_text("from elsewhere")
    project.tool("dvc", "add", "--quiet", "table.txt")
    commit(project)
    digest = (project.root / "table.txt.dvc").read_text().split("md5: ")[1][:32]
    (found,) = (project.root / ".dvc/cache").rglob(digest[2:])
    found.chmod(0o644)
    found.write_text("forged")
    assert "the cache is corrupt" in verifier(project, code=2)


def test_tolerance_order_and_predictions_count_where_they_are_declared(
    build: Build,
) -> None:
    declared = FILES["dvc.yaml"].replace(
        "outs: [out.txt]",
        "outs:\n      - out.json: {meta: {tolerance: 1e-6}}\n"
        "      - rows.csv: {meta: {order: free}}\n"
        "      - model.bin: {meta: {predictions: python predict.py}}",
    )
    use = """\
import time
zone = time.strftime("%z") == "+1345"
text = open("data.txt").read()
open("out.json", "w").write(str(1.0 + 1e-9 * zone))
open("rows.csv", "w").write("\\n".join(sorted("abc", reverse=zone)))
open("model.bin", "w").write("v2" if zone else "v1")
open("metrics.json", "w").write("{}")
"""
    project = build(
        {"dvc.yaml": declared, "use.py": use, "predict.py": "print([0.1, 0.9])\n"}
    )
    shown = verifier(project)
    grades = {each["path"]: each["grade"] for each in certificate(project)["outputs"]}
    assert grades["out.json"] == "within tolerance" and "relative 1e-09" in shown
    assert grades["rows.csv"] == "same content"
    assert grades["model.bin"] == "same predictions"


def test_a_trace_that_shows_nothing_never_verifies(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = tmp_path / "tools" / "strace"
    blind.parent.mkdir()
    blind.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\n"$@"\n')
    blind.chmod(0o755)
    project = build()
    monkeypatch.setenv("PATH", f"{blind.parent}{os.pathsep}{os.environ['PATH']}")
    shown = verifier(project)
    assert "Partial: 3 outputs, identical" in shown and "trace" in shown
    assert "Verified" not in shown and "0 of 2 stages traced" in shown


def test_with_nothing_fixed_it_says_what_depends_on_the_launcher(
    build: Build,
) -> None:
    launcher = """\
import os, sys
if os.environ.get("OPEN") != "1" and os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])
"""
    project = build({"use.py": launcher + write("str(hash('a'))")})
    shown = verifier(project, "run", "--unfixed", "OPEN=1")
    record = certificate(project)
    grades = {each["name"]: each["grade"] for each in record["factors"]}
    # One stage has no launcher: what is fixed is fixed in every stage.
    assert grades["hash seed"] == "tried"
    assert "what differs is: out.txt" in shown and record["verdict"] != "failed"


def refuse_no_repository(project: Checkout) -> str:
    shutil.rmtree(project.root / ".dvc")
    return "is not a DVC repository"


def refuse_changed(project: Checkout) -> str:
    (project.root / "new.py").write_text("")
    return "not committed: new.py; commit, or verify HEAD as it is with --head"


def refuse_tolerance(project: Checkout) -> str:
    project.edit(
        "dvc.yaml", "outs: [out.txt]", "outs: [{out.txt: {meta: {tolerance: x}}}]"
    )
    commit(project)
    return "meta.tolerance of out.txt is 'x'"


def refuse_tolerance_of_a_text(project: Checkout) -> str:
    text = "outs: [{out.txt: {meta: {tolerance: 0.1}}}]"
    project.edit("dvc.yaml", "outs: [out.txt]", text)
    commit(project)
    return "meta.tolerance of out.txt can't be applied: numbers are read from .csv, "


def refuse_no_stage(project: Checkout) -> str:
    (project.root / "dvc.yaml").write_text("stages: {}\n")
    commit(project)
    return "no stage here runs a command"


def refuse_broken_yaml(project: Checkout) -> str:
    (project.root / "dvc.yaml").write_text("stages: [\n")
    commit(project)
    return "DVC can't read the repository"


def refuse_environment(project: Checkout) -> str:
    (project.root / "lock.txt").write_text("numpy==1.0\n")
    options = '[tool.dvc-verify]\nlock = "lock.txt"\n'
    (project.root / "pyproject.toml").write_text(options)
    commit(project)
    return "the environment is not lock.txt: numpy is "


def refuse_another_verifier(project: Checkout) -> str:
    (project.root / "tools.txt").write_text("dvc==3\n")
    options = '[tool.dvc-verify]\nwheel = "tools.txt"\n'
    (project.root / "pyproject.toml").write_text(options)
    commit(project)
    return "tools.txt of HEAD names no wheel with its hash"


@pytest.mark.parametrize(
    "spoil",
    [
        refuse_no_repository,
        refuse_changed,
        refuse_tolerance,
        refuse_tolerance_of_a_text,
        refuse_no_stage,
        refuse_broken_yaml,
        refuse_environment,
        refuse_another_verifier,
    ],
)
def test_what_can_not_be_verified_is_one_line(
    build: Build, spoil: Callable[[Checkout], str]
) -> None:
    project = build()
    expected = spoil(project)
    shown = verifier(project, code=2)
    lines = [line for line in shown.splitlines() if " run: stage " not in line]
    assert len(lines) == 1 and lines[0].startswith("error: ") and expected in lines[0]
    assert not (project.root / "certificate.json").exists()


def test_a_repository_without_a_commit_is_refused(
    tmp_path: Path, interpreter: Path
) -> None:
    project = Checkout(tmp_path / "empty", interpreter)
    project.root.mkdir()
    project.run("git", "init", "--quiet")
    project.tool("dvc", "init", "--quiet")
    assert "has no commit" in verifier(project, code=2)


def test_head_is_verified_though_files_are_changed(build: Build) -> None:
    project = build()
    (project.root / "use.py").write_text("raise SystemExit(1)\n")
    shown = verifier(project, "run", "--head")
    assert "1 changed files are not" in shown and "3 outputs, identical" in shown


def test_a_shallow_clone_is_verified(build: Build, tmp_path: Path) -> None:
    project = build()
    commit_again = project.root / "note.txt"
    commit_again.write_text("x")
    commit(project)
    clone = tmp_path / "shallow"
    url = project.root.as_uri()
    project.run("git", "clone", "--quiet", "--depth", "1", url, str(clone))
    shallow = Checkout(clone, project.interpreter)
    assert "3 outputs, identical" in verifier(shallow)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="gives files away: root only"
)
def test_a_repository_of_another_user_is_verified(build: Build) -> None:
    project = build()
    project.run("chown", "--recursive", "--no-dereference", "12345", ".")
    assert "3 outputs, identical" in verifier(project)


def test_one_stage_is_checked_again(build: Build, tmp_path: Path) -> None:
    flag = tmp_path / "flag"  # a trace doesn't show that a stage asks for a file
    project = build(
        {"use.py": write(f"str(__import__('os').path.exists({str(flag)!r}))")}
    )
    verifier(project)
    assert "use gives what is certified" in verifier(
        project, "certificate", "--recheck", "use"
    )
    flag.touch()
    shown = verifier(project, "certificate", "--recheck", "use", code=1)
    assert "out.txt is another one" in shown and "use gives something else" in shown
    unknown = verifier(project, "certificate", "--recheck", "usee", code=2)
    assert "no stage that runs is called 'usee'; choose one of make, use" in unknown
    shutil.rmtree(project.root / ".dvc/cache")
    (project.root / "data.txt").unlink()
    gone = verifier(project, "certificate", "--recheck", "use", code=2)
    assert "data.txt, which comes before use, is not at hand" in gone


def test_an_environment_is_built_afresh(build: Build) -> None:
    lock = (
        "six==1.17.0 --hash=sha256:"
        "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n"
    )
    use = USE + "import six\nopen('out.txt', 'w').write(six.__file__)\n"
    project = build({"lock.txt": lock, "use.py": use}, run=False)
    shown = verifier(project, "run", "--lock", "lock.txt", "--rebuild")
    # Both runs have the one that was built: its path is in the output of both.
    assert "3 outputs, identical" in shown
    project.edit("lock.txt", "1.17.0", "1.16.0")  # whose hash is another one
    commit(project)
    refused = verifier(project, "run", "--lock", "lock.txt", "--rebuild", code=2)
    assert "error: lock.txt can't be installed: " in refused
    assert "HEAD has no file gone.txt" in verifier(
        project, "run", "--lock", "gone.txt", code=2
    )
