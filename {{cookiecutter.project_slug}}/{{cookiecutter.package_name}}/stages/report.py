"""Write everything under ``reports/``: what git keeps, and what people read."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

from ..records.counts import Rows, Sides
from ..records.evaluation import Evaluation, Figure
from ..records.selection import Selection
from ..records.trials import Trials
from ..records.validation import ValidationResult
from ..reporting import figures, page, trials
from ..runtime import environment, params, paths
from ..runtime.outputs import Outputs, digest, read_record
from ..runtime.yaml_file import read_yaml

# What metrics.json takes from the evaluation as it is.
MEASURED = ("seed", "candidate", "rows", "groups", "metrics")


@dataclass(frozen=True)
class Records:
    """All that the other stages handed on."""

    rows: Rows
    sides: Sides
    validations: list[ValidationResult]
    tuning: Trials
    selection: Selection
    evaluation: Evaluation

    @property
    def lock_differences(self) -> list[str]:
        """How the environments of the stages, and of this one, differ from the lock."""
        found = environment.differences(paths.RUNTIME_LOCK)
        found += self.tuning.lock_differences + self.selection.lock_differences
        found += self.evaluation.lock_differences
        for result in self.validations:
            found += result.lock_differences
        return sorted(set(found))

    @property
    def warnings(self) -> list[str]:
        """What the stages warned of, in their order."""
        warned = (self.sides, self.tuning, self.evaluation)
        return [text for each in warned for text in each.warnings]


def read() -> Records:
    """Read the records of the other stages."""
    return Records(
        rows=read_record(paths.ROWS, Rows),
        sides=read_record(paths.SPLIT, Sides),
        validations=[
            read_record(path, ValidationResult)
            for path in sorted(paths.VALIDATIONS.glob("*.json"))
        ],
        tuning=read_record(paths.TRIALS, Trials),
        selection=read_record(paths.SELECTION, Selection),
        evaluation=read_record(paths.EVALUATION, Evaluation),
    )


def summarize(records: Records) -> dict[str, Any]:
    """Return what metrics.json holds."""
    evaluation = asdict(records.evaluation)
    return {
        **{key: evaluation[key] for key in MEASURED},
        "lock_differences": len(records.lock_differences),
    }


def describe(
    records: Records,
    figures: list[Figure],
    pictures: dict[str, str],
    parameters: params.Params,
) -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    records
        What the other stages handed on.
    figures
        Those of the evaluation, then that of the trials.
    pictures
        Of each figure its PNG in base64, by its name.
    parameters
        The title, whether rows are grouped, the confidence of the intervals.
    """
    *measured, tried = figures
    sections: dict[str, list[Figure]] = {}
    for figure in measured:
        sections.setdefault(figure.section, []).append(figure)
    results = [result for one in records.validations for result in one.results]
    return {
        "title": parameters.title,
        "records": records,
        "sections": sections,
        "trials": tried,
        "pictures": pictures,
        "expectations": len(results),
        "unmet": sum(not result.success for result in results),
        "confidence": f"{100 * parameters.evaluate.confidence:g} %",
        "grouped": parameters.columns.group is not None,
        "parameters": page.flatten(read_yaml(paths.PARAMS)),
        "pins": environment.read_pins(paths.RUNTIME_LOCK),
        "lock": digest(paths.RUNTIME_LOCK),
    }


def main(arguments: list[str]) -> None:
    """Write what git keeps of the records, the figures and the page."""
    parameters, records = params.load(), read()
    tried = records.tuning.trials
    shown = [*records.evaluation.figures, trials.plot(tried)]
    with Outputs() as outputs:
        pictures = {}
        for figure in shown:
            png = figures.to_png(figures.draw(figure))
            pictures[figure.name] = base64.b64encode(png).decode()
            outputs.binary(paths.PICTURES / f"{figure.name}.png", png)
            table = figures.to_csv(figures.tabulate(figure))
            outputs.text(paths.FIGURES / f"{figure.name}.csv", table)
        outputs.json(paths.METRICS, summarize(records))
        outputs.text(paths.TRIALS_TABLE, figures.to_csv(trials.tabulate(tried)))
        outputs.json(paths.SELECTION_RECORD, records.selection)
        for result in records.validations:
            outputs.json(paths.VALIDATION_RECORDS / f"{result.dataset}.json", result)
        content = describe(records, shown, pictures, parameters)
        outputs.text(paths.REPORT, page.render(content))
