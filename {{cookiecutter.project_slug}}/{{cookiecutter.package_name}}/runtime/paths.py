"""Every path that stages use; a test compares the outputs with ``dvc.yaml``."""

from pathlib import Path

PARAMS = Path("params.yaml")
RUNTIME_LOCK = Path("requirements/runtime.txt")
SUITES = Path("gx/expectations")

RAW = Path("data/raw.csv")
PREPARED = Path("data/prepared.parquet")
ROWS = Path("data/rows.json")
TRAIN = Path("data/train.parquet")
TEST = Path("data/test.parquet")
SPLIT = Path("data/split.json")
TRIALS = Path("data/trials.json")
EVALUATION = Path("data/evaluation.json")

GATES = Path("data/gates")
VALIDATIONS = Path("data/validation")
GATE_RAW = GATES / "raw.json"
GATE_SPLITS = GATES / "splits.json"

MODEL = Path("models/model.skops")
SELECTION = Path("models/selection.json")

METRICS = Path("reports/metrics.json")
TRIALS_TABLE = Path("reports/trials.csv")
SELECTION_RECORD = Path("reports/selection.json")
VALIDATION_RECORDS = Path("reports/validation")
FIGURES = Path("reports/figures")
PICTURES = FIGURES / "pictures"
REPORT = Path("reports/report.html")
