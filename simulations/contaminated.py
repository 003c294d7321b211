"""Losses of which a few rows are far worse than the others: what a gate does with and without a bound of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlops_gitops.gates.evaluate import measurement_requests
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.statistics.estimate import Estimate
from simulations import rows
from simulations.tally import Scale

ALPHA = 0.05
WORSE = 1.2  # times the loss, of a limit that is easier to meet
BIG = 2_000_000  # rows that stand for all
CHUNK = 1_000_000  # rows that are drawn at once
# A metric, the share of worse rows and how many times worse they are, rows, a bound of six of their standard
# deviations, which no row reaches, and a cap.
CASES = (
    ("mean_absolute_error", 0.01, 8.0, 200, 50.0, 3.0),
    ("mean_absolute_error", 0.003, 15.0, 300, 90.0, 3.0),
    ("mean_absolute_error", 0.001, 30.0, 400, 180.0, 3.0),
    ("root_mean_squared_error", 0.01, 8.0, 200, 50.0, 3.0),
    ("root_mean_squared_error", 0.001, 30.0, 400, 180.0, 3.0),
    ("r2", 0.002, 20.0, 1000, 120.0, 3.0),
    ("r2", 0.0005, 30.0, 1000, 180.0, 3.0),
)


@dataclass(frozen=True)
class Contaminated:
    """A metric under a key or none: its true value, and shares of samples.

    `few` are out of range; `passed` pass where the limit is the true value, and `easier` where it allows WORSE times
    the loss.
    """

    metric: str
    population: str
    n: int
    key: str
    truth: float
    few: float
    passed: float
    easier: float


def contaminated(rng: np.random.Generator, scale: Scale) -> Iterator[Contaminated]:
    """Every case without a key, with a bound and with a cap."""
    for name, share, times, n, bound, cap in scale.choose(CASES, 1):
        for keys in ({}, {"loss_bound": bound}, {"cap": cap}):
            kpi = Kpi("k", name, "data", None, None, None, **keys)
            (request,) = measurement_requests([kpi]).values()
            draw = rows.errors("normal", share, times)
            population = f"normal errors, {share:.2%} × {times:g}"
            key = next((f"`{key}: {value:g}`" for key, value in keys.items()), "none")
            yield _tried(request.metric, draw, (name, population, n, key), rng, scale.replicates)


def _tried(
    metric: Metric, draw: rows.Draw, names: tuple[str, str, int, str], rng: np.random.Generator, samples: int
) -> Contaminated:
    (cells,) = rows.sample_cells(metric, draw(np.random.default_rng(BIG), (1, BIG)))
    truth, n = metric.form.value(cells) or 0.0, names[2]
    limit = 1 - WORSE * (1 - truth) if metric.better == "higher" else WORSE * truth
    few = passed = easier = 0
    for start in range(0, samples, CHUNK // n):
        for cells in rows.sample_cells(metric, draw(rng, (min(CHUNK // n, samples - start), n))):
            estimate = metric.form.estimate(cells)
            if estimate is None or estimate.few:
                few += 1
                continue
            passed += _clears(metric, estimate, truth)
            easier += _clears(metric, estimate, limit)
    return Contaminated(*names, truth, few / samples, passed / samples, easier / samples)


def _clears(metric: Metric, estimate: Estimate, limit: float) -> bool:
    return estimate.lower(ALPHA) >= limit if metric.better == "higher" else estimate.upper(ALPHA) <= limit
