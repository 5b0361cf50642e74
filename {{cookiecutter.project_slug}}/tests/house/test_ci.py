"""The summary of a change: metrics, parameters, and whether results are committed."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from dvc_verify.errors import Refusal
from invoke.exceptions import Exit

from tasks import ci

BEFORE = {"candidate": "a|b", "metrics": {"auc": {"value": 0.9, "low": 0, "high": 1}}}
NO_GIT = "[core]\n    no_scm = true\n"
AFTER = {"candidate": "c", "metrics": {"auc": {"value": 0.95, "low": 0.9, "high": 1.0}}}


PIPELINE = """\
stages:
  show:
    cmd: echo
    metrics:
      - reports/metrics.json:
          cache: false
"""


def commit(root: Path, params: str, metrics: object) -> None:
    """Commit parameters and metrics, in a repository that is made if need be."""
    (root / "reports").mkdir(exist_ok=True)
    (root / "params.yaml").write_text(params, encoding="utf-8")
    (root / "reports/metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    commit_all(root)


def commit_all(root: Path) -> None:
    """Commit all that is there."""
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for arguments in (
        ["add", "-A"],
        [*author, "-c", "commit.gpgsign=false", "commit", "-qm", "Results"],
    ):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture()
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with results, and a change on top of them."""
    monkeypatch.setattr(ci, "ROOT", tmp_path)
    for name in ("GITHUB_BASE_REF", "GITHUB_STEP_SUMMARY", "REPORT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").touch()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    commit(tmp_path, "seed: 1\ntune: {folds: 5}\n", BEFORE)
    commit(tmp_path, "seed: 1\ntune: {folds: 3}\n", AFTER)
    return tmp_path


def test_it_compares_with_the_commit_before_main(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORT_URL", "https://example.com/report")
    text = ci.compose(ci.find_base())
    assert "## Results against `HEAD^`" in text
    assert "| model | a\\|b | c |  |  |" in text
    assert "| auc | 0.9000 | 0.9500 | 0.9000 to 1.0000 | +0.0500 |" in text
    assert "| tune.folds | 5 | 3 |" in text and "seed" not in text
    assert "results are those that are committed" in text
    assert "(https://example.com/report)" in text


def test_it_names_results_that_are_not_committed(root: Path) -> None:
    (root / "reports/metrics.json").write_text(json.dumps(BEFORE), encoding="utf-8")
    assert "not those that are committed: reports/metrics.json" in ci.compose("")


def test_names_and_values_are_text_and_nothing_else(root: Path) -> None:
    name = "a|b\n| c | <img src=x> `d` [e](http://f.g) @me #1 www.h.i \x1b[31m"
    commit(root, json.dumps({name: name}), {**AFTER, "candidate": name})
    shown = (
        r"a\|b \| c \| \<img src=x\> \`d\` \[e\](http://%f.g) @%me \#%1 www.%h.i "
        r"\\x1b\[31m"
    ).replace("%", "\u200b")
    text = ci.compose("HEAD^")
    assert f"| model | c | {shown} |  |  |" in text.splitlines()
    assert f"| {shown} | - | {shown} |" in text.splitlines()


def test_it_works_without_a_base(root: Path) -> None:
    text = ci.compose("")
    assert "There is no other commit of a main branch" in text
    assert "| auc | - | 0.9500 |" in text and "| parameter |" not in text


def test_a_base_without_metrics_is_said(root: Path) -> None:
    (root / "reports/metrics.json").unlink()
    commit_all(root)
    commit(root, "seed: 1\n", AFTER)
    text = ci.compose("HEAD^")
    assert "`HEAD^` holds no metrics to compare with." in text
    assert "| auc | - | 0.9500 |" in text
    assert "holds no metrics" not in ci.compose("HEAD^^")


def test_parameters_without_values_and_of_any_name_are_shown(root: Path) -> None:
    commit(root, "grid: {}\n1: a\nseed: null\n", AFTER)
    commit(root, "grid: {c: [1]}\n2: {3: b}\nseed: 1\n", AFTER)
    rows = ci.compose("HEAD^").splitlines()
    rows = rows[rows.index("| parameter | before | now |") + 2 :]
    assert rows[:4] == [
        "| 1 | a | - |",
        "| 2.3 | - | b |",
        r"| grid.c | - | \[1\] |",
        "| seed | - | 1 |",
    ]


def test_metrics_of_another_shape_are_no_values(root: Path) -> None:
    commit(root, "seed: 1\n", {"metrics": {"auc": {"value": "high"}, "f1": [3]}})
    auc = {"value": 0.95, "low": 0.9, "high": 1.0}
    commit(root, "seed: 1\n", {**AFTER, "metrics": {"auc": auc, "f1": auc}})
    rows = ci.compose("HEAD^").splitlines()
    assert "| f1 | - | 0.9500 | 0.9000 to 1.0000 | - |" in rows
    assert "| auc | high | 0.9500 | 0.9000 to 1.0000 | - |" in rows


def test_files_of_a_base_that_can_not_be_read_hold_nothing(root: Path) -> None:
    for name in ("params.yaml", "reports/metrics.json"):
        (root / name).write_text("[", encoding="utf-8")
    commit_all(root)
    commit(root, "seed: 1\n", AFTER)
    text = ci.compose("HEAD^")
    assert "`HEAD^` holds no metrics to compare with." in text
    assert "| seed | - | 1 |" in text


def test_parameters_that_can_not_be_read_are_one_line(root: Path) -> None:
    (root / "params.yaml").write_text("seed: [\n", encoding="utf-8")
    with pytest.raises(
        Refusal, match="params.yaml can't be used: it is not YAML"
    ) as no:
        ci.compose("HEAD^")
    assert "\n" not in str(no.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("dvc.yaml", "stages: 3\n"), (".dvc/config", "[core\n"), (".dvc/config", NO_GIT)],
)
def test_a_repository_that_dvc_can_not_read_is_one_line(
    root: Path, name: str, text: str
) -> None:
    (root / name).write_text(text, encoding="utf-8")
    with pytest.raises(Exit, match="^DVC can't compare with 'HEAD\\^': ") as no:
        ci.compose("HEAD^")
    assert "\n" not in str(no.value)


@pytest.mark.parametrize(("base", "says"), [("nowhere", "'nowhere' is not a revision")])
def test_a_bad_base_is_one_line(root: Path, base: str, says: str) -> None:
    with pytest.raises(Exit, match=says):
        ci.compose(base)


def test_without_results_it_says_what_to_run(root: Path) -> None:
    (root / "reports/metrics.json").unlink()
    with pytest.raises(Exit, match="reports/metrics.json is missing"):
        ci.compose("")


def test_it_is_added_to_the_summary_of_the_job(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = root / "summary.md"
    target.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    ci.summary.body(SimpleNamespace())
    assert target.read_text(encoding="utf-8").startswith("before\n## Results")


def test_where_git_ignores_the_project_there_is_no_base(root: Path) -> None:
    assert ci.find_base() == "HEAD^"
    (root / ".gitignore").write_text("dvc.yaml\n", encoding="utf-8")
    assert ci.find_base() == ""
