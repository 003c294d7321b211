"""Gates of the kind that once passed falsely or could not decide, each with what it did before and does now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.metrics.loss_limits import limit_losses
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.statistics.estimate import Estimate
from simulations import rows
from simulations.rows import Columns, Draw

ALPHA = 0.05
BIG = 2_000_000  # rows that stand for all
CHUNK = 1_000_000  # rows that are drawn at once


@dataclass(frozen=True)
class Case:
    """A gate on samples of `n` rows; shares are in percent.

    Passes are false where the limit is the true value or, of `false_at`, where that is the limit. `margin` is by how
    much the true value is better than the limit of the gate whose power is measured (None: of no interest); where
    `relative`, it is a share of the true value. `limit` is that limit itself. `truth` is the true value, where it is
    known without drawing. `bound` is the `loss_bound` of the KPI.
    `before` are the false passes and the passes before the ranges were derived again, `alternative` the passes of
    another valid method.
    """

    name: str
    metric: str
    draw: Draw
    n: int
    before: tuple[float | None, float | None]
    margin: float | None = None
    alternative: float | None = None
    relative: bool = False
    limit: float | None = None
    false_at: float | None = None
    truth: float | None = None
    bound: float | None = None

    def limited_metric(self) -> Metric:
        """The metric, with the bound of its losses."""
        kpi = Kpi("k", self.metric, "data", None, None, None, loss_bound=self.bound)
        return limit_losses(lookup.find_metric(self.metric), kpi)


@dataclass(frozen=True)
class Outcome:
    """What came of a case: shares of `samples`, in percent, that passed falsely, passed, and were out of range."""

    case: Case
    truth: float
    false: float
    passed: float | None
    few: float
    samples: int


def worse_tail(share: float, times: float) -> Draw:
    """Correlated normal errors of two models; a share of the candidate's is `times` as large."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        label, before, own = rng.standard_normal((3, *shape))
        error = 0.95 * before + np.sqrt(1 - 0.95**2) * own
        worse = error * np.where(rng.random(shape) < share, times, 1.0)
        return {"label": label, "prediction": label + worse, f"{BASELINE}prediction": label + before}

    return draw


def saturated(share: float, wrong: float) -> Draw:
    """Calibrated scores, of which a share is exactly 0 or 1, and that wrongly in another share of these."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        columns = rows.calibrated(0.0)(rng, shape)
        extreme, label = rng.random(shape) < share, (rng.random(shape) < 0.3).astype(int)
        score = np.where(rng.random(shape) < wrong, 1 - label, label)
        return {name: np.where(extreme, new, columns[name]) for name, new in (("label", label), ("score", score))}

    return draw


def mixed(centre: float, wrong: float) -> Draw:
    """Calibrated scores, of which a share is confidently wrong beside many ordinary errors."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        columns = rows.calibrated(centre)(rng, shape)
        sure = np.where(columns["label"] == 1, 0.001, 0.999)
        return columns | {"score": np.where(rng.random(shape) < wrong, sure, columns["score"])}

    return draw


MAE, RMSE = "mean_absolute_error", "root_mean_squared_error"
ABSOLUTE = float(np.sqrt(2 / np.pi))  # the mean of a standard normal error, without its sign
NEARLY = rows.alike(rows.TWO, 0.05, 0.003)
FALSE_PASSES = (
    Case("log loss, 0.5 % confidently wrong", "log_loss", rows.confident(0.005), 200, (37, None)),
    Case("log loss, 0.3 % confidently wrong", "log_loss", rows.confident(0.003), 300, (41, None)),
    Case("log loss, 0.1 % confidently wrong", "log_loss", rows.confident(0.001), 1000, (39, None)),
    Case("Brier, 0.5 % confidently wrong", "brier", rows.confident(0.005), 200, (32, None)),
    Case("Brier, 0.3 % confidently wrong", "brier", rows.confident(0.003), 300, (37, None)),
    Case("Brier, 0.1 % confidently wrong", "brier", rows.confident(0.001), 1000, (35, None)),
    Case("log loss, half saturated, 0.03 % of these wrong", "log_loss", saturated(0.5, 0.0003), 2000, (12, None)),
    Case("log loss, 90 % saturated, 0.03 % of these wrong", "log_loss", saturated(0.9, 0.0003), 2000, (33, None)),
    Case("log loss, 0.3 % wrong beside ordinary errors", "log_loss", mixed(-1.0, 0.003), 500, (5.8, None)),
    Case("Brier, 0.3 % wrong beside ordinary errors", "brier", mixed(-1.0, 0.003), 500, (None, None)),
    *(Case(f"MAE, 1 % × 8{words}", MAE, rows.errors("normal", 0.01, 8), 200, before, truth=1.07 * ABSOLUTE, bound=bound)
      for words, before, bound in (("", (9, None), None), (", loss_bound 40", (None, None), 40))),
    *(Case(f"MAE, 0.1 % × 30{words}", MAE, rows.errors("normal", 0.001, 30), 400, before, truth=1.029 * ABSOLUTE,
           bound=bound)
      for words, before, bound in (("", (12, None), None), (", loss_bound 150", (None, None), 150))),
    *(Case(f"r2, 0.2 % × 20{words}", "r2", rows.errors("normal", 0.002, 20), 1000, before, truth=-0.798, bound=bound)
      for words, before, bound in (("", (20, None), None), (", loss_bound 100", (None, None), 100))),
    *(Case(f"r2, 0.05 % × 30{words}", "r2", rows.errors("normal", 0.0005, 30), 1000, before, truth=-0.44955,
           bound=bound)
      for words, before, bound in (("", (67, None), None), (", loss_bound 150", (None, None), 150))),
    *(Case(f"MAE change, candidate 0.3 % × 15{words}", MAE, worse_tail(0.003, 15), 300, before, truth=0.042 * ABSOLUTE,
           bound=bound)
      for words, before, bound in (("", (42, None), None), (", loss_bound 80", (None, None), 80))),
    *(Case(f"RMSE better_than: 0, candidate .22 worse{words}", RMSE, worse_tail(0.002, 15.7), n, before, truth=0.22,
           false_at=0.0, bound=bound)
      for words, n, before, bound in (
          ("", 300, (16, None), None), ("", 500, (20, None), None), (", loss_bound 80", 300, (None, None), 80),
          (", loss_bound 80", 500, (None, None), 80))),
    Case("MSE, t with 5 degrees of freedom", "mean_squared_error", rows.errors("t5"), 300, (None, None)),
)  # fmt: skip
POWER = (
    Case("AUC .90 over .85, 10 % positive", "roc_auc", rows.ranked(0.90, 0.10), 1000, (None, 28), 0.05, 84, truth=0.90),
    Case("AUC .98 over .97, 20 % positive", "roc_auc", rows.ranked(0.98, 0.20), 2000, (None, 18), 0.01, 83, truth=0.98),
    Case("AUC .90 over .88, balanced", "roc_auc", rows.ranked(0.90, 0.50), 1000, (None, 59), 0.02, 61, truth=0.90),
    Case("RMSE 1 under 1.1, normal", RMSE, rows.errors("normal"), 500, (None, 11), 0.1, 91, truth=1.0),
    Case("RMSE 1 under 1.1, Laplace", RMSE, rows.errors("laplace"), 1000, (None, 0), 0.1, 78, truth=1.0),
    Case("MAE 1 under 1.2, exponential", MAE, rows.errors("exponential"), 200, (None, 11), 0.2, 81, truth=1.0),
    Case("log loss +10 %, 10 % positive", "log_loss", rows.calibrated(-3.0), 1000, (None, 0), 0.1, 33, relative=True),
    Case("macro-F1 − .05, a class of 2 %", "f1_macro", rows.confusion(rows.RARE), 2000, (None, 27), 0.05, 93),
    Case("F1 − .05", "f1", rows.confusion(rows.TWO), 5000, (None, 97), 0.05, 97),
    Case("F1 of nearly alike models, by .02", "f1", NEARLY, 5000, (None, 5), None, 100, limit=-0.02),
    Case("precision of nearly alike models, by .02", "precision", NEARLY, 5000, (None, 1), None, 85, limit=-0.02),
    Case("MCC of nearly alike models, by .02", "matthews_corrcoef", NEARLY, 5000, (None, 12), None, 99, limit=-0.02),
)
CASES = FALSE_PASSES + POWER


def outcome(case: Case, rng: np.random.Generator, samples: int) -> Outcome:
    """What comes of a case in so many samples."""
    metric = case.limited_metric()
    sign = 1.0 if metric.better == "higher" else -1.0
    truth, limit = truth_and_limit(case, metric)
    bounds = [_deciding(estimate, sign) for estimate in _estimates(case, metric, rng, samples)]
    false_limit = truth if case.false_at is None else case.false_at
    false, passed = ([bound is not None and sign * (bound - at) > 0 for bound in bounds] if at is not None else None
                     for at in (false_limit, limit))  # fmt: skip
    few = [bound is None for bound in bounds]
    shares = [None if which is None else 100 * float(np.mean(which)) for which in (false, passed, few)]
    return Outcome(case, truth, shares[0] or 0.0, shares[1], shares[2] or 0.0, samples)


def truth_and_limit(case: Case, metric: Metric) -> tuple[float, float | None]:
    """The true value, and the limit of the gate whose power is measured, if that is of interest."""
    truth = _drawn_value(case, metric) if case.truth is None else case.truth
    margin = case.margin * truth if case.margin and case.relative else case.margin
    sign = 1.0 if metric.better == "higher" else -1.0
    return truth, truth - sign * margin if margin else case.limit


def _drawn_value(case: Case, metric: Metric) -> float:
    (cells,) = rows.sample_cells(metric, case.draw(np.random.default_rng(BIG), (1, BIG)))
    if f"{BASELINE}prediction" in cells.columns or f"{BASELINE}0" in cells.columns:
        found = metric.form.compare(cells, bounds=False)
        return found.candidate - found.baseline if found else 0.0
    return metric.form.value(cells) or 0.0


def _estimates(case: Case, metric: Metric, rng: np.random.Generator, samples: int) -> Iterator[Estimate | None]:
    most = max(10, CHUNK // case.n)
    for start in range(0, samples, most):
        columns = case.draw(rng, (min(most, samples - start), case.n))
        measure: Callable[[Cells], Estimate | None] = (
            partial(_change, metric) if f"{BASELINE}prediction" in columns else metric.form.estimate
        )
        yield from map(measure, rows.sample_cells(metric, columns))


def _change(metric: Metric, cells: Cells) -> Estimate | None:
    found = metric.form.compare(cells, bounds=True)
    return found.change if found else None


def _deciding(estimate: Estimate | None, sign: float) -> float | None:
    """The bound that decides; None where the gate is inconclusive for want of rows."""
    if estimate is None or estimate.few:
        return None
    return estimate.lower(ALPHA) if sign > 0 else estimate.upper(ALPHA)
