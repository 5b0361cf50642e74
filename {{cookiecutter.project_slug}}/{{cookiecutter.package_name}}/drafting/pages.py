"""The pages of Great Expectations on datasets, in which a value is text.

Great Expectations escapes some values and not others. So each character that means
something to HTML, to a script or to its templates is replaced by one that means nothing
to anybody before it renders, and by its HTML entity afterwards.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.expectations.expectation_configuration import (
    ExpectationConfiguration,
)

from ..expectations.suites import define, plain, quiet_context

MEANINGFUL = "<>&\"'`\\${}"
FIRST = 0xE000  # of the characters that Unicode leaves to private use
MARKS = {ord(character): FIRST + ord(character) for character in MEANINGFUL}
OPERATORS = [("operator", each) for each in ("<", "<=", ">", ">=")]  # of conditions
ENTITIES = {mark: f"&#{code};" for code, mark in MARKS.items()}


def build(
    tables: dict[str, pd.DataFrame], suites: dict[str, ExpectationSuite], folder: Path
) -> Path:
    """Write the pages, and return the first of them.

    They hold the time at which they were made, so they are no output of a stage.

    Parameters
    ----------
    tables, suites
        By the name of the dataset.
    folder
        Where to write.
    """
    context = quiet_context()
    store = {"class_name": "TupleFilesystemStoreBackend"}
    context.add_data_docs_site(
        "local",
        {
            "class_name": "SiteBuilder",
            "store_backend": {**store, "base_directory": str(folder.resolve())},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    for name, table in tables.items():
        shown = [_inert(each.configuration) for each in suites[name].expectations]
        context.suites.add(ExpectationSuite(name=name, expectations=shown))
        key = ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(name),
            run_id=RunIdentifier(run_name=name),
            batch_identifier=name,
        )
        found = _validate(context, name, table, suites[name])
        context.validation_results_store.set(key, found)
    context.build_data_docs(site_names=["local"])
    show(folder)
    return folder / "index.html"


def _validate(
    context: Any, name: str, table: pd.DataFrame, suite: ExpectationSuite
) -> Any:
    """Check a table as it is, and return results that are inert."""
    definition = define(context, name)
    batch = definition.get_batch(batch_parameters={"dataframe": table})
    found = batch.validate(suite, result_format="SUMMARY")
    for one in found.results:
        one.success = bool(one.success)  # of quantiles it is numpy's, no JSON
        one.result = mark(plain(one.result))
        one.exception_info = mark(plain(one.exception_info))
        one.expectation_config = _inert(one.expectation_config)
    return found


def _inert(config: ExpectationConfiguration) -> ExpectationConfiguration:
    """Copy an expectation with nothing in it that a page would take for HTML."""
    return ExpectationConfiguration(
        type=config.type,
        kwargs={key: mark(plain(x)) for key, x in config.kwargs.items()},
        meta=config.meta,
        severity=config.severity,
    )


def mark(value: Any) -> Any:
    """Replace the characters in all texts of a value, keys among them.

    Examples
    --------
    >>> mark({"<b>": ["a", 1]})
    {'\\ue03cb\\ue03e': ['a', 1]}
    """
    if isinstance(value, dict):
        return {
            mark(key): item if (key, item) in OPERATORS else mark(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mark(item) for item in value]
    return value.translate(MARKS) if isinstance(value, str) else value


def show(folder: Path) -> None:
    """Write the entities into all pages of a folder."""
    for page in sorted(folder.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.translate(ENTITIES), encoding="utf-8", newline="\n")
