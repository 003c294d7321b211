"""JSON: the contract other tools read."""

from __future__ import annotations

import json

from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen


def render(report: Report, screen: Screen) -> str:
    """The report's data, indented; the same bytes for the same findings."""
    return json.dumps(dict(report.data), indent=2, ensure_ascii=False, allow_nan=False)


REPORTER = Reporter("json", "JSON, the contract other tools read", render)
