"""Labels that have not come: how often post-stratified bounds of a KPI err, at the levels of gates and of watches.

Rows are in ten strata of the score, which is how a watch cuts it. In a stratum labels are missing by chance, which the
bounds assume; or those of wrong rows are missing more often, which nothing that is known tells.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mlops_gitops.measurement.unlabelled.strata import MOST_STRATA, strata, widened
from mlops_gitops.statistics.influence_moments import negate
from mlops_gitops.statistics.intervals import mean
from mlops_gitops.statistics.quantiles import beta_lower
from mlops_gitops.statistics.tail import tail_factor
from simulations.tables import markdown_table
from simulations.tally import Bounds, Line, Numbers, Samples, Scale, Setting, Trial, Truths, tried

LEVELS = (0.05, 1e-3, 1e-4)
SAMPLES = 20  # times as many samples as replicates
ALONE, WORST = "labelled rows alone", "worst case"
UNIT, POSITIVE = (0.0, 1.0), (0.0, float("inf"))
RIGHT = np.array([0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99])  # the share that is right, by stratum
LOSS = 2 * (1 - RIGHT)  # the mean loss
MISSING = {
    "10 % everywhere": np.full(MOST_STRATA, 0.1),
    "2 % to 18 % as the score rises": np.linspace(0.02, 0.18, MOST_STRATA),
    "5 %, and 60 % where the score is highest": np.where(np.arange(MOST_STRATA) == MOST_STRATA - 1, 0.6, 0.05),
}


@dataclass(frozen=True)
class Window:
    """A window of `rows`, labels missing with a probability by stratum, that of wrong rows so many times as large."""

    rows: int
    missing: str
    wrong: float = 1.0

    def lacking(self) -> tuple[Numbers, Numbers]:
        """The probability of a missing label, of right rows and of wrong ones."""
        each = MISSING[self.missing]
        return each, np.minimum(self.wrong * each, 1.0)


def accuracy(window: Window, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    """The share of right rows, with the exact bounds of Clopper and Pearson."""
    shape, size = (samples, MOST_STRATA), window.rows // MOST_STRATA
    right = rng.binomial(size, RIGHT, shape)
    of_right, of_wrong = window.lacking()
    hits = right - rng.binomial(right, of_right)
    labelled = hits + (size - right) - rng.binomial(size - right, of_wrong)
    known, all_hits = labelled.sum(1).astype(float), hits.sum(1).astype(float)

    def alone(alpha: float) -> tuple[Numbers, Numbers]:
        lower, others = beta_lower(all_hits, known, alpha), beta_lower(known - all_hits, known, alpha)
        return np.asarray(lower), np.asarray(1 - others)

    setting = Setting("accuracy", _named(window), float(RIGHT.mean()))
    ends = all_hits / window.rows, (all_hits + window.rows - known) / window.rows
    found = _samples(setting, (labelled, hits.astype(float)), size, alone, UNIT)
    yield replace(found, others={**found.others, WORST: lambda _: ends})


def loss(window: Window, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    """The mean of losses that are exponential in a stratum, with the bounds of a mean."""
    size = window.rows // MOST_STRATA
    losses = rng.standard_exponential((samples, MOST_STRATA, size)) * LOSS[:, None]
    there = rng.random(losses.shape) >= MISSING[window.missing][:, None]
    labelled, sums = there.sum(-1), (losses * there).sum(-1)
    known = labelled.sum(1)
    value = sums.sum(1) / known
    away = (losses - value[:, None, None]) * there
    square, third = ((away**power).sum((1, 2)) / known for power in (2, 3))
    moments = mean.mean_moments(known, square, third, value)

    def alone(alpha: float) -> tuple[Numbers, Numbers]:
        upper = -mean.lower_bound(-value, negate(moments), alpha)
        return np.asarray(mean.lower_bound(value, moments, alpha)), np.asarray(upper)

    def enough(alpha: float) -> Truths:
        return np.asarray(moments.effective >= mean.MIN_EFFECTIVE_ROWS * tail_factor(alpha))

    setting = Setting("mean loss", _named(window), float(LOSS.mean()))
    yield _samples(setting, (labelled, sums), size, alone, POSITIVE, enough(min(LEVELS)))


def _samples(
    setting: Setting,
    known: tuple[NDArray[np.int64], Numbers],
    size: int,
    alone: Bounds,
    span: tuple[float, float],
    enough: Truths | None = None,
) -> Samples:
    """Samples of the post-stratified bounds; `known` are labelled rows and their sums, of shape (samples, strata)."""
    labelled, sums = known
    pooled = sums.sum(1) / labelled.sum(1)
    every = [strata({place: (rows, size - rows) for place, rows in enumerate(row)}) for row in labelled.tolist()]
    weights = np.array([[found.weight(place) for place in range(MOST_STRATA)] for found in every])
    values = (weights * sums).sum(1) / (size * MOST_STRATA)

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        lower, upper = alone(alpha)
        each = zip(values, zip(pooled, lower, upper, strict=True), every, strict=True)
        found = np.array([widened(value, own, one.sizes, span) for value, own, one in each])
        return found[:, 0], found[:, 1]

    inside = np.ones(labelled.shape[0], bool) if enough is None else enough
    return Samples(setting, bounds, inside, {ALONE: alone})


KINDS: tuple[tuple[Callable[[Window, np.random.Generator, int], Iterator[Samples]], int], ...] = (
    (accuracy, 500), (accuracy, 5_000), (loss, 1_000),
)  # fmt: skip


def _named(window: Window) -> str:
    often = f", of wrong rows {window.wrong:g} times as often" if window.wrong > 1 else ""
    return f"{window.rows:,} rows, {window.missing}{often}"


def trials(scale: Scale) -> Iterator[Trial]:
    """Each pattern of missing labels, by chance in a stratum; and the last ones where wrong rows are missing more."""
    for kind, rows in scale.choose(KINDS, 1):
        for missing in MISSING:
            window = Window(rows, missing)
            yield Trial(f"{kind.__name__} {_named(window)}", partial(kind, window), 1_000)
    worse = Window(5_000, "10 % everywhere", 3.0)
    yield Trial(f"accuracy {_named(worse)}", partial(accuracy, worse), 1_000)


def table(lines: Iterable[Line]) -> str:
    """How often the bounds err, in shares of the level."""
    rows = [
        (line.method, line.setting, f"{line.alpha:g}", f"{line.replicates:,}", f"{line.lower / line.alpha:.2f}",
         f"{line.upper / line.alpha:.2f}", f"{line.others[ALONE] / line.alpha:.2f}", _percent(line.others.get(WORST)))
        for line in lines
    ]  # fmt: skip
    head = ("KPI", "labels missing", "level", "samples", "lower bound / level", "upper bound / level",
            "the worse of both, labelled rows alone", "outside the worst case")  # fmt: skip
    return markdown_table(head, rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f} %"


def run(scale: Scale, seed: int) -> tuple[dict[str, str], list[Line]]:
    """The table, and the settings with labels missing by chance that err beyond chance."""
    lines = [
        line
        for trial in trials(scale)
        for line in tried(trial, (seed, zlib.crc32(trial.name.encode())), SAMPLES * scale.replicates, LEVELS)
    ]
    wrong = [line for line in lines if line.is_beyond_chance and "times as often" not in line.setting]
    return {"missing labels": table(lines)}, wrong
