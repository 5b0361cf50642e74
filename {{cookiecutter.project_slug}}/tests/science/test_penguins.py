"""What is true of the penguins only: their features, and what we expect of them.

With data of your own, write your own tests in the place of these.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.expectations import results, suites
from {{ cookiecutter.package_name }}.runtime import params, paths
from {{ cookiecutter.package_name }}.stages.prepare import prepare
from {{ cookiecutter.package_name }}.tables import raw as raw_table


@pytest.fixture(name="raw")
def fixture_raw() -> pd.DataFrame:
    """Return the raw data as committed."""
    data = params.load().data
    return raw_table.read(Path(data.source), data)


def test_birds_of_known_sex_keep_their_order_and_measurements(
    raw: pd.DataFrame,
) -> None:
    prepared = prepare(raw)
    known = raw[raw["Sex"].notna()]
    assert list(prepared["body_mass_g"]) == list(known["Body Mass (g)"].astype(float))
    assert set(prepared["sex"]) == {"female", "male"}


def test_no_row_depends_on_another(raw: pd.DataFrame) -> None:
    whole = prepare(raw)
    parts = [prepare(raw.iloc[:100]), prepare(raw.iloc[100:])]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_the_number_of_the_bird_in_its_pair_is_left_out(raw: pd.DataFrame) -> None:
    prepared = prepare(raw)
    assert not prepared["nest"].str.contains("A[12]$").any()
    assert set(prepared.columns) == set(params.load().columns.used)


def failed(table: pd.DataFrame) -> set[str]:
    """Return the critical expectations of the raw data that a table doesn't meet."""
    suite = suites.read(paths.SUITES / "raw.json")
    found = suites.validate(table, suite)
    return {
        one.type.removeprefix("expect_") for one in results.failures(found, "critical")
    }


def test_the_committed_data_meets_its_suite(raw: pd.DataFrame) -> None:
    assert failed(raw) == set()


CORRUPTIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "table_columns_to_match_ordered_list": lambda t: t.rename(columns={"Sex": "sex"}),
    "table_row_count_to_be_between": lambda t: t.head(10),
    "column_values_to_be_of_type": lambda t: t.assign(
        **{"Body Mass (g)": t["Body Mass (g)"].astype(str)}
    ),
    "column_values_to_not_be_null": lambda t: t.assign(
        Species=t["Species"].where(t.index > 3)
    ),
    "column_values_to_be_between": lambda t: t.assign(
        **{"Body Mass (g)": t["Body Mass (g)"] * 10}
    ),
    "column_values_to_be_in_set": lambda t: t.assign(Island="Atlantis"),
    "column_values_to_match_regex": lambda t: t.assign(**{"Individual ID": "A bird"}),
    "compound_columns_to_be_unique": lambda t: pd.concat([t, t.head(1)]),
    "column_pair_values_a_to_be_greater_than_b": lambda t: t.assign(
        **{"Culmen Length (mm)": 21.0, "Culmen Depth (mm)": 22.0}
    ),
    "column_kl_divergence_to_be_less_than": lambda t: t.assign(Sex="MALE"),
}


def test_each_kind_of_critical_expectation_has_a_corruption() -> None:
    content = json.loads((paths.SUITES / "raw.json").read_text(encoding="utf-8"))
    kinds = {
        one["type"].removeprefix("expect_")
        for one in content["expectations"]
        if one["severity"] == "critical"
    }
    assert kinds == CORRUPTIONS.keys()


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_each_kind_of_expectation_trips(raw: pd.DataFrame, kind: str) -> None:
    assert kind in failed(CORRUPTIONS[kind](raw))
