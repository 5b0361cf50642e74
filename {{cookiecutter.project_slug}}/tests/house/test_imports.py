"""What would be imported is what the lock says, and what isn't is named."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from {{ cookiecutter.package_name }}.runtime import environment, imports, paths, process

PACKAGE = imports.__name__.partition(".")[0]
ROOT = Path(__file__).parents[2]


@pytest.fixture(name="project")
def fixture_project(tmp_path: Path) -> Path:
    """Return a folder with the package in it, and its lock."""
    (tmp_path / PACKAGE).symlink_to(ROOT / PACKAGE, target_is_directory=True)
    (tmp_path / "requirements").mkdir()
    lock = (ROOT / paths.RUNTIME_LOCK).read_text(encoding="utf-8")
    (tmp_path / paths.RUNTIME_LOCK).write_text(lock, encoding="utf-8")
    return tmp_path


def start(project: Path, **environ: str) -> str:
    """Return the error of a stage that is none: what is wrong before comes first."""
    finished = subprocess.run(
        [sys.executable, "-m", PACKAGE, "no-such-stage"],
        cwd=project,
        # Noted before: on some processors a line of its own would come first.
        env={**os.environ, process.NOTED: "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    return finished.stderr


NOTHING_ELSE = "error: no stage is called 'no-such-stage'"


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("random.py", "random"),
        ("re.py", "re"),
        ("subprocess.py", "subprocess"),
        ("numpy.py", "numpy"),
        ("sklearn/__init__.py", "sklearn"),
        ("six.pyc", "six"),
    ],
)
def test_a_file_of_the_project_that_hides_a_module_is_named(
    project: Path, name: str, module: str
) -> None:
    path = project / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise SystemExit('the other')\n", encoding="utf-8")
    first = project / name.partition("/")[0]
    line = f"error: {first} hides the module {module}; rename or remove it\n"
    assert start(project) == line
    assert start(project, ALLOW_OTHER_ENVIRONMENT="1") != line


def test_what_hides_nothing_is_no_concern(project: Path) -> None:
    for name in ("numpy/data.csv", "random.txt", "mine.py", "test/__init__.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).touch()
    assert start(project).startswith(NOTHING_ELSE)


def test_a_path_of_the_user_is_no_concern(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "sklearn").mkdir(parents=True)
    (other / "sklearn/__init__.py").write_text("raise SystemExit('the other')")
    (other / "scikit_learn-0.1.dist-info").mkdir()
    (other / "sitecustomize.py").write_text("import sys\n")
    assert start(project, PYTHONPATH=str(other)).startswith(NOTHING_ELSE)


def test_what_runs_before_every_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ModuleType("usercustomize")
    other.__file__ = str(tmp_path / "usercustomize.py")
    monkeypatch.setitem(sys.modules, "usercustomize", other)
    named = f"{other.__file__} runs before every program; remove it"
    assert named in imports.early_modules()


def test_what_comes_first_on_the_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn/__init__.py").touch()
    (tmp_path / "scikit_learn-0.1.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    environment.installed_versions.cache_clear()
    (line,) = environment.differences(ROOT / paths.RUNTIME_LOCK)
    assert line.startswith("scikit-learn is 0.1, not ")
    (line,) = imports.hidden_modules(sys.path)
    assert line.startswith(f"{tmp_path / 'sklearn'} hides the module sklearn")
    monkeypatch.undo()
    environment.installed_versions.cache_clear()
    assert environment.differences(ROOT / paths.RUNTIME_LOCK) == []


def test_a_link_to_a_folder_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "numpy-0.1.dist-info"
    info.mkdir()
    (info / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
    lock = tmp_path / "lock.txt"
    lock.write_text("numpy==0.1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    environment.installed_versions.cache_clear()
    assert environment.differences(lock) == ["numpy is 0.1 from a folder, not 0.1"]
    environment.installed_versions.cache_clear()
