"""Reporters: one report, each form safe from what its words say."""

from __future__ import annotations

import json

from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.table import Table
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN, Reporter

REPORTERS: tuple[Reporter, ...] = plugins.all_of("reporting.formats", "REPORTER")
# Every code point, lone surrogates too.
ANYTHING = st.text(st.characters(codec=None), max_size=30)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report: spans that lie outside their source, names of every sort."""
    numbers = st.integers(1, 400)
    spans = st.builds(Span, ANYTHING, numbers, numbers, numbers, numbers)
    found = st.builds(
        Diagnostic, st.sampled_from(["schema", "names-agree", "new"]), st.sampled_from(Severity), ANYTHING, spans,
        ANYTHING, st.lists(spans, max_size=2).map(tuple), st.booleans(),
    )  # fmt: skip
    all_found = tuple(draw(st.lists(found, max_size=4)))
    sources = {diagnostic.span.path: draw(ANYTHING) * draw(st.integers(0, 20)) for diagnostic in all_found}
    width = draw(st.integers(1, 3))
    row = st.tuples(*[ANYTHING] * width)
    tables = st.lists(st.builds(Table, ANYTHING, row, st.lists(row, max_size=3).map(tuple)), max_size=2).map(tuple)
    lines = draw(st.lists(ANYTHING, max_size=3).map(tuple))
    return Report({"version": 1}, all_found, draw(tables), lines, draw(st.sampled_from([0, 1, 3])), sources)


@cases("name", plugins.names("reporting.formats"))
def test_a_reporter_is_named_after_its_file(name: str) -> None:
    reporter: Reporter = plugins.load("reporting.formats", name, "REPORTER")
    assert reporter.id == name and reporter.summary


@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(report=reports())
def test_no_report_is_too_odd(report: Report) -> None:
    for reporter in REPORTERS:
        text = reporter.render(report, PLAIN)
        if reporter.id != "json":
            assert all(char.isprintable() or char == "\n" for char in text.replace("\u2028", "")), reporter.id


def test_json_is_the_data() -> None:
    found = Diagnostic("rule", Severity.ERROR, "a\r\n::error::x \x1b[31m", Span("a,b.yaml", 2, 3, 2, 5), "do this")
    data = {"version": 1, "diagnostics": [found.to_json()]}
    assert (
        json.loads(plugins.load("reporting.formats", "json", "REPORTER").render(Report(data, (found,)), PLAIN)) == data
    )


def test_the_names_of_columns_in_csv_are_as_plain_as_the_cells() -> None:
    csv: Reporter = plugins.load("reporting.formats", "csv", "REPORTER")
    text = csv.render(Report({"version": 1}, tables=(Table("", ("a\x1bb", "=x"), (("c\x1bd", "=y"),)),)), PLAIN)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert [row.split(",")[1] for row in text.splitlines()] == ["'=x", "'=y"]
