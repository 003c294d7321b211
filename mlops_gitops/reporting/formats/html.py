"""HTML: one page that stands by itself, for a browser or a printer."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import visible
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%;margin:0 0 1.5rem}th,td{border:1px solid #c8c8c8;padding:.35rem .5rem;
text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f1f1f1}code{font-size:.9em}
@media print{body{margin:0;max-width:none}}"""


def render(report: Report, screen: Screen) -> str:
    """A page without scripts, and without anything that a browser would fetch."""
    title = _text(" ".join(filter(None, ("mlops-gitops", report.command))))
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            *_findings(report),
            *(line for table in report.tables for line in _table(table)),
            *(f"<p>{_text(line)}</p>" for line in report.lines if line.strip()),
            "</body></html>",
        ]
    )


def _findings(report: Report) -> Iterator[str]:
    if report.diagnostics:
        rows = tuple(map(_finding, report.diagnostics))
        yield from _table(Table("Findings", ("severity", "rule", "place", "finding"), rows))


def _finding(found: Diagnostic) -> tuple[str, ...]:
    severity = f"{found.severity.value}, could not tell" if found.undecided else found.severity.value
    return severity, found.rule, str(found.span), " ".join(filter(None, (found.message, found.help)))


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"<h2>{_text(table.title)}</h2>"
    yield f"<table><thead><tr>{''.join(f'<th>{_text(cell)}</th>' for cell in table.columns)}</tr></thead><tbody>"
    yield from (f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    yield "</tbody></table>"


def _text(value: str) -> str:
    return escape(visible(" ".join(value.split())))


REPORTER = Reporter("html", "HTML that stands by itself, for a browser or a printer", render)
