"""What `evaluate` hands on: metrics, and figures as data."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Interval:
    """The value of a metric, and its bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Plot:
    """How a table is drawn.

    Attributes
    ----------
    kind
        ``lines`` through the rows in their order, ``points``, horizontal ``bars`` from
        the bottom up, or a ``matrix`` of whole numbers.
    x, y
        The columns that are drawn.
    x_label, y_label
        What the axes are called, if not as the columns.
    z
        The column with the numbers of a matrix.
    by
        The column that parts the rows into series, if there are several.
    error
        The column that says how uncertain a point or bar is, if one does.
    guide
        A quiet line: where both axes are equal, from 0 to 1 or over all the values, or
        where y is 0.
    marked
        Whether the points on a line are shown.
    """

    kind: Literal["lines", "points", "bars", "matrix"]
    x: str
    y: str
    x_label: str | None = None
    y_label: str | None = None
    z: str | None = None
    by: str | None = None
    error: str | None = None
    guide: Literal["unit", "equal", "zero"] | None = None
    marked: bool = False


@dataclass(frozen=True)
class Figure:
    """A table, how it is drawn, and where in the report it stands."""

    name: str
    section: str
    title: str
    plot: Plot
    columns: list[str]
    data: list[list[Any]]
    note: str = ""


@dataclass(frozen=True)
class Evaluation:
    """What was measured on the test side."""

    seed: int
    candidate: str
    rows: int
    groups: int
    metrics: dict[str, Interval]
    note: str  # how a prediction is made
    figures: list[Figure]  # in the order of the report
    warnings: list[str]
    lock_differences: list[str]
