"""How many rows there are where: what `prepare` and `split` hand on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rows:
    """The rows of the raw table, and those that were kept."""

    read: int
    kept: int


@dataclass(frozen=True)
class Sides:
    """The rows on both sides of the split, and what is doubtful about them."""

    train: int
    test: int
    warnings: list[str]
