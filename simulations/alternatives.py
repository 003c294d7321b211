"""Methods and ranges beside one another on the same samples: which of those that hold decides most often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlops_gitops.core.frozen import replace
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.statistics.auc_variance import auc_moments
from mlops_gitops.statistics.influence_moments import negate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delong, mean, newcombe
from simulations import rows
from simulations.populations import placements, score_levels
from simulations.tally import Numbers, Scale, Truths, wald

ALPHA = 0.05
RANGES = (12, 25, 50, 100)  # times the squared skewness
BLOCK = 1_000_000  # numbers that are drawn at once
BIG = 2_000_000  # rows that stand for all


@dataclass(frozen=True)
class Alternative:
    """A method on one population: the shares of samples that pass at the true value and at the limit, and out of range.

    A method holds where no more than 5 % pass at the true value.
    """

    population: str
    method: str
    false: float
    passed: float
    few: float


def alternatives(rng: np.random.Generator, scale: Scale) -> Iterator[Alternative]:
    """AUCs, means of losses, and losses whose scores say what another label would cost."""
    for area, limit, positives, negatives in scale.choose(((0.9, 0.85, 100, 900), (0.98, 0.97, 400, 1600)), 1):
        yield from _areas(rng, scale.replicates, (area, limit), (positives, negatives))
    means = (
        ("RMSE 1 under 1.1, normal, 500 rows", rows.errors("normal"), 500, 2, 1.0, 1.21),
        ("RMSE 1 under 1.1, Laplace, 1,000 rows", rows.errors("laplace"), 1000, 2, 1.0, 1.21),
        ("MAE 1 under 1.2, exponential, 200 rows", rows.errors("exponential"), 200, 1, 1.0, 1.2),
    )
    for name, draw, n, power, truth, limit in scale.choose(means, 1):
        yield from _means(name, _losses(rng, draw, (scale.replicates, n), power), truth, limit)
    for centre, n in scale.choose(((-3.0, 1000), (0.0, 500)), 1):
        yield from _scored(rng, min(scale.replicates, BLOCK // n), centre, n)


def _areas(
    rng: np.random.Generator, samples: int, areas: tuple[float, float], sizes: tuple[int, int]
) -> Iterator[Alternative]:
    """`areas` are the true AUC and the limit."""
    likely, (m, n) = score_levels("equal", areas[0], 200), sizes
    truth = float(placements(*likely)[0])
    drawn = [rng.multinomial(size, p, samples).astype(float) for size, p in zip(sizes, likely, strict=True)]
    value, above, below = placements(*drawn)
    psi = np.concatenate([(above - value[:, None]) * (m + n) / m, (below - value[:, None]) * (m + n) / n], 1)
    rarer = min(sizes)
    moments = auc_moments(Influences(psi, np.concatenate(drawn, 1)), rarer)
    enough = (moments.effective >= delong.MIN_EFFECTIVE_ROWS) & (rarer >= 20)
    enough &= delong.misplaced_rows(value, rarer) >= delong.MIN_MISPLACED
    old = (moments.effective >= 30) & (rarer >= 50)
    smooth = delong.lower_bound(value, moments, rarer, ALPHA)
    exact = newcombe.lower_bound(value, m, n, ALPHA)
    bounds = {
        "newcombe": exact,
        "delong of 50 positives and 30 effective rows, else newcombe": np.where(old, smooth, exact),
        "delong in its range, else newcombe": np.where(enough, smooth, exact),
        "DeLong without a range": wald(value, np.sqrt(moments.variance))(ALPHA)[0],
    }
    name = f"AUC {areas[0]:g} over {areas[1]:g}, {m} positives, {n:,} negatives"
    every = np.ones(samples, bool)
    for method, low in bounds.items():
        yield _alternative((name, method), low > truth, low >= areas[1], every)


def _losses(rng: np.random.Generator, draw: rows.Draw, shape: tuple[int, int], power: int) -> Numbers:
    columns = draw(rng, shape)
    return np.asarray(np.abs(columns["prediction"] - columns["label"]) ** power)


def _means(name: str, x: Numbers, truth: float, limit: float) -> Iterator[Alternative]:
    value, n = x.mean(1), x.shape[1]
    x = x - value[:, None]
    square = x * x
    moments = mean.mean_moments(n, square.mean(1), (square * x).mean(1), value)
    high = -mean.lower_bound(-value, negate(moments), ALPHA)
    for least in RANGES:
        enough = np.asarray(moments.effective >= least)
        yield _alternative((name, f"mean of {least} times the squared skewness"), high < truth, high <= limit, enough)
    high = wald(value, np.sqrt(moments.variance))(ALPHA)[1]
    yield _alternative((name, "Wald"), high < truth, high <= limit, np.ones(len(value), bool))


def _scored(rng: np.random.Generator, samples: int, centre: float, n: int) -> Iterator[Alternative]:
    """Log loss under 1.1 times the true one, with and without what labels that were not drawn may add."""
    metric, draw = lookup.find_metric("log_loss"), rows.calibrated(centre)
    (whole,) = rows.sample_cells(metric, draw(np.random.default_rng(BIG), (1, BIG)))
    truth = metric.form.value(whole) or 0.0
    form = metric.form
    if not isinstance(form, Means):
        raise TypeError("log loss is a mean")
    cells = list(rows.sample_cells(metric, draw(rng, (samples, n))))
    name = f"log loss under 1.1 times the true one, logits about {centre:g}, {n:,} rows"
    for method, kind in (("mean", replace(form, label_losses=None)), ("scored_loss", form)):
        found = [kind.estimate(sample) for sample in cells]
        high = np.array([estimate.upper(ALPHA) if estimate else np.inf for estimate in found])
        enough = np.array([estimate is not None and not estimate.few for estimate in found])
        yield _alternative((name, method), high < truth, high <= 1.1 * truth, enough)


def _alternative(names: tuple[str, str], false: Truths, passed: Truths, enough: Truths) -> Alternative:
    false_share, passed_share = (float((which & enough).mean()) for which in (false, passed))
    return Alternative(*names, false_share, passed_share, float((~enough).mean()))
