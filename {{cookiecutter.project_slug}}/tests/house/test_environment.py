"""The installed versions are compared with the lock."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import __main__ as door
from {{ cookiecutter.package_name }}.runtime import environment, errors, imports, paths


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


def test_the_door_names_the_python_to_use_if_this_is_another(
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
            door.check_environment()
        assert str(caught.value) == begin + way + end
    monkeypatch.setenv(imports.OVERRIDE, "1")
    door.check_environment()
