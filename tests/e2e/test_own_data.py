"""Tables of a user go through the edits of the page *Your own data*, and nothing else.

The page is the source of the steps: each numbered section names a file, and its blocks
are filled in. Both tables come with scikit-learn: the wine data (three classes) and the
diabetes data (a number), from the UCI repository and from Efron et al. 2004.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from .environment import baked_project
from .project import Project

pytestmark = pytest.mark.e2e

EXPORT = """
import sys
from sklearn.datasets import load_diabetes, load_wine
name, path = sys.argv[1:]
if name == "wine":
    data = load_wine(as_frame=True)
    data.frame["target"] = data.target_names[data.target]
else:
    data = load_diabetes(as_frame=True, scaled=False)
    data.frame["sex"] = data.frame["sex"].map({1: "one", 2: "two"})
data.frame.to_csv(path, index=False, lineterminator="\\n")
"""

COUNT = """
import pandas as pd
sides = [pd.read_parquet(f"data/{name}.parquet") for name in ("train", "test")]
print(*[side["target"].value_counts().sort_index().tolist() for side in sides])
"""


@dataclass(frozen=True)
class Case:
    """A table, what it is used for, and what comes of it."""

    name: str
    problem_type: str
    categorical: list[str]
    bounds: dict[str, tuple[float, float]]
    figures: list[str]
    tuning: dict[str, Any]


WINE = Case(
    name="wine",
    problem_type="multiclass",
    categorical=[],
    bounds={
        "roc_auc_ovr": (0.95, 1.0),
        "accuracy": (0.85, 1.0),
        "balanced_accuracy": (0.85, 1.0),
        "macro_f1": (0.85, 1.0),
        "log_loss": (0.0, 0.5),
    },
    figures=["roc_by_class", "confidence", "confusion_matrix"],
    tuning={},
)
DIABETES = Case(
    name="diabetes",
    problem_type="regression",
    categorical=["sex"],
    bounds={
        "r2": (0.3, 0.65),
        "rmse": (45, 65),
        "mae": (35, 55),
        "median_absolute_error": (25, 55),
    },
    figures=["predictions", "residuals"],
    tuning={},
)


@dataclass(frozen=True)
class Section:
    """A numbered section of the page."""

    target: str
    blocks: list[tuple[str, str]]

    def block(self, language: str) -> str:
        """Return the one block in a language."""
        (text,) = [text for kind, text in self.blocks if kind == language]
        return text


def sections(project: Project) -> list[Section]:
    """Read the edits of the page."""
    page = (project.root / "docs/your-own-data.md").read_text(encoding="utf-8")
    found = []
    for part in re.split(r"^## ", page, flags=re.M)[1:]:
        if heading := re.match(r"\d+\. `(.+?)`", part):
            blocks = re.findall(r"^```(\w+)\n(.*?)^```$", part, re.M | re.S)
            found.append(Section(heading[1], blocks))
    return found


def commands(project: Project, section: Section) -> None:
    """Run the commands of a section as they stand there."""
    for block in (text for kind, text in section.blocks if kind == "console"):
        for line in block.splitlines():
            program, *words = line.removeprefix("$ ").split()
            if program == "invoke":
                project.invoke(*words)
            else:
                project.run(program, *words)


def fill(text: str, words: dict[str, str]) -> str:
    """Fill in what stands in capitals, and leave none of it."""
    for name, word in words.items():
        text = re.sub(rf"\b{name}\b", word, text)
    assert not re.search(r"\b[A-Z]{4,}\b", text.replace("SHA-256", "")), text
    return text


def edit_params(project: Project, section: Section, case: Case, sha256: str) -> None:
    """Replace the sections of params.yaml that the page names."""
    source = project.root / f"data/source/{case.name}.csv"
    header = source.read_text(encoding="utf-8").splitlines()[0].split(",")
    numeric = [name for name in header if name not in {"target", *case.categorical}]
    words = {
        "FILE": case.name,
        "SHA256": sha256,
        "TARGET": "target",
        "GROUP": "null",
        "TIME": "null",
        "NUMBER, NUMBER": ", ".join(numeric),
        "CLASS, CLASS": ", ".join(case.categorical),
        "NAME": case.name,
    }
    texts = [text for kind, text in section.blocks if kind == "yaml"]
    path = project.root / section.target
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    for text in texts:
        part = yaml.safe_load(fill(re.sub(r".*POSITIVE.*\n", "", text), words))
        if part.get("problem_type", case.problem_type) == case.problem_type:
            tree.update(part)
    assert tree["problem_type"] == case.problem_type
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def edit_prepare(project: Project, section: Section) -> None:
    """Replace the function, and the names before it."""
    path = project.root / section.target
    text = path.read_text(encoding="utf-8")
    first, last = text.index("MEASUREMENTS = "), text.index("\n\n\ndef main(")
    own = fill(section.block("python"), {"TARGET": "target"})
    path.write_text(text[:first] + "\n" + own.rstrip() + text[last:], encoding="utf-8")


def apply_page(project: Project, case: Case) -> None:
    """Do what the page says, in its order."""
    steps = sections(project)
    assert len(steps) <= 7
    table, settings, prepare, expect, tests, datasheet = steps
    source = project.root / table.target / f"{case.name}.csv"
    project.python("-c", EXPORT, case.name, str(source))
    commands(project, table)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    edit_params(project, settings, case, sha256)
    edit_prepare(project, prepare)
    commands(project, expect)
    commands(project, tests)
    words = {"NAME": case.name, "EXAMPLE": "example"}
    text = fill(datasheet.block("markdown"), words)
    (project.root / datasheet.target).write_text(text, encoding="utf-8")


def check_the_metrics_are_within_bounds(project: Project, case: Case) -> None:
    record = json.loads((project.root / "reports/metrics.json").read_text())
    keys = {"candidate", "rows", "groups", "seed", "lock_differences", "metrics"}
    assert record.keys() == keys and record["candidate"] != "baseline"
    assert record["metrics"].keys() == case.bounds.keys()
    for name, (low, high) in case.bounds.items():
        metric = record["metrics"][name]
        assert low <= metric["value"] <= high, name
        assert metric["low"] <= metric["value"] <= metric["high"], name


def check_figures_and_report_follow_the_problem_type(
    project: Project, case: Case
) -> None:
    figures = project.root / "reports/figures"
    expected = {*case.figures, "permutation_importance", "trials"}
    assert {path.stem for path in figures.glob("*.csv")} == expected
    assert {path.stem for path in (figures / "pictures").glob("*.png")} == expected
    page = (project.root / "reports/report.html").read_text(encoding="utf-8")
    assert page.count("base64,iVBOR") == len(expected)
    found = re.findall(r'<section id="(\w+)">', page)
    ids = [name for name in found if name != "warnings"]  # a trial may be perfect
    own = [name for name in ids if name in case.figures]
    assert own and ids[0] == "metrics"
    assert ids[-5:] == [
        "permutation_importance",
        "trials",
        "validation",
        "parameters",
        "environment",
    ]
    for name in case.bounds:
        assert f"<td>{name}</td>" in page
    assert "penguin" not in page.lower() and "positive class" not in page


def check_dvc_shows_the_plots_and_misses_none(project: Project, case: Case) -> None:
    out = project.scratch / "plots"
    shown = project.tool("dvc", "plots", "show", "--out", str(out))
    assert "failed" not in shown.stderr
    page = (out / "index.html").read_text(encoding="utf-8")
    for name in case.figures:
        assert f"reports/figures/pictures/{name}.png" in page


def check_each_row_is_a_group(project: Project, case: Case) -> None:
    record = json.loads((project.root / "reports/metrics.json").read_text())
    assert record["groups"] == record["rows"] > 30
    page = (project.root / "reports/report.html").read_text(encoding="utf-8")
    assert f"{record['rows']} rows of the test side" in page.replace("\n", " ")
    assert "a bootstrap that resamples rows." in page


def check_classes_have_their_shares_on_both_sides(project: Project, case: Case) -> None:
    if case.problem_type == "regression":
        return
    # 59, 71 and 48 rows; a quarter of each.
    assert project.python("-c", COUNT).stdout == "[44, 53, 36] [15, 18, 12]\n"


def check_a_bad_row_is_refused_by_the_drafts(project: Project, case: Case) -> None:
    source = project.root / f"data/source/{case.name}.csv"
    params = project.root / "params.yaml"
    metrics = project.root / "reports/metrics.json"
    right = metrics.read_bytes()
    before = {path: path.read_bytes() for path in (source, params)}
    head, first, rest = source.read_text(encoding="utf-8").split("\n", 2)
    first = re.sub(r"^[^,]+", "99999", first)
    source.write_text("\n".join([head, first, rest]), encoding="utf-8", newline="\n")
    old, new = (
        hashlib.sha256(content).hexdigest()
        for content in (before[source], source.read_bytes())
    )
    project.edit("params.yaml", old, new)
    shown = project.invoke("repro", code=1).stdout
    assert "column_values_to_be_between" in shown and "99999" in shown
    for path, content in before.items():
        path.write_bytes(content)
    project.invoke("repro")
    assert metrics.read_bytes() == right


def check_data_docs_are_built_and_git_ignores_them(
    project: Project, case: Case
) -> None:
    before = project.run("git", "status", "--porcelain").stdout
    shown = project.invoke("data-docs").stdout
    page = project.root / "data-docs" / "index.html"
    assert page.is_file() and str(page) in shown
    assert "Pages on raw, prepared, train, test, groups:" in shown
    assert project.run("git", "status", "--porcelain").stdout == before


def check_own_tests_and_lint(project: Project, case: Case) -> None:
    project.run("git", "add", "-A")
    # The tooling's tests and the code are the same for both.
    folder = "tests" if case is WINE else "tests/science"
    command = ("pytest", "-q", "-n", "auto", "--dist", "loadfile", folder)
    shown = project.tool(*command).stdout
    assert " passed" in shown and " failed" not in shown
    if case is WINE:
        project.tool("flake8")
        project.tool("mypy")


def check_the_penguins_are_named_nowhere_else(project: Project, case: Case) -> None:
    words = re.compile(r"penguin|culmen|adelie|chinstrap|gentoo", re.I)
    folders = (project.package, "tests", "tasks", "gx")
    found = [
        path.relative_to(project.root).as_posix()
        for folder in folders
        for path in (project.root / folder).rglob("*")
        if path.suffix in {".py", ".json", ".html"}
        and words.search(path.read_text(encoding="utf-8").replace(project.package, ""))
    ]
    assert found == []


# In this order: the last ones change the repository.
CHECKS = [
    check_the_metrics_are_within_bounds,
    check_figures_and_report_follow_the_problem_type,
    check_dvc_shows_the_plots_and_misses_none,
    check_each_row_is_a_group,
    check_classes_have_their_shares_on_both_sides,
    check_a_bad_row_is_refused_by_the_drafts,
    check_data_docs_are_built_and_git_ignores_them,
    check_own_tests_and_lint,
    check_the_penguins_are_named_nowhere_else,
]


@pytest.mark.parametrize("case", [WINE, DIABETES], ids=lambda case: case.name)
def test_a_table_goes_through_the_edits_of_the_page(
    case: Case, tmp_path: Path, interpreter: Path
) -> None:
    project = baked_project(tmp_path, interpreter)
    apply_page(project, case)
    project.invoke("repro")
    for check in CHECKS:
        check(project, case)


def test_a_table_may_come_from_the_web_alone(tmp_path: Path, interpreter: Path) -> None:
    project = baked_project(tmp_path, interpreter)
    name = "data/source/penguins-raw.csv"
    served = tmp_path / "served"
    served.mkdir()
    (project.root / name).rename(served / "table.csv")
    project.run("git", "rm", "-q", name)
    handler = partial(SimpleHTTPRequestHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/table.csv"
        project.edit("params.yaml", name, address)
        project.run("git", "commit", "-qam", "Take the table from the web")
        clone = tmp_path / "clone"
        project.run("git", "clone", "-q", str(project.root), str(clone))
        replace(project, root=clone).invoke("repro", "--stage", "ingest")
        server.shutdown()
    raw = (clone / "data/raw.csv").read_bytes()
    assert raw == (served / "table.csv").read_bytes()
