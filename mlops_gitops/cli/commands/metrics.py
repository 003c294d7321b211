"""List the metrics a KPI may name: definition, range, which direction is better, what bounds it has, and its source."""

from __future__ import annotations

import argparse
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core import plugins
from mlops_gitops.core.table import Table
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.labels import columns_label, direction_label, intervals_label, range_label
from mlops_gitops.metrics.loss_limits import takes_limits
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.reporting.report import Report
from mlops_gitops.statistics.interval import Interval


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="only this one, as kpis.yaml names it (default: list all)")


def run(args: argparse.Namespace) -> Report:
    """Reads nothing but the metrics; scikit-learn need not be installed."""
    metrics = [lookup.find_metric(args.id)] if args.id else _all_metrics()
    rows = tuple(_row(metric) for metric in metrics)
    table = Table("", ("metric", "columns", "range", "better", "bounds by", "measures", "source"), rows)
    methods, missing = _interval_methods(metrics[0]) if args.id else ([], "")
    data = {"version": 1, "metrics": [_data(metric) for metric in metrics]}
    data |= {"intervals": _interval_data(methods)} if args.id else {}
    return Report(data, tables=(table, *_interval_tables(methods)), lines=(missing,) if missing else ())


def _all_metrics() -> list[Metric]:
    """Every metric that is listed, those of families among them."""
    entries = [*lookup.own_metrics(), lookup.sklearn_family()]
    return [
        metric for entry in entries for metric in ([entry] if isinstance(entry, Metric) else entry.listed_metrics())
    ]


def _row(metric: Metric) -> tuple[str, ...]:
    labels = columns_label(metric), range_label(metric), direction_label(metric), intervals_label(metric)
    return (metric.id, *labels, metric.summary, metric.source)


def _interval_methods(metric: Metric) -> tuple[list[Interval], str]:
    """The interval methods of a metric; or why they cannot be shown: their modules import numpy."""
    methods = (*metric.form.intervals, *(("bounded_mean",) if takes_limits(metric) else ()))
    try:
        return list(plugins.all_of("statistics.intervals", "INTERVAL", methods)), ""
    except ImportError as error:
        return [], f"What its bounds hold for is not shown: {error} (pip install 'mlops-gitops[gates]')"


def _interval_tables(methods: list[Interval]) -> list[Table]:
    rows = tuple((method.id, method.range, method.summary, method.source) for method in methods)
    return [Table("", ("bounds by", "hold for", "method", "source"), rows)] if rows else []


def _interval_data(methods: list[Interval]) -> list[dict[str, str]]:
    return [
        {"id": method.id, "summary": method.summary, "range": method.range, "source": method.source}
        for method in methods
    ]


def _data(metric: Metric) -> dict[str, Any]:
    low, high = (None if abs(end) == float("inf") else end for end in metric.range)
    return {
        "id": metric.id, "summary": metric.summary, "columns": sorted(metric.needs), "minimum": low, "maximum": high,
        "better": metric.better, "bounds": list(metric.form.intervals), "undefined": metric.undefined,
        "source": metric.source,
    }  # fmt: skip


COMMAND = Command("metrics", __doc__.strip(), add_arguments, run)
