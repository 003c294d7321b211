"""List the metrics a KPI may name: definition, range, which direction is better, what bounds it has, and its source."""

from __future__ import annotations

import argparse
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core import plugins
from mlops_gitops.core.errors import Error
from mlops_gitops.core.table import Table
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.reference.metrics_page import bounds, columns, direction, page, span
from mlops_gitops.reporting.report import Report
from mlops_gitops.statistics.interval import Interval


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="only this one, as kpis.yaml names it (default: list all)")
    parser.add_argument("--page", action="store_true", help="print docs/reference/metrics.md: all as one Markdown page")


def run(args: argparse.Namespace) -> Report:
    """Reads nothing but the metrics; scikit-learn need not be installed."""
    if args.id and args.page:
        raise Error("--page is about all metrics: leave out the ID, or leave out --page")
    if args.page:
        text = page(lookup.own_metrics(), lookup.sklearn_family())
        return Report({"version": 1, "page": text}, lines=(text,))
    every = [*lookup.own_metrics(), lookup.sklearn_family()]
    listed = [metric for its in every for metric in ([its] if isinstance(its, Metric) else its.listed_metrics())]
    shown = [lookup.find_metric(args.id)] if args.id else listed
    rows = tuple(
        (its.id, columns(its), span(its), direction(its), bounds(its), its.summary, its.source) for its in shown
    )
    table = Table("", ("metric", "columns", "range", "better", "bounds by", "measures", "source"), rows)
    methods, told = _methods(shown[0]) if args.id else ([], "")
    data = {"version": 1, "metrics": [_data(its) for its in shown]} | (
        {"intervals": _known(methods)} if args.id else {}
    )
    return Report(data, tables=(table, *_explained(methods)), lines=(told,) if told else ())


def _methods(its: Metric) -> tuple[list[Interval], str]:
    """The interval methods of a metric; or why they cannot be told: to compute anything takes numpy."""
    try:
        return list(plugins.all_of("statistics.intervals", "INTERVAL", its.form.intervals)), ""
    except ImportError as error:
        return [], f"What its bounds hold for is not shown: {error} (pip install 'mlops-gitops[gates]')"


def _explained(methods: list[Interval]) -> list[Table]:
    rows = tuple((its.id, its.range, its.summary, its.source) for its in methods)
    return [Table("", ("bounds by", "hold for", "method", "source"), rows)] if rows else []


def _known(methods: list[Interval]) -> list[dict[str, str]]:
    return [{"id": its.id, "summary": its.summary, "range": its.range, "source": its.source} for its in methods]


def _data(its: Metric) -> dict[str, Any]:
    low, high = (None if abs(end) == float("inf") else end for end in its.range)
    return {
        "id": its.id, "summary": its.summary, "columns": sorted(its.needs), "minimum": low, "maximum": high,
        "better": its.better, "bounds": list(its.form.intervals), "undefined": its.undefined, "source": its.source,
    }  # fmt: skip


COMMAND = Command("metrics", __doc__.strip(), arguments, run)
