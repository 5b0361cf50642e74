"""Read what a run measured, or say in one line what is wrong and the remedy."""

from pathlib import Path
from typing import Any

from dvc_verify.repository.files import broken, read_json, shown


def read_metrics(path: Path) -> dict[str, Any]:
    """Return what a run measured: the model, the rows, and each metric.

    Raises
    ------
    Refusal
        If the file can't be read, or hasn't the shape that the stage gives it.
    """
    record = read_json(path)
    metrics = record.get("metrics")
    if "candidate" not in record or not isinstance(metrics, dict):
        raise broken(shown(path), "it needs `candidate` and `metrics`")
    for name, metric in metrics.items():
        values = metric if isinstance(metric, dict) else {}
        if not all(
            isinstance(values.get(key), int | float) for key in ("value", "low", "high")
        ):
            raise broken(shown(path), f"its metric '{name}' needs value, low and high")
    return record
