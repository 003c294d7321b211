"""Cells of drawn rows, as an engine counts them, and how often the bounds that a form makes of them are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from sys import float_info
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.metrics.metric import Form, Metric
from mlops_gitops.statistics.estimate import Estimate
from simulations.tally import Numbers, Samples, Setting

MOST_ROWS = 1_000_000  # that are summed at once


def chunk(n: int) -> int:
    """How many samples of `n` rows are drawn at once."""
    return max(10, MOST_ROWS // n)


def form_samples(
    name: str, setting: str, truth: float | Numbers, samples: Iterable[Cells], *, paired: str = ""
) -> Samples:
    """The bounds of a metric's form or, with `paired`, those of its change; each sample is measured on its own."""
    form = lookup.find_metric(name).form
    estimates = [form_change(form, cells) if paired else form.estimate(cells) for cells in samples]
    in_range = [estimate if estimate is not None and not estimate.few else None for estimate in estimates]

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        unknown = np.nan, np.nan
        both = [(estimate.lower(alpha), estimate.upper(alpha)) if estimate else unknown for estimate in in_range]
        low, high = np.array(both).T
        return low, high

    enough = np.array([estimate is not None for estimate in in_range])
    return Samples(Setting(f"{name}{paired}", setting, truth), bounds, enough)


def form_change(form: Form, cells: Cells) -> Estimate | None:
    """The estimate of the change of a metric on paired cells, None where it is undefined."""
    comparison = form.compare(cells, bounds=True)
    return comparison.change if comparison else None


def matrix_cells(drawn: NDArray[Any], columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The cells of each sample that occur in it; the first axis of `drawn` is that of samples."""
    for rows in drawn.reshape(len(drawn), -1):
        occurs = rows > 0
        yield Cells(rows[occurs], {name: np.ravel(column)[occurs] for name, column in columns.items()})


def score_cells(positive: NDArray[Any], negative: NDArray[Any], columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The same, of positive and negative rows at each score."""
    flat = [rows.reshape(len(rows), -1) for rows in (positive, negative)]
    for positives, negatives in zip(*flat, strict=True):
        occurs = positives + negatives > 0
        occurring = {name: np.ravel(column)[occurs] for name, column in columns.items()}
        yield Cells((positives + negatives)[occurs], {"positives": positives[occurs], **occurring})


def sum_cells(name: str | Metric, columns: Mapping[str, Numbers], *, paired: bool = False) -> Iterator[Cells]:
    """The same, of sums that DuckDB takes as the form describes them; labels are about 0.

    Columns are of shape (samples, rows).
    """
    metric = lookup.find_metric(name) if isinstance(name, str) else name
    samples, rows = next(iter(columns.values())).shape
    terms = _terms(metric, ("", BASELINE) if paired else ("",))
    drawn = {"sample": np.arange(samples).repeat(rows), **{name: column.ravel() for name, column in columns.items()}}
    sums = _sums(
        drawn, terms, metric.form.aggregates(binary=metric.binary, paired=paired, clustered=False, bounds=True)
    )
    centres = dict.fromkeys(terms, 0.0)
    for sample in range(samples):
        own = {column: np.asarray(values[sample : sample + 1]) for column, values in sums.items()}
        yield Cells(own.pop("rows"), own, None, centres)


def _terms(metric: Metric, sides: tuple[str, ...]) -> dict[str, str]:
    """The terms of each side in SQL, by the name that an aggregate has for them."""
    terms = {}
    for side in sides:
        for place, term in enumerate(metric.form.terms):
            own = re.sub("prediction|score", lambda name, side=side: side + name[0], term)  # type: ignore[misc]
            terms[f"{side}{place}"] = own.replace("{centre}", "0").replace("epsilon", repr(float_info.epsilon))
    return terms


def _sums(drawn: Mapping[str, Any], terms: Mapping[str, str], aggregates: Mapping[str, str]) -> dict[str, Any]:
    """The aggregates of each sample, and how many rows it has."""
    places = {**{name: f't."{name}"' for name in terms}, "change": f't."0" - t."{BASELINE}0"'}
    places |= {f"{side}loss": f't."{side}0"' for side in ("", BASELINE)}
    sums = ", ".join(f'{_filled(sql, places)} AS "{name}"' for name, sql in aggregates.items())
    each = ", ".join(f'{sql} AS "{name}"' for name, sql in terms.items())
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("drawn", drawn)
        rows = engine.view("drawn").project(f"*, {each}, {float_info.epsilon!r} AS epsilon").set_alias("t")
        return rows.aggregate(f"sample, count(*) AS rows, {sums}", "sample").order("sample").fetchnumpy()


def _filled(sql: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        sql = sql.replace(f"{{{name}}}", f"({place})")
    return sql
