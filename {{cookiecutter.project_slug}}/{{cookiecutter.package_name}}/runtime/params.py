"""``params.yaml``, typed: an unknown or bad key is an error that names it.

Shapes are checked here; what estimators and scores there are, `training` knows.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from . import paths
from .errors import UserError
from .yaml_file import read_yaml

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(min_length=1)]
Value = str | int | float | bool | None


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


def _as_written(value: Any) -> str:
    """Refuse what may stand otherwise in the file: `true`, 1.50, `null`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("write it in quotes, as it stands in the file")
    return str(value)


def _as_columns(value: Any) -> Any:
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not (is_list or value == "all"):
        raise ValueError("give a list of column names, or the word all")
    return value


def _as_key(value: str) -> str:
    if not 1 <= len(value.encode()) <= 64:  # what BLAKE2 takes
        raise ValueError("give a text of 1 to 64 bytes")
    return value


Key = Annotated[str, AfterValidator(_as_key)]
ClassName = Annotated[Name, BeforeValidator(_as_text)]  # YAML reads 1 as a number


class _Section(BaseModel):
    """A section that cannot be changed and knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Data(_Section):
    """Where the raw data comes from, what it must hash to, and how it is read."""

    source: Name
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    text: Annotated[list[str] | Literal["all"], BeforeValidator(_as_columns)] = []
    missing: list[Annotated[str, BeforeValidator(_as_written)]] = ["", "NA"]


class Columns(_Section):
    """The part that each column plays."""

    target: Name
    positive: ClassName | None = None
    group: Name | None = None
    time: Name | None = None
    numeric: list[Name]
    categorical: list[Name]

    @property
    def features(self) -> list[str]:
        """The columns that a model may learn from."""
        return [*self.numeric, *self.categorical]

    @property
    def used(self) -> list[str]:
        """All columns that play a part."""
        parts = [self.group, self.time, self.target, *self.features]
        return [name for name in parts if name is not None]

    @model_validator(mode="after")
    def _each_column_plays_one_part(self) -> "Columns":
        twice = sorted({name for name in self.used if self.used.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} plays two parts; give it one")
        if not self.features:
            raise ValueError("numeric and categorical are both empty; name a feature")
        return self


class Split(_Section):
    """How groups are assigned to the test side, and what must come of it."""

    key: Key
    test_share: Share
    stratify: bool | None = None  # see `Params.stratified`
    max_class_gap: Share | None = None


class Candidate(_Section):
    """An estimator and the grid of its parameters."""

    estimator: Name
    grid: dict[str, Annotated[list[Value], Field(min_length=1)]]


class Tune(_Section):
    """The trials."""

    folds: Annotated[int, Field(ge=2)]
    score: Name
    max_categories: Annotated[int, Field(ge=2)] = 100
    candidates: Annotated[dict[str, Candidate], Field(min_length=1)]


class Select(_Section):
    """What the winner has to beat, and by how much."""

    baseline: Name
    margin: Annotated[float, Field(ge=0)]


class Evaluate(_Section):
    """How the test side is measured."""

    threshold: Share
    resamples: Count
    confidence: Share
    calibration_bins: Count
    permutations: Count


class Params(_Section):
    """All of ``params.yaml``."""

    title: Name
    seed: Annotated[int, Field(ge=0)]
    problem_type: Literal["binary", "multiclass", "regression"]
    data: Data
    columns: Columns
    split: Split
    tune: Tune
    select: Select
    evaluate: Evaluate

    @property
    def has_classes(self) -> bool:
        """Whether the target is a class, and not a number."""
        return self.problem_type != "regression"

    @property
    def stratified(self) -> bool:
        """Whether the split is; unless it is said, if there are classes and no time."""
        if self.split.stratify is not None:
            return self.split.stratify
        return self.has_classes and self.columns.time is None

    @model_validator(mode="after")
    def _time_has_no_strata(self) -> "Params":
        if self.split.stratify and self.columns.time is not None:
            raise ValueError(
                "split.stratify is true, but columns.time is set, and then the test "
                "side is what ends last: make one of them null"
            )
        return self

    @model_validator(mode="after")
    def _columns_fit_the_problem_type(self) -> "Params":
        positive = self.columns.positive
        if self.problem_type == "binary" and positive is None:
            raise ValueError("columns.positive is missing; name the class to predict")
        if self.problem_type != "binary" and positive is not None:
            raise ValueError(
                f"columns.positive is '{positive}', but problem_type is "
                f"{self.problem_type}: remove it"
            )
        if not self.has_classes and self.split.max_class_gap is not None:
            raise ValueError(
                "split.max_class_gap is set, but a regression has no classes: remove it"
            )
        return self

    @model_validator(mode="after")
    def _baseline_is_a_candidate(self) -> "Params":
        if self.select.baseline not in self.tune.candidates:
            known = ", ".join(self.tune.candidates)
            raise ValueError(
                f"select.baseline: '{self.select.baseline}' is not a candidate of "
                f"tune; use one of {known}"
            )
        return self


def load(path: Path = paths.PARAMS) -> Params:
    """Read the parameters.

    Raises
    ------
    UserError
        If the file is missing, is no YAML, or has an unknown, missing or bad key.
    """
    try:
        return Params.model_validate(read_yaml(path))
    except ValidationError as error:
        # A misspelt key is unknown and missing at once: the first says more.
        errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise UserError(f"{path}: {_explain(errors[0])}") from None


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} is unknown; remove it or correct its spelling"
    if error["type"] == "missing":
        return f"{key} is missing"
    message = error["msg"].removeprefix("Value error, ")
    if not key or isinstance(error["input"], dict | BaseModel):
        return f"{key}: {message}" if key else message
    return f"{key} is {error['input']!r}: {message}"
