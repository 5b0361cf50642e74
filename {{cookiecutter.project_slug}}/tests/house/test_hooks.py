"""What hooks do: in each project of a work tree, to data, and around DVC."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tasks import hooks, project_hooks

ROOT = Path(__file__).parents[2]
DVC = [sys.executable, "-m", "dvc"]


def test_the_source_is_allowed_by_its_digest() -> None:
    for source in (ROOT / "data" / "source").iterdir():
        if source.name != "README.md":
            assert hooks.is_data(source.relative_to(ROOT))
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


SHOW = "import os, sys; print(os.path.basename(os.getcwd()), *sys.argv[1:])"


@pytest.fixture(name="top")
def fixture_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the top of a work tree with two projects, and stand there."""
    for name in ("a é", "a é/b"):
        script = tmp_path / name / project_hooks.HERE
        script.parent.mkdir(parents=True)
        script.write_bytes((ROOT / project_hooks.HERE).read_bytes())
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entry(*words: str) -> str:
    """Run what pre-commit runs, and return what it prints."""
    config = YAML(typ="safe").load(
        (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    )
    hooks = {each["id"]: each for repo in config["repos"] for each in repo["hooks"]}
    _, *command = shlex.split(hooks["isort"]["entry"])
    return subprocess.run(
        [sys.executable, *command, *words], check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.usefixtures("top")
def test_a_command_runs_where_the_files_are() -> None:
    command = [sys.executable, "-c", SHOW]
    names = ["theirs.py", "a é/one.py", "a é/b/two.py", "a é/b/c/three.py"]
    said = entry(*command, "--", *names)
    assert sorted(said.splitlines()) == ["a é one.py", "b two.py c/three.py"]
    assert entry(*command, "--", "theirs.py") == ""
    # Without files it is for all of them.
    assert sorted(entry(*command).splitlines()) == ["a é", "b"]


def test_a_project_at_the_top_needs_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tasks").mkdir()
    script = (ROOT / project_hooks.HERE).read_bytes()
    (tmp_path / project_hooks.HERE).write_bytes(script)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    said = entry(sys.executable, "-c", SHOW, "--", "one.py")
    assert said == f"{tmp_path.name} one.py\n"


@pytest.mark.usefixtures("top")
def test_one_failure_is_a_failure() -> None:
    fail = "import os; raise SystemExit(os.path.basename(os.getcwd()) == 'b')"
    command = [sys.executable, "-c", fail, "--"]
    assert project_hooks.main([*command, "a é/b/two.py", "a é/one.py"]) == 1
    assert project_hooks.main([*command, "a é/one.py"]) == 0


def test_git_works_below_the_top(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a commit of some files, or in a further work tree."""
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    environ = project_hooks.environ()
    assert "GIT_DIR" not in environ and os.path.isabs(environ["GIT_INDEX_FILE"])
    command = ["git", "diff", "--cached", "--name-only"]
    subprocess.run(["git", "add", "--all"], check=True)
    root = top / "a é"
    listed = subprocess.check_output(command, cwd=root, env=environ, text=True)
    assert listed.splitlines() == ["b/tasks/project_hooks.py", project_hooks.HERE]
