"""Of what an upgrade hands in, only plain files of five places are taken."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks import take_over


@pytest.fixture(name="handed_in")
def fixture_handed_in(tmp_path: Path) -> Path:
    """Return a folder as the job that upgrades would hand it in."""
    folder = tmp_path / "upgrade"
    for name in (".pre-commit-config.yaml", "dvc.lock", "requirements/dev.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("new", encoding="utf-8")
    (folder / "reports/figures").mkdir(parents=True)
    (folder / "reports/figures/roc.csv").write_text("new", encoding="utf-8")
    (folder / "build").mkdir()
    (folder / "build/summary.md").write_text("## Results #1 @me\n", encoding="utf-8")
    return folder


@pytest.fixture(name="checkout")
def fixture_checkout(tmp_path: Path) -> Path:
    """Return a checkout with results of before."""
    root = tmp_path / "checkout"
    names = ("reports/old.csv", "requirements/dev.txt", "requirements/install.py")
    for name in (*names, "tasks/hooks.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("old", encoding="utf-8")
    return root


def contents(root: Path) -> dict[str, str]:
    """Return the text of each file by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


def test_five_places_are_replaced_and_nothing_else(
    handed_in: Path, checkout: Path
) -> None:
    (handed_in / ".github/workflows").mkdir(parents=True)
    (handed_in / ".github/workflows/evil.yml").write_text("on: push")
    (handed_in / "tasks").mkdir()
    (handed_in / "tasks/hooks.py").write_text("evil")
    (handed_in / "requirements/install.py").write_text("evil")
    (handed_in / "requirements/dev.in").write_text("evil")
    body = take_over.take_over(handed_in, checkout)
    assert contents(checkout) == {
        ".pre-commit-config.yaml": "new",
        "dvc.lock": "new",
        "reports/figures/roc.csv": "new",
        "requirements/dev.txt": "new",
        "requirements/install.py": "old",
        "tasks/hooks.py": "old",
    }
    assert body.is_relative_to(handed_in)
    assert body.read_text(encoding="utf-8") == "## Results #\u200b1 @\u200bme\n"


def link(path: Path, target: Path) -> None:
    """Put a link in the place of a file or folder."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda at: link(at / "dvc.lock", at / "elsewhere"), "dvc.lock is a link"),
        (lambda at: link(at / "reports", at / "elsewhere"), "reports is a link"),
        (lambda at: link(at / "build", at / "elsewhere"), "build/summary.md is a link"),
        (
            lambda at: (at / "requirements/x").symlink_to("/etc/passwd"),
            "requirements/x is a link",
        ),
        (
            lambda at: (at / "reports/a\n::error::x").symlink_to("b"),
            r"reports/a\\n::error::x is a link",
        ),
        (lambda at: (at / "reports/.git").mkdir(), "reports/.git is a file of git"),
        (
            lambda at: (at / "reports/.gitattributes").touch(),
            "reports/.gitattributes is a file of git",
        ),
        (lambda at: (at / "dvc.lock").unlink(), "dvc.lock is missing"),
        (
            lambda at: (at / "reports/big").write_bytes(bytes(take_over.LARGEST)),
            "more than 20,000,000 bytes",
        ),
    ],
)
def test_anything_else_is_refused_and_nothing_is_taken(
    handed_in: Path, checkout: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(handed_in)
    before = contents(checkout)
    with pytest.raises(take_over.Refused, match=said):
        take_over.take_over(handed_in, checkout)
    assert contents(checkout) == before


@pytest.mark.parametrize("name", ["reports", "build", "requirements"])
def test_a_link_is_refused_when_the_folder_is_named_from_here(
    handed_in: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    link(handed_in / name, handed_in / "elsewhere")
    monkeypatch.chdir(handed_in.parent)
    before = contents(checkout)
    with pytest.raises(take_over.Refused, match=f"^{name}.* is a link"):
        take_over.take_over(Path(handed_in.name), checkout)
    assert contents(checkout) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("reports", "reports is missing, or is not a folder"),
        ("dvc.lock", "dvc.lock is missing, or is not a file"),
    ],
)
def test_a_place_of_the_other_kind_is_refused(
    handed_in: Path, checkout: Path, name: str, said: str
) -> None:
    path = handed_in / name
    if path.is_dir():
        shutil.rmtree(path)
        path.touch()
    else:
        path.unlink()
        path.mkdir()
    with pytest.raises(take_over.Refused, match=f"^{said}$"):
        take_over.take_over(handed_in, checkout)


def run(checkout: Path, handed_in: Path) -> "subprocess.CompletedProcess[str]":
    """Run the checkout's own copy, as the job does."""
    (checkout / "tasks").mkdir(exist_ok=True)
    script = Path(take_over.__file__).read_bytes()
    (checkout / "tasks/take_over.py").write_bytes(script)
    return subprocess.run(
        [sys.executable, "tasks/take_over.py", str(handed_in)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_fails_half_way_is_not_called_nothing(
    handed_in: Path, checkout: Path
) -> None:
    (checkout / "dvc.lock").mkdir()
    finished = run(checkout, handed_in)
    assert finished.returncode == 1 and finished.stderr.count("\n") == 1
    assert finished.stderr.startswith("the upgrade is taken over in part: ")
    assert contents(checkout)[".pre-commit-config.yaml"] == "new"


def test_what_cannot_be_read_is_refused_before_anything_is_taken(
    handed_in: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> bytes:
        raise OSError(5, "Input/output error", path.name)

    monkeypatch.setattr(Path, "read_bytes", fail)
    before = contents(checkout)
    with pytest.raises(take_over.Refused, match="Input/output error: 'summary.md'"):
        take_over.take_over(handed_in, checkout)
    assert contents(checkout) == before


def test_a_long_text_is_cut(handed_in: Path, checkout: Path) -> None:
    (handed_in / "build/summary.md").write_bytes(b"\xff@" * 100_000)
    body = take_over.take_over(handed_in, checkout)
    assert len(body.read_text(encoding="utf-8")) == take_over.LONGEST_BODY


def test_errors_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take_over.main([]) == 2
    assert take_over.main([str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[1].startswith("nothing is taken over: .pre-commit-config.yaml is miss")
