"""Formats that need more than the standard library, compared by what they hold."""

import json
import subprocess
from pathlib import Path

import pytest

from bench.checkout import VERIFIER

pytestmark = pytest.mark.e2e

# Each pair is of the same content, but the last one.
PAIRS = """
import json, sys
from pathlib import Path
import numpy as np, pandas as pd, skops.io
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.ensemble import HistGradientBoostingClassifier
from dvc_verify.compare.contents import compare

folder = Path(sys.argv[1])
table = pd.DataFrame({"a": [1.0, 2.0, None], "b": ["x", "y", "z"]})
pixels = np.arange(300, dtype="uint8").reshape(10, 10, 3)
x = np.arange(200.0).reshape(100, 2) % 7
y = x[:, 0] > 3

def table_as(path, moved=0.0, **options):
    table.assign(a=table["a"] * (1 + moved)).to_parquet(path, **options)

def picture_as(path, level=6, moved=0):
    Image.fromarray(pixels + np.uint8(moved)).save(path, compress_level=level)

def model_as(path, moved=0, kind=LogisticRegression):
    estimator = kind(random_state=0).fit(x, y ^ (np.arange(100) < moved))
    path.write_bytes(skops.io.dumps(estimator))

def trees_as(path, moved=0):
    model_as(path, moved, HistGradientBoostingClassifier)

def array_as(path, moved=0.0):
    np.save(path, np.array([1.0, np.nan, 3.0]) * (1 + moved))

found = {}
for name, suffix, write, same, other in (
    ("table", ".parquet", table_as, {"compression": "gzip"}, {"moved": 1e-12}),
    ("picture", ".png", picture_as, {"level": 1}, {"moved": 1}),
    ("model", ".skops", model_as, {}, {"moved": 9}),
    ("trees", ".skops", trees_as, {}, {"moved": 9}),
    ("array", ".npy", array_as, {}, {"moved": 1e-12}),
):
    paths = [folder / f"{name}{number}{suffix}" for number in range(3)]
    write(paths[0])
    write(paths[1], **same)
    write(paths[2], **other)
    one, two = compare(paths[0], paths[1]), compare(paths[0], paths[2])
    close = compare(paths[0], paths[2], tolerance=1e-9)
    found[name] = [one.grade, two.grade, close.grade, two.detail]
(folder / "corrupt.parquet").write_bytes(b"PAR1 nothing")
corrupt = compare(folder / "table0.parquet", folder / "corrupt.parquet")
found["corrupt"] = [corrupt.grade, corrupt.detail]
print(json.dumps(found))
"""


def test_files_are_compared_by_what_they_hold(
    interpreter: Path, tmp_path: Path
) -> None:
    finished = subprocess.run(
        [str(interpreter), "-B", "-c", PAIRS, str(tmp_path)],
        cwd=VERIFIER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    assert found["table"][:3] == ["same content", "different", "within tolerance"]
    assert "relative 1e-12" in found["table"][3]
    assert found["picture"][:3] == ["same content", "different", "different"]
    assert found["model"][:3] == ["same content", "different", "different"]
    assert found["trees"][:3] == ["same content", "different", "different"]
    assert found["array"][:3] == ["identical", "different", "within tolerance"]
    assert found["corrupt"][0] == "different" and "not decoded" in found["corrupt"][1]
