"""What a repository can tell the verifier, and what is refused."""

from pathlib import Path

import pytest

from dvc_verify import cli, options
from dvc_verify.errors import Refusal
from dvc_verify.options import Options, read_options
from dvc_verify.repository.source import Repository
from made import make_repository

ALL = """\
[tool.dvc-verify]
record = "reports/certificate.json"
lock = "requirements.txt"
wheel = "tools.txt"
unfixed = "OPEN=1"
reference = "reports/reference.json"
amounts = ["metrics.json"]
placeholders = { "<package>" = "mine" }
"""


def written(root: Path, text: str) -> Options:
    """Return the options of a folder whose pyproject.toml holds a text."""
    (root / options.FILE).write_text(text, encoding="utf-8")
    return read_options(root)


def test_without_a_file_or_a_table_the_defaults_hold(tmp_path: Path) -> None:
    assert read_options(tmp_path) == Options()
    assert written(tmp_path, "[tool.black]\nline-length = 88\n") == Options()
    assert Options().record == "certificate.json"


def test_every_option_is_read(tmp_path: Path) -> None:
    found = written(tmp_path, ALL)
    assert found == Options(
        record="reports/certificate.json",
        lock="requirements.txt",
        wheel="tools.txt",
        unfixed="OPEN=1",
        reference="reports/reference.json",
        amounts=("metrics.json",),
        placeholders={"<package>": "mine"},
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool", "pyproject.toml can't be read: "),
        ("[tool]\ndvc-verify = 1\n", r"\[tool.dvc-verify\] in pyproject.toml is not a"),
        ("[tool.dvc-verify]\nlocks = 'a'\n", "has 'locks'; it knows record, lock, "),
        ("[tool.dvc-verify]\nlock = 1\n", "lock in pyproject.toml is 1; give a text"),
        ("[tool.dvc-verify]\namounts = 'a'\n", "is 'a'; give a list of paths"),
        ("[tool.dvc-verify]\namounts = [1]\n", "give a list of paths"),
        ("[tool.dvc-verify]\nplaceholders = ['a']\n", "give a table of texts"),
        ("[tool.dvc-verify]\nplaceholders = {a = 1}\n", "give a table of texts"),
        ("[tool.dvc-verify]\nunfixed = 'OPEN'\n", "is 'OPEN'; give NAME=VALUE"),
    ],
)
def test_what_is_no_option_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as caught:
        written(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_the_command_line_is_stronger_than_the_file(tmp_path: Path) -> None:
    written(tmp_path, ALL)
    given = cli.parse(["run", str(tmp_path), "--lock", "other.txt"])
    assert cli.chosen(given).lock == "other.txt"
    assert cli.chosen(cli.parse(["run", str(tmp_path)])).lock == "requirements.txt"


def test_the_variable_that_fixes_nothing_is_given_or_from_the_file(
    tmp_path: Path,
) -> None:
    found = written(tmp_path, ALL)
    for arguments, setting in (
        ([], ""),
        (["--unfixed"], "OPEN=1"),
        (["--unfixed", "DOOR=2"], "DOOR=2"),
    ):
        given = cli.parse(["run", str(tmp_path), *arguments])
        assert cli.unfixed_setting(given, found) == setting
    given = cli.parse(["run", str(tmp_path), "--unfixed"])
    with pytest.raises(Refusal, match="--unfixed needs NAME=VALUE, or `unfixed` under"):
        cli.unfixed_setting(given, Options())
    given = cli.parse(["run", str(tmp_path), "--unfixed", "DOOR"])
    with pytest.raises(Refusal, match="--unfixed is 'DOOR'; give NAME=VALUE"):
        cli.unfixed_setting(given, found)


def test_the_record_stands_where_the_repository_says(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "project", {"dvc.yaml": "stages: {}\n"})
    there = Repository(made.root, "reports/certificate.json")
    before = there.inputs()
    (made.root / "reports").mkdir()
    there.certificate.write_text("{}", encoding="utf-8")
    assert there.changed() == [] and there.inputs() == before
    assert made.changed() == ["reports/certificate.json"]


def test_a_refusal_of_the_command_line_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / options.FILE).write_text("[tool", encoding="utf-8")
    assert cli.main(["compare", "--path", str(tmp_path)]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: pyproject.toml can't be read: ")
    assert shown.count("\n") == 1
