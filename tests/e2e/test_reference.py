"""The results that come with a bake, and what a run says of them.

Bytes are promised on Linux x86-64 with AVX2. This may run elsewhere, where the last
digits of a model may differ, and with them the lock. So a clean `git status` is asked
for only there, and everywhere that the small results hold the same numbers.
"""

import csv
import json
import math
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tasks
from local_extensions import dvc_lock

from .environment import baked_project
from .project import FIRST_RUN, Project

pytestmark = pytest.mark.e2e

FIRST = "No full run has ended here yet, so all stages run."
IDENTICAL = "Identical to the reference.\n"
# What a user may have set that chooses other code, or that numpy refuses.
HOSTILE = {
    "FREETYPE_PROPERTIES": "truetype:interpreter-version=35",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
    "NPY_DISABLE_CPU_FEATURES": "X86_V2",
    "NPY_ENABLE_CPU_FEATURES": "X86_V3",
    "OPENBLAS_CORETYPE": "Prescott",
    "OPENBLAS_L2_SIZE": "64",
    "SKLEARN_WORKING_MEMORY": "1",
}


@pytest.fixture(scope="module")
def pinned(ran: Project) -> bool:
    """Say whether bytes are promised here."""
    return ran.is_pinned()


def numbers(path: Path) -> Iterator[Any]:
    """Yield all that a small result holds, in its order."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            yield from (cell for row in csv.reader(stream) for cell in row)
        return
    todo = [json.loads(path.read_text(encoding="utf-8"))]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += sorted(value)
            todo += [value[key] for key in sorted(value)]
        elif isinstance(value, list):
            todo += value
        else:
            yield value


def agree(one: Any, other: Any) -> bool:
    """Say whether two values are the same, numbers up to their last digits."""
    try:
        pair = float(one), float(other)
    except (TypeError, ValueError):
        return bool(one == other)
    return math.isclose(*pair, rel_tol=1e-6, abs_tol=1e-9)


def check_small_results(project: Project, scratch: Path) -> None:
    """Compare the small results of a run with those of the first commit."""
    first = project.run("git", "rev-list", "--max-parents=0", "HEAD").stdout.strip()
    archive = scratch / "first.zip"
    project.run("git", "archive", "-o", str(archive), first, "reports")
    shutil.unpack_archive(archive, scratch / "first")
    before = scratch / "first" / "reports"
    names = {path.relative_to(before) for path in before.rglob("*") if path.is_file()}
    after = project.root / "reports"
    assert names == {
        path.relative_to(after) for path in after.rglob("*") if path.is_file()
    }
    compared = [name for name in names if name.suffix in (".csv", ".json")]
    assert len(compared) > 10
    for name in compared:
        sides = [list(numbers(folder / name)) for folder in (before, after)]
        assert len(sides[0]) == len(sides[1]) > 0, name
        assert all(map(agree, *sides)), name


def test_a_first_run_gives_the_reference(
    ran: Project, tmp_path: Path, pinned: bool
) -> None:
    check_small_results(ran, tmp_path)
    said = (ran.scratch / FIRST_RUN).read_text(encoding="utf-8")
    assert said.startswith(FIRST) and said.count("Running stage") == 9
    if pinned:
        assert ran.status() == "" and said.endswith(IDENTICAL)
    elif ran.status():  # it says what differs, and where the reference was made
        assert "Differs first: " in said and "The reference was made on " in said


def test_neither_variables_nor_the_folder_change_a_byte(
    ran: Project, interpreter: Path, tmp_path: Path
) -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    settings = {**dict.fromkeys(names, "2"), "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    project = baked_project(tmp_path / "näher dran", interpreter)
    shown = replace(project, settings={**settings, **HOSTILE}).invoke("repro").stdout
    first = (ran.scratch / FIRST_RUN).read_text(encoding="utf-8")
    assert shown.splitlines()[-1] == first.splitlines()[-1]
    assert project.digests() == ran.digests()
    assert project.status() == ran.status()


@pytest.mark.parametrize("name", ["aaa", "gx1", "zzz", "a" * 30])
def test_dvc_writes_the_lock_that_a_bake_of_any_name_has(
    ran: Project, bake_named: Callable[[str], Project], pinned: bool, name: str
) -> None:
    project = bake_named(name)
    for path in ran.artifacts():
        copy = project.root / path.relative_to(ran.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    shutil.copytree(ran.root / ".dvc/cache", project.root / ".dvc/cache")
    lock = project.root / "dvc.lock"
    lock.write_text(lock.read_text("utf-8").replace("size: ", "size: 1"), "utf-8")
    project.tool("dvc", "commit", "--force")
    expected = (ran.root / "dvc.lock").read_text("utf-8")
    for old, new in (("-m penguins", f"-m {name}"), (" penguins/", f" {name}/")):
        expected = expected.replace(old, new)
    assert lock.read_text("utf-8") == dvc_lock(expected)
    if pinned:
        assert project.status() == ""


def test_a_changed_parameter_is_another_input(copy: Project) -> None:
    copy.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    last = copy.invoke("repro").stdout.splitlines()[-1]
    assert last.startswith("These results have other inputs than ")
    assert last.endswith(": params.yaml (evaluate.threshold).")


def test_after_a_commit_of_other_results_head_is_what_counts(copy: Project) -> None:
    copy.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    copy.invoke("repro")
    copy.run("git", "commit", "-qam", "Ask for more")
    head = copy.run("git", "rev-parse", "--short", "HEAD").stdout.strip()
    shown = copy.invoke("repro").stdout
    assert shown.endswith(f"\nIdentical to what is committed (HEAD {head}).\n")


def test_without_a_commit_the_record_of_the_reference_is_what_counts(
    copy: Project, pinned: bool
) -> None:
    """As in an archive, or in a folder that the repository around it ignores."""
    shutil.rmtree(copy.root / ".git")
    shown = copy.invoke("repro").stdout
    if pinned:
        assert shown.endswith(f"\n{IDENTICAL}")
    copy.edit("params.yaml", "threshold: 0.5", "threshold: 0.6")
    last = copy.invoke("repro").stdout.splitlines()[-1]
    assert last == (
        "These results have other inputs than the reference: "
        "params.yaml (evaluate.threshold)."
    )


def test_a_reference_of_elsewhere_is_told_apart(copy: Project, pinned: bool) -> None:
    """The results that are committed are forged, and so is where they were made."""
    if not pinned:
        pytest.skip("a reference is made on Linux x86-64 with AVX2, which this is not")
    lock = copy.root / "dvc.lock"
    head, select = lock.read_text("utf-8").split("\n  select:\n")
    outs = select.index("    outs:\n")
    at = select.index("md5: ", select.index("models/model.skops", outs)) + 5
    forged = select[:at] + "a" * 32 + select[at + 32 :]
    lock.write_text(f"{head}\n  select:\n{forged}", "utf-8")
    metrics = copy.root / "reports/metrics.json"
    record = json.loads(metrics.read_text("utf-8"))
    right, record["metrics"]["brier"]["value"] = record["metrics"]["brier"]["value"], 9
    metrics.write_text(json.dumps(record), "utf-8")
    copy.python("-c", tasks.RECORD)
    copy.edit("reports/reference.json", '"cpu": "', '"cpu": "Abacus 3, not ')
    copy.run("git", "commit", "-qam", "Forge")
    shown = copy.invoke("repro").stdout
    first, metrics_line, trials, *end = shown[
        shown.index("Not identical") :
    ].splitlines()
    assert first == (
        "Not identical to the reference. "
        "Differs first: models/model.skops (stage 'select')."
    )
    assert f"metrics.brier.value: 9 against {right}, relative " in metrics_line
    assert trials == "  reports/trials.csv: identical"
    assert end[0].startswith("The reference was made on ") and "Abacus 3" in end[0]
    # The processor is no excuse, the C library is.
    assert end[1:] == [
        "The processor makes no difference here, so there is another cause."
    ]
    copy.edit("reports/reference.json", '"c_library": "', '"c_library": "other than ')
    copy.run("git", "commit", "-qm", "Forge more", "reports/reference.json")
    shown = copy.invoke("repro").stdout
    assert shown.endswith("With another C library the last digits may differ.\n")


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"),
    reason="its kernels are chosen by x86",
)
def test_another_kernel_of_linear_algebra_keeps_the_numbers(
    copy: Project, tmp_path: Path
) -> None:
    settings = {"OPENBLAS_CORETYPE": "Prescott", "ALLOW_OTHER_ENVIRONMENT": "1"}
    other = replace(copy, settings=settings)
    before = (copy.root / "models/model.skops").read_bytes()
    finished = other.invoke("repro", "--force")
    shown = finished.stdout
    assert (shown + finished.stderr).count("ALLOW_OTHER_ENVIRONMENT is 1, so") == 1
    check_small_results(copy, tmp_path)
    assert (copy.root / "models/model.skops").read_bytes() != before
    assert "Differs first: models/model.skops (stage 'select')" in shown
    assert "C library may change the last digits" in shown or (
        "With another code for linear algebra the last digits may differ" in shown
    )
