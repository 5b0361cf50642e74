"""A broken file is one line that names it, what is wrong, and the remedy."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invoke.exceptions import Exit

from tasks import commands, files

STAGE = "stages:\n  a:\n    cmd: x\n"


def refusal(read: Callable[[Path], Any], path: Path, text: str) -> str:
    """Return the one line with which a file of this text is refused."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Exit) as refused:
        read(path)
    said = str(refused.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("# nothing\n", "it is empty"),
        ("<<<<<<< HEAD\nstages: {}\n=======\n>>>>>>> b\n", "conflict in it .line 1"),
        ("stages: [", "it isn't YAML .line 1"),
        ("a: 1\na: 2\n", "it isn't YAML"),
        ("stages: &a [*b]\n", "it isn't YAML"),
        ("- a\n", "no mapping"),
        ("text\n", "no mapping"),
        ("stages: 3\n", "`stages` isn't a mapping"),
        ("stages:\n  a: 3\n", "stage 'a' isn't a mapping"),
        (f"{STAGE}    outs: 3\n", "`outs` of its stage 'a'"),
        (f"{STAGE}    deps:\n    - 3\n", "`deps` of its stage 'a'"),
        (f"{STAGE}    outs:\n    - md5: 1\n", "`outs` of its stage 'a'"),
        (f"{STAGE}    params: [a]\n", "`params` of its stage 'a'"),
    ],
)
def test_a_broken_lock_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    said = refusal(files.read_lock, tmp_path / "dvc.lock", text)
    assert said.startswith("dvc.lock can't be used: ") and re.search(words, said)
    assert said.endswith("or remove it and run `invoke repro`")


def test_a_lock_of_a_stage_without_outputs_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "dvc.lock"
    path.write_text(STAGE, encoding="utf-8")
    assert files.read_lock(path) == {"a": {"cmd": "x"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("{", "it isn't JSON"),
        ("[" * 20_000, "it isn't JSON"),
        ("[]", "no mapping"),
        ("{}", "needs `candidate` and `metrics`"),
        ('{"candidate": "a", "metrics": []}', "needs `candidate`"),
        ('{"candidate": "a", "metrics": {"auc": 1}}', "metric 'auc' needs"),
        ('{\n<<<<<<< HEAD\n"a": 1}', "conflict in it .line 2"),
    ],
)
def test_broken_metrics_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    said = refusal(files.read_metrics, tmp_path / "metrics.json", text)
    assert said.endswith("; make it again with `invoke repro`")
    assert re.search(words, said)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    with pytest.raises(Exit, match="params.yaml is missing; fix it, or bring back"):
        files.read_yaml_file(path)
    path.write_bytes(b"\xff")
    with pytest.raises(Exit, match="params.yaml can't be used: it isn't UTF-8 text"):
        files.read_yaml_file(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(Exit, match="params.yaml can't be read: "):
        files.read_yaml_file(path)


@pytest.mark.parametrize("name", [".dvc/config", ".dvc/config.local"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"<<<<<<< HEAD\n", "a merge left a conflict in it .line 1"),
        (b"\xff\xfe", "it isn't UTF-8 text"),
        (b"[core\n", "Invalid line"),
        (b"[]\n", "at line 1"),
    ],
)
def test_a_broken_configuration_of_dvc_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: bytes,
    words: str,
) -> None:
    monkeypatch.setattr(files, "ROOT", tmp_path)
    files.check_config()
    (tmp_path / ".dvc").mkdir()
    (tmp_path / name).write_bytes(text)
    with pytest.raises(Exit, match=words) as refused:
        files.check_config()
    said = str(refused.value)
    assert said.startswith(f"{name} can't be used: ") and "\n" not in said
    assert "; fix it, or " in said and not said.endswith("config.local`")


@pytest.mark.parametrize("text", [b"", b"\xff", b"<<<<<<< a\n", b"[tool]\n", b"tool=3"])
def test_a_broken_project_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_bytes(text)
    with pytest.raises(Exit, match="^pyproject.toml can't be used: .*`$"):
        commands.package()
