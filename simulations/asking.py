"""Cells of drawn rows, as an engine counts them, and what a metric's form makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.statistics.estimate import Estimate
from simulations.tally import Line, Numbers, Scale, lines

MOST = 500  # samples of a setting: each is measured on its own, as a gate does


def sample_count(scale: Scale) -> int:
    """How many samples of a setting."""
    return min(scale.replicates, MOST)


def form_lines(
    name: str, where: str, truth: float | Numbers, samples: Iterable[Cells], *, paired: str = ""
) -> Iterator[Line]:
    """How often the bounds of a metric's form, or with `paired` those of its change, are on the wrong side."""
    form = lookup.find_metric(name).form
    found: list[Estimate | None] = []
    for its in samples:
        compared = form.compare(its, bounds=True) if paired else None
        found.append((compared.change if compared else None) if paired else form.estimate(its))
    enough = np.array([its is not None and not its.few for its in found])

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        both = [(its.lower(alpha), its.upper(alpha)) if its and not its.few else (np.nan, np.nan) for its in found]
        low, high = np.array(both).T
        return low, high

    yield from lines(f"{name}{paired}", where, truth, bounds, enough)


def matrix_cells(drawn: NDArray[Any], columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The cells of each sample: those that occur in it."""
    for rows in drawn.reshape(len(drawn), -1):
        there = rows > 0
        yield Cells(rows[there], {name: np.ravel(its)[there] for name, its in columns.items()})


def score_cells(positive: NDArray[Any], negative: NDArray[Any], columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The same, of positive and negative rows at each score."""
    flat = [its.reshape(len(its), -1) for its in (positive, negative)]
    for positives, negatives in zip(*flat, strict=True):
        there = positives + negatives > 0
        known = {name: np.ravel(its)[there] for name, its in columns.items()}
        yield Cells((positives + negatives)[there], {"positives": positives[there], **known})


def sum_cells(name: str, columns: Mapping[str, Numbers], *, paired: bool = False) -> Iterator[Cells]:
    """The same, of sums that DuckDB takes as the form asks it to; labels are about 0."""
    metric, shape = lookup.find_metric(name), next(iter(columns.values())).shape
    sides, terms = ("", BASELINE) if paired else ("",), {}
    for side in sides:
        for place, term in enumerate(metric.form.terms):
            given = re.sub("prediction|score", lambda its, side=side: side + its[0], term)  # type: ignore[misc]
            terms[f"{side}{place}"] = given.replace("{centre}", "0")
    wanted = metric.form.aggregates(binary=metric.binary, paired=paired, clustered=False)
    places = {**{its: f't."{its}"' for its in terms}, "change": f't."0" - t."{BASELINE}0"'}
    sums = ", ".join(f'{_filled(sql, places)} AS "{its}"' for its, sql in wanted.items())
    each = ", ".join(f'{sql} AS "{its}"' for its, sql in terms.items())
    drawn = {"sample": np.arange(shape[0]).repeat(shape[1]), **{its: column.ravel() for its, column in columns.items()}}
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("drawn", drawn)
        inner = engine.view("drawn").project(f"*, {each}").set_alias("t")
        found = inner.aggregate(f"sample, count(*) AS rows, {sums}", "sample").order("sample").fetchnumpy()
    centres = dict.fromkeys(terms, 0.0)
    for at in range(shape[0]):
        own = {its: np.asarray(column[at : at + 1]) for its, column in found.items()}
        yield Cells(own.pop("rows"), own, None, centres)


def _filled(sql: str, places: Mapping[str, str]) -> str:
    for name, its in places.items():
        sql = sql.replace(f"{{{name}}}", f"({its})")
    return sql
