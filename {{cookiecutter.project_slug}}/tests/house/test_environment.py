"""What is installed, and what would be imported, is compared with the lock."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from {{ cookiecutter.package_name }} import __main__ as entry
from {{ cookiecutter.package_name }}.runtime import (
    environment,
    errors,
    imports,
    paths,
    process,
)


def test_this_environment_is_the_lock() -> None:
    assert environment.differences(paths.RUNTIME_LOCK) == []


def test_another_and_a_missing_version_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("numpy==0.1 \\\n    --hash=sha256:0\nno.such_thing==2\n")
    assert environment.differences(lock) == [
        "no-such-thing is missing, not 2",
        f"numpy is {version('numpy')}, not 0.1",
    ]


def test_a_pin_for_another_system_is_passed_over(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    pin = f'numpy=={version("numpy")}\nno-such-thing==2 ; sys_platform == "solaris"\n'
    lock.write_text(pin)
    assert environment.differences(lock) == []


def test_a_lock_without_pins_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("# nothing\n")
    with pytest.raises(errors.UserError, match="holds no pin"):
        environment.differences(lock)
    with pytest.raises(errors.UserError, match="is missing"):
        environment.differences(tmp_path / "other.txt")


def test_two_versions_of_a_package_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        (tmp_path / f"twice-{number}.dist-info").mkdir()
    (tmp_path / "lock.txt").write_text("twice==1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    environment.installed_versions.cache_clear()
    (line,) = environment.differences(tmp_path / "lock.txt")
    environment.installed_versions.cache_clear()
    assert line == "twice is 1 and 2, not 1"


def test_a_stage_names_the_python_to_use_if_this_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(imports.OVERRIDE, raising=False)
    paths.RUNTIME_LOCK.parent.mkdir()
    paths.RUNTIME_LOCK.write_text("numpy==0.1\n", encoding="utf-8")
    begin = f"the environment is not {paths.RUNTIME_LOCK}: numpy is "
    begin += f"{version('numpy')}, not 0.1. Run `python bootstrap.py`"
    end = f", or set {imports.OVERRIDE}=1 to go on"
    other = f" and use the Python in .venv (this is {sys.executable})"
    for prefix, way in ((tmp_path / "other", other), (tmp_path / ".venv", "")):
        monkeypatch.setattr(sys, "prefix", str(prefix))
        with pytest.raises(errors.UserError) as caught:
            entry.check_environment()
        assert str(caught.value) == begin + way + end
    monkeypatch.setenv(imports.OVERRIDE, "1")
    entry.check_environment()


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
