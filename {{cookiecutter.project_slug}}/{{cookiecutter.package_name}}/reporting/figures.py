"""Draw the kinds of plots that a figure can be; what it shows is data."""

import io
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..records import evaluation
from ..records.evaluation import Plot

COLOR = "#1f5a92"
QUIET = "#9a9a9a"
# Nothing of the user's own matplotlib settings gets in.
mpl.rcdefaults()
mpl.rcParams.update({"axes.grid": True, "grid.alpha": 0.25, "font.size": 9})


def tabulate(figure: evaluation.Figure) -> pd.DataFrame:
    """Return the table that a figure is drawn from."""
    return pd.DataFrame(figure.data, columns=figure.columns)


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV, floats with 10 significant digits."""
    return table.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def draw(figure: evaluation.Figure) -> Figure:
    """Draw a figure."""
    plot, table = figure.plot, tabulate(figure)
    drawn = Figure(figsize=(4.8, 3.6), layout="constrained")
    FigureCanvasAgg(drawn)
    x, y = (name.replace("_", " ") for name in (plot.x, plot.y))
    axes = drawn.add_subplot(
        title=figure.title,
        xlabel=x if plot.x_label is None else plot.x_label,
        ylabel=y if plot.y_label is None else plot.y_label,
    )
    _guide(axes, table, plot)
    DRAW[plot.kind](axes, table, plot)
    return drawn


def to_png(figure: Figure) -> bytes:
    """Return a drawn figure as PNG without a stamp."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()


def _guide(axes: Axes, table: pd.DataFrame, plot: Plot) -> None:
    line: dict[str, Any] = {"color": QUIET, "linestyle": "--", "linewidth": 1}
    if plot.guide == "unit":
        axes.plot([0, 1], [0, 1], **line)
        axes.set_aspect("equal")
    elif plot.guide == "equal":
        values = table[[plot.x, plot.y]].to_numpy()
        axes.plot([values.min(), values.max()], [values.min(), values.max()], **line)
    elif plot.guide == "zero":
        axes.axhline(0, **line)


def _series(
    table: pd.DataFrame, plot: Plot
) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """Yield the rows of each series, and how it is told from the others."""
    if plot.by is None:
        yield table, {"color": COLOR}
    else:
        for name, rows in table.groupby(plot.by, sort=False):
            yield rows, {"label": str(name)}


def _legend(axes: Axes, plot: Plot) -> None:
    if plot.by:
        axes.legend()


def _lines(axes: Axes, table: pd.DataFrame, plot: Plot) -> None:
    marker = "o" if plot.marked else ""
    for rows, style in _series(table, plot):
        axes.plot(rows[plot.x], rows[plot.y], marker=marker, **style)
    _legend(axes, plot)


def _points(axes: Axes, table: pd.DataFrame, plot: Plot) -> None:
    for rows, style in _series(table, plot):
        if plot.error is None:
            axes.plot(rows[plot.x], rows[plot.y], ".", alpha=0.6, **style)
        else:
            error = rows[plot.error]
            axes.errorbar(
                rows[plot.x], rows[plot.y], error, fmt="o", capsize=3, **style
            )
    _legend(axes, plot)


def _bars(axes: Axes, table: pd.DataFrame, plot: Plot) -> None:
    rows = table[::-1]
    error = None if plot.error is None else rows[plot.error]
    axes.barh(rows[plot.y], rows[plot.x], xerr=error, color=COLOR)


def _matrix(axes: Axes, table: pd.DataFrame, plot: Plot) -> None:
    matrix = table.pivot(index=plot.y, columns=plot.x, values=plot.z)
    rows, columns = (list(dict.fromkeys(table[name])) for name in (plot.y, plot.x))
    counts = matrix.loc[rows, columns].to_numpy()
    axes.imshow(counts, cmap="Blues", vmin=0)
    axes.grid(visible=False)
    tilt = 90 if len(columns) > 4 else 0
    axes.set_xticks(range(len(columns)), [str(name) for name in columns], rotation=tilt)
    axes.set_yticks(range(len(rows)), [str(name) for name in rows])
    for (row, column), count in np.ndenumerate(counts):
        shade = "white" if count > counts.max() / 2 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=shade)


DRAW = {"lines": _lines, "points": _points, "bars": _bars, "matrix": _matrix}
