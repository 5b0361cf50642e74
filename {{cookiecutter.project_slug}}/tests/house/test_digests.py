"""What a file of DVC may name, and what DVC may make a path of."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tasks import commands, digests

RIGHT = "0a" * 16
BAD = [
    "..../../../../victim",
    "../../victim",
    "/etc/passwd",
    f"{RIGHT}/../../victim",
    f"{RIGHT}.dir/../x",
    f"{RIGHT}\n",
    RIGHT.upper(),
    RIGHT[1:],
    "",
    12345678901234567890123456789012,
    [RIGHT],
    {"a": RIGHT},
    None,
]


def write(path: Path, content: Any) -> None:
    """Write YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("key", ["outs", "deps"])
def test_what_is_not_a_digest_is_named_with_its_place(
    tmp_path: Path, bad: Any, key: str
) -> None:
    entries = [{"path": "ok", "md5": f"{RIGHT}.dir"}, {"path": "data/x", "md5": bad}]
    write(tmp_path / "dvc.lock", {"stages": {"first": {key: entries}}})
    write(tmp_path / "data/x.dvc", {key: entries})
    added, locked = sorted(digests.problems(tmp_path))
    kind = {"outs": "output", "deps": "input"}[key]
    assert added.startswith(f"data/x.dvc, {kind} 'data/x': md5 ")
    assert locked.startswith(f"dvc.lock, stage 'first', {kind} 'data/x': md5 ")
    assert "is not a digest, text of 32 hexadecimal digits" in locked
    assert "\n" not in added + locked


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "..\\x", "C:\\x", "", 3])
def test_a_member_of_a_folder_stays_in_it(tmp_path: Path, name: Any) -> None:
    member = {"relpath": name, "md5": RIGHT}
    write(tmp_path / "data/x.dvc", {"outs": [{"path": "x", "files": [member]}]})
    (problem,) = digests.problems(tmp_path)
    assert "leads out of its folder" in problem


def test_a_digest_of_the_cloud_is_looked_at(tmp_path: Path) -> None:
    cloud = {"storage": {"md5": "../../x", "etag": "anything/it/likes"}}
    write(tmp_path / "x.dvc", {"outs": [{"path": "x", "cloud": cloud}]})
    assert len(list(digests.problems(tmp_path))) == 1


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\na: b\n", "[" * 2000, "a: [", "\0"])
def test_what_is_not_yaml_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "dvc.lock").write_text(text, encoding="utf-8")
    (problem,) = digests.problems(tmp_path)
    assert problem.startswith("dvc.lock can't be read as YAML: ")
    assert "\n" not in problem


def test_aliases_of_aliases_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 {md5: x}"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 64)]
    lines += ["outs:", "- path: x", "  files: *a63"]
    (tmp_path / "x.dvc").write_text("\n".join(lines), encoding="utf-8")
    (problem,) = digests.problems(tmp_path)
    assert "md5 'x' is not a digest" in problem


def test_parameters_and_other_shapes_are_let_through(tmp_path: Path) -> None:
    stage = {"params": {"params.yaml": {"md5": "mine"}}, "outs": "odd", "deps": [1]}
    write(tmp_path / "dvc.lock", {"stages": {"first": stage, "second": []}})
    write(tmp_path / ".venv/x.dvc", {"outs": [{"path": "x", "md5": "not ours"}]})
    (tmp_path / "y.dvc").write_text("", encoding="utf-8")
    assert not list(digests.problems(tmp_path))


def test_the_project_itself_is_right() -> None:
    assert digests.main() == 0


def test_what_is_printable_is_so_everywhere() -> None:
    text = "".join(map(chr, range(0x3000)))
    shown = digests.printable(text)
    theirs = commands.runtime("errors").printable(text)
    assert shown == theirs and "\x1b" not in shown and "é" in shown
