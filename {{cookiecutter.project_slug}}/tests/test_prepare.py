"""The features of the penguins, row by row."""

import pandas as pd

from {{ cookiecutter.package_name }}.core import params, paths
from {{ cookiecutter.package_name }}.stages.prepare import prepare


def raw() -> pd.DataFrame:
    """Return the raw table as it is committed."""
    return pd.read_csv(params.load().data.source)


def test_birds_of_known_sex_keep_their_order_and_measurements() -> None:
    table = raw()
    prepared = prepare(table)
    known = table[table["Sex"].notna()]
    assert list(prepared["body_mass_g"]) == list(known["Body Mass (g)"].astype(float))
    assert set(prepared["sex"]) == {"female", "male"}


def test_no_row_depends_on_another() -> None:
    table = raw()
    whole = prepare(table)
    parts = [prepare(table.iloc[:100]), prepare(table.iloc[100:])]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_the_number_of_the_bird_in_its_pair_is_left_out() -> None:
    prepared = prepare(raw())
    assert not prepared["nest"].str.contains("A[12]$").any()
    columns = params.load().columns
    expected = {columns.group, columns.target, *columns.features}
    assert set(prepared.columns) == expected, paths.PREPARED
