"""Losses whose scores say what another label would cost: calibrated, saturated, and confidently wrong in a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

import numpy as np

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE
from simulations import rows
from simulations.cases import mixed, saturated
from simulations.form_lines import chunk, form_samples, sum_cells
from simulations.rows import Draw
from simulations.tally import Samples, Scale, Trial

BIG, SHORT = 4_000_000, 200_000  # rows that stand for all
POPULATIONS: dict[str, Draw] = {
    "0.3 % confidently wrong": rows.confident(0.003),
    "logits about −1, 0.3 % confidently wrong": mixed(-1.0, 0.003),
    "half saturated, 0.03 % of these wrong": saturated(0.5, 0.0003),
    "0.1 % confidently wrong": rows.confident(0.001),
    "0.5 % confidently wrong": rows.confident(0.005),
    "2 % confidently wrong": rows.confident(0.02),
    "90 % saturated, 0.03 % of these wrong": saturated(0.9, 0.0003),
    "half saturated, 0.3 % of these wrong": saturated(0.5, 0.003),
    "logits about 0": rows.calibrated(0.0),
    "logits about −3": rows.calibrated(-3.0),
    "logits about −3, spread 3": rows.calibrated(-3.0, 3.0),
    "logits about 0, 0.3 % confidently wrong": mixed(0.0, 0.003),
    "logits about −2, 0.5 % confidently wrong": mixed(-2.0, 0.005),
    "logits about −1, 1 % confidently wrong": mixed(-1.0, 0.01),
}


def scored_losses(scale: Scale) -> Iterator[Trial]:
    """Log loss and Brier score, and their change beside a baseline that is never confidently wrong."""
    for n in scale.choose((300, 200, 500, 1000, 2000), 1):
        for name, draw in scale.choose(tuple(POPULATIONS.items()), 2):
            where = f"n {n:,}, {name}"
            yield Trial(where, partial(_losses, (where, n), draw, BIG if scale.full else SHORT), chunk(n))


def _columns(draw: Draw, rng: np.random.Generator, shape: tuple[int, int]) -> rows.Columns:
    """Labels and scores, and those of a baseline that is as sure where it is above 0.98, and then never wrong."""
    drawn = draw(rng, shape)
    positive, score = drawn["label"] == 1, drawn["score"]
    right = np.where((score > 0.5) == positive, score, 1 - score)
    return {"positive": positive, "score": score, f"{BASELINE}score": np.where(abs(score - 0.5) > 0.48, right, score)}


def _losses(
    setting: tuple[str, int], draw: Draw, every: int, rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """`every` is how many rows stand for all."""
    name, n = setting
    columns = _columns(draw, rng, (samples, n))
    log_loss, brier, change = _truths(draw, every)
    yield form_samples("log_loss", name, log_loss, sum_cells("log_loss", columns))
    yield form_samples("brier", name, brier, sum_cells("brier", columns))
    yield form_samples("log_loss", name, change, sum_cells("log_loss", columns, paired=True), paired=", change, sure")


@cache
def _truths(draw: Draw, every: int) -> tuple[float, float, float]:
    """The true log loss, Brier score and change of log loss."""
    columns = _columns(draw, np.random.default_rng(every), (1, every))
    (losses,), (scores,) = (sum_cells(name, columns, paired=True) for name in ("log_loss", "brier"))
    found = [lookup.find_metric(name).form.compare(cells, bounds=False) for name, cells in
             (("log_loss", losses), ("brier", scores))]  # fmt: skip
    values = [(each.candidate, each.candidate - each.baseline) if each else (0.0, 0.0) for each in found]
    return values[0][0], values[1][0], values[0][1]
