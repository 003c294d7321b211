"""CSV (RFC 4180): the tables of a result, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from mlops_gitops.core.table import Table
from mlops_gitops.core.text import visible
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen

_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for a formula when a cell begins with it


def render(report: Report, screen: Screen) -> str:
    """The tables, an empty line between them; the findings first, where there are some."""
    rows = tuple((d.severity.value, d.rule, str(d.span), d.message, d.help) for d in report.diagnostics)
    findings = [Table("", ("severity", "rule", "place", "finding", "help"), rows)] if rows else []
    return "\n\n".join(_table(table) for table in (*findings, *report.tables))


def _table(table: Table) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(map(_cell, row) for row in (table.columns, *table.rows))
    return written.getvalue().rstrip("\n")


def _cell(text: str) -> str:
    """A cell as text: what a card says is no formula. A quote in front of it is what spreadsheets hide."""
    shown = visible(text, keep="\n")
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


REPORTER = Reporter("csv", "CSV of its tables, for a spreadsheet", render)
