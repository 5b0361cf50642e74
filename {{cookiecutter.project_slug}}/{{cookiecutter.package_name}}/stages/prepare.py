"""Turn the raw table into features, row by row: nothing here learns from the data.

This file and `gx/expectations/` hold what is true of these data only.
"""

import pandas as pd

from ..records.counts import Rows
from ..runtime import params, paths
from ..runtime.outputs import Outputs
from ..tables import datasets, parquet, prepared

MEASUREMENTS = {
    "Culmen Length (mm)": "culmen_length_mm",
    "Culmen Depth (mm)": "culmen_depth_mm",
    "Flipper Length (mm)": "flipper_length_mm",
    "Body Mass (g)": "body_mass_g",
    "Delta 15 N (o/oo)": "delta_15_n",
    "Delta 13 C (o/oo)": "delta_13_c",
}


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    """Name the columns, shorten the labels and find the nest of each bird.

    Parameters
    ----------
    raw
        The table as published, one row per bird.

    Returns
    -------
    pandas.DataFrame
        The birds of known sex, in the same order. The number of the bird in its
        pair (A1 or A2) is left out: it alone tells the sex in 85 % of cases.
    """
    species = raw["Species"].str.split().str[0]
    nest = raw["Individual ID"].str.extract(r"^(N\d+)A[12]$", expand=False)
    table = pd.DataFrame(
        {
            "nest": raw["studyName"] + "/" + species + "/" + nest,
            "species": species,
            "island": raw["Island"],
            **{name: raw[column] for column, name in MEASUREMENTS.items()},
            "sex": raw["Sex"].str.lower(),
        }
    )
    return table.dropna(subset="sex").reset_index(drop=True)


def main(arguments: list[str]) -> None:
    """Write ``data/prepared.parquet``, and how many rows were read and kept."""
    parameters = params.load()
    datasets.check_passed("raw", paths.GATE_RAW)
    raw = datasets.read(["raw"], parameters)["raw"]
    table = prepared.finish(prepared.apply(prepare, raw), parameters)
    print(f"prepare: {len(raw)} rows read, {len(table)} kept")
    with Outputs() as outputs:
        parquet.write(outputs, paths.PREPARED, table)
        outputs.json(paths.ROWS, Rows(len(raw), len(table)))
