"""Data stays out of git, but for the one file that params.yaml names."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasks import hooks

ROOT = Path(__file__).parents[2]
DVC = [sys.executable, "-m", "dvc"]


def test_the_source_is_allowed_by_its_digest() -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    for source in (ROOT / "data" / "source").iterdir():
        if source.name != "README.md":
            assert hooks.is_data(source.relative_to(ROOT))
            assert hooks.allowed_digest(ROOT / "params.yaml") in text
            assert hooks.data_problems([source], ROOT / "params.yaml") == []


def test_other_data_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = Path("notes.csv")
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    (problem,) = hooks.data_problems([table], ROOT / "params.yaml")
    assert "notes.csv is data" in problem and "data.sha256" in problem


@pytest.mark.parametrize("name", ["reports/trials.csv", "data/README.md", "dvc.lock"])
def test_results_and_texts_are_no_data(name: str) -> None:
    assert not hooks.is_data(Path(name))


def test_an_unknown_hook_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert hooks.main(["dvc", "pre-flight"]) == 2
    assert capsys.readouterr().out.startswith("usage: hooks.py data")


def test_a_push_without_a_remote_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "dvc_command", lambda root: ["true"])
    assert hooks.dvc_hook(tmp_path, "pre-push") == 0
    assert "No DVC remote is set" in capsys.readouterr().out


def test_a_configuration_that_dvc_cannot_read_is_not_one_without_a_remote(
    tmp_path: Path,
) -> None:
    subprocess.run([*DVC, "init", "--quiet", "--no-scm"], cwd=tmp_path, check=True)
    (tmp_path / ".dvc/config").write_text("[core", encoding="utf-8")
    with pytest.raises(SystemExit, match="can't tell its remote: .*Invalid line") as no:
        hooks.has_remote(tmp_path, DVC)
    assert "\n" not in str(no.value)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (None, False),
        ("[core]\n    analytics = false\n", False),
        ("['remote \"own\"']\n    url = s3://a/b\n", False),
        ("[core]\n    remote = own\n['remote \"own\"']\n    url = s3://a/b\n", True),
    ],
)
def test_without_dvc_the_configuration_of_the_project_says_whether_there_is_a_remote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str | None, found: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if config is not None:
        (tmp_path / ".dvc").mkdir()
        (tmp_path / ".dvc/config").write_text(config, encoding="utf-8")
    assert hooks.has_remote(tmp_path) is found


def test_without_dvc_the_hook_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hooks.dvc_hook(tmp_path, "pre-commit") == 1
    assert "python bootstrap.py" in capsys.readouterr().out
