"""List the metrics a KPI may name: definition, range, which direction is better, and where the formula comes from."""

from __future__ import annotations

import argparse
from typing import Any

from mlops_gitops import measures
from mlops_gitops.contracts import Command
from mlops_gitops.errors import Error
from mlops_gitops.instruments import Metric
from mlops_gitops.report import Report, Table
from mlops_gitops.shell.metric_page import columns, direction, page, span


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="only this one, as kpis.yaml names it (default: list all)")
    parser.add_argument("--page", action="store_true", help="print docs/reference/metrics.md: all as one Markdown page")


def run(args: argparse.Namespace) -> Report:
    """Reads nothing but the metrics; scikit-learn need not be installed."""
    if args.id and args.page:
        raise Error("--page is about all metrics: leave out the ID, or leave out --page")
    if args.page:
        text = page(measures.own(), measures.family())
        return Report({"version": 1, "page": text}, lines=(text,))
    shown = [measures.find(args.id)] if args.id else [*measures.own(), *measures.family()]
    rows = tuple((its.id, columns(its), span(its), direction(its), its.summary, its.source) for its in shown)
    table = Table("", ("metric", "columns", "range", "better", "measures", "source"), rows)
    return Report({"version": 1, "metrics": [_data(its) for its in shown]}, tables=(table,))


def _data(its: Metric) -> dict[str, Any]:
    low, high = (None if abs(end) == float("inf") else end for end in its.range)
    return {
        "id": its.id, "summary": its.summary, "columns": sorted(its.needs), "minimum": low, "maximum": high,
        "better": its.better, "undefined": its.undefined, "source": its.source,
    }  # fmt: skip


COMMAND = Command("metrics", __doc__.strip(), arguments, run)
