"""The KPIs that a draft begins with: metrics on predictions, and numbers of metrics files near the model."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.metric_numbers import LOWER, Number, choose_numbers
from mlops_gitops.discovery.naming import slug, unique_name
from mlops_gitops.discovery.prediction_tables import Predictions

MOST = 8  # KPIs of a draft: more than people agree on in one sitting


@frozen
class Benchmark:
    """A KPI to be: a number of a metrics file or, with `data`, a metric measured on predictions."""

    id: str
    metric: str | Number
    data: str = ""
    today: Number | None = None
    borrowed: bool = False  # today's value is the one of a metrics file, not measured on `data`
    obstacle: str = ""  # why nothing can measure it yet
    commented: bool = False

    @property
    def lower(self) -> bool:
        """Whether a lower value is better."""
        number = self.metric if isinstance(self.metric, Number) else Number("", self.metric, 0.0)
        return number.better == LOWER


def benchmarks_on_data(
    data: Mapping[str, Predictions], numbers: Sequence[Number], measured: Mapping[str, Mapping[str, float]]
) -> Iterator[Benchmark]:
    """The metrics of each table of predictions; one that a metrics file contradicts is left out."""
    taken = {*data}
    for name, predictions in data.items():
        values = measured.get(predictions.path, {})
        # A metric that cannot be measured is no first KPI.
        metrics = [metric for metric in predictions.metrics if not values or metric in values]
        metrics = [metric for metric in metrics if not _is_contradicted(metric, values, numbers)]
        for metric in metrics[: MOST // len(data) or 1]:
            id = _id(metric, name, taken)
            measured_here = [Number(predictions.path, metric, values[metric])] if metric in values else []
            in_files = [number for number in numbers if number.measures_model and _measures(number, metric)]
            today = next(iter(measured_here + in_files), None)
            yield Benchmark(id, metric, name, today, borrowed=not measured_here)


def _id(name: str, source: str, taken: set[str]) -> str:
    """The id of a KPI, after what is measured; where that is taken, after its data or file too."""
    plain = slug(name, "number")
    id = unique_name(slug(f"{name}-{source}", "number") if plain in taken else plain, taken)
    taken.add(id)
    return id


def _is_contradicted(metric: str, values: Mapping[str, float], numbers: Iterable[Number]) -> bool:
    """Whether metrics files have this metric, and none of them the value that was measured."""
    declared = [number for number in numbers if number.measures_model and _measures(number, metric)]
    return metric in values and bool(declared) and not any(number.agrees(values[metric]) for number in declared)


def is_measured(number: Number, benchmarks: Sequence[Benchmark]) -> bool:
    """Whether a benchmark on data measures what a number of a metrics file says."""
    return number.measures_model and any(_measures(number, benchmark.metric) for benchmark in benchmarks)


def _measures(number: Number, metric: str | Number) -> bool:
    """Whether a number of a metrics file is what we measure ourselves under that name."""
    return number.metric == metric


def nearest_numbers(numbers: Iterable[Number], distance: Callable[[Number], int], most: int) -> list[Number]:
    """The telling numbers to begin with, all of the nearest files first; none again that a nearer file has.

    `numbers` are in the order of their distance.
    """
    chosen: list[Number] = []
    for _, tier in groupby(numbers, key=distance):
        known = {number.metric for number in chosen}
        fresh = [number for number in tier if number.metric not in known]
        chosen += choose_numbers(fresh, most - len(chosen))
    return chosen


def benchmarks_in_files(
    numbers: Iterable[Number], taken: set[str], obstacle: Callable[[str], str]
) -> Iterator[Benchmark]:
    """A KPI for each number; `obstacle` says of a metrics file why a release could not pin it, or nothing."""
    for number in numbers:
        id = _id(number.key, posixpath.basename(number.file).partition(".")[0], taken)
        reason = obstacle(number.file)
        yield Benchmark(id, number, today=number, obstacle=reason, commented=bool(reason))
