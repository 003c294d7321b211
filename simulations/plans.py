"""Plans of gates beside what the gates then do: the share of samples that pass, and what one sample foretells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.evaluate import measurement_requests
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.plan import prospects
from mlops_gitops.gates.result import Baseline, GateResult, Outcome
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.estimates import compared, whole
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import Kpi
from simulations import rows
from simulations.tally import Scale

PRODUCTION = Baseline("production", "1.0.0", None)
BIG = 2_000_000  # rows that stand for all
CHUNK = 1_000_000  # rows that are drawn at once


@dataclass(frozen=True)
class Case:
    """A gate on a metric of samples of `n` rows: `margin` is how much better the true value is than its limit.

    `bound` is the `loss_bound` of the KPI; `relative` is whether the margin is a share of the true value.
    """

    name: str
    metric: str
    draw: rows.Draw
    n: int
    margin: float
    relative: bool = False
    bound: float | None = None
    by: float | None = None  # of a change

    @property
    def kpi(self) -> Kpi:
        """The KPI without a gate."""
        return Kpi("k", self.metric, "data", None, None, None, loss_bound=self.bound)


NEARLY = rows.alike(rows.TWO, 0.05, 0.003)
CASES = (
    Case("RMSE 1 under 1.1, normal, 300 rows", "root_mean_squared_error", rows.errors("normal"), 300, 0.1),
    Case("AUC .98 over .97, 20 % positive", "roc_auc", rows.ranked(0.98, 0.2), 2000, 0.01),
    Case("log loss +10 %, 10 % positive", "log_loss", rows.calibrated(-3.0), 1000, 0.1, relative=True),
    Case("AUC .98 over .96, 200 positives", "roc_auc", rows.ranked(0.98, 0.1), 2000, 0.02),
    Case("macro-F1 − .05, a class of 2 %", "f1_macro", rows.confusion(rows.RARE), 2000, 0.05),
    Case("AUC .90 over .85, 10 % positive", "roc_auc", rows.ranked(0.9, 0.1), 1000, 0.05),
    Case("AUC .90 over .88, balanced", "roc_auc", rows.ranked(0.9, 0.5), 1000, 0.02),
    Case("RMSE 1 under 1.1, normal", "root_mean_squared_error", rows.errors("normal"), 500, 0.1),
    Case("RMSE 1 under 1.1, Laplace", "root_mean_squared_error", rows.errors("laplace"), 1000, 0.1),
    Case("MAE 1 under 1.2, exponential", "mean_absolute_error", rows.errors("exponential"), 200, 0.2),
    Case("F1 − .05", "f1", rows.confusion(rows.TWO), 5000, 0.05),
    Case("F1 of nearly alike models, by .02", "f1", NEARLY, 5000, 0.02, by=0.02),
    Case("precision of nearly alike models, by .02", "precision", NEARLY, 5000, 0.02, by=0.02),
    Case("MCC of nearly alike models, by .02", "matthews_corrcoef", NEARLY, 5000, 0.02, by=0.02),
    Case("log loss, 0.5 % confidently wrong", "log_loss", rows.confident(0.005), 200, 0.0),
    Case("log loss, 0.1 % confidently wrong", "log_loss", rows.confident(0.001), 1000, 0.0),
    Case("Brier, 0.3 % confidently wrong", "brier", rows.confident(0.003), 300, 0.0),
    Case("MAE, 1 % × 8, no loss above 50", "mean_absolute_error", rows.errors("normal", 0.01, 8), 200, 0.0, bound=50),
    Case("MAE, 0.1 % × 30, no loss above 180", "mean_absolute_error", rows.errors("normal", 0.001, 30), 400, 0.0,
         bound=180),
    Case("r2, 0.2 % × 20, no error above 120", "r2", rows.errors("normal", 0.002, 20), 1000, 0.0, bound=120),
    Case("r2, 0.05 % × 30, no error above 180", "r2", rows.errors("normal", 0.0005, 30), 1000, 0.0, bound=180),
)  # fmt: skip


@dataclass(frozen=True)
class Foretold:
    """The share of samples that pass, and what plans say of it, each of one sample: the mean and the middle one.

    `by_width` is the mean of what the width of the interval alone would say, without a range and with both sides alike.
    """

    case: Case
    passed: float
    planned: float
    middle: float
    by_width: float


def foretold(case: Case, rng: np.random.Generator, samples: int) -> Foretold:
    """A case tried."""
    request, margin = _request(case)
    results = [judge(replace(case.kpi, gate=request.gate), request.better, measured, PRODUCTION)
               for measured in _measured(case, request, rng, samples)]  # fmt: skip
    plans = [next(iter(prospects(result, margin, None)), None) for result in results]
    shares = [plan.passes if plan else 0.0 for plan in plans]
    widths = [_by_width(result, margin) for result in results]
    passed = float(np.mean([result.outcome is Outcome.PASSED for result in results]))
    return Foretold(case, passed, float(np.mean(shares)), float(np.median(shares)), float(np.mean(widths)))


def _request(case: Case) -> tuple[MeasurementRequest, float]:
    """What is measured, and how much better the true value is than its limit, in the unit of the metric."""
    (request,) = measurement_requests([case.kpi]).values()
    metric = request.metric
    (cells,) = rows.sample_cells(metric, case.draw(np.random.default_rng(BIG), (1, BIG)))
    if case.by is not None:
        change = metric.form.compare(cells, bounds=False)
        margin = case.by + (change.candidate - change.baseline if change else 0.0)
        gate = read_gate({"confidence": 0.95, "no_worse_than": {"baseline": "production", "by": case.by}})
        return MeasurementRequest(metric, gate, metric.better), margin
    truth = metric.form.value(cells) or 0.0
    margin = case.margin * truth if case.relative else case.margin
    limit = {"at_least": truth - margin} if metric.better == "higher" else {"at_most": truth + margin}
    return MeasurementRequest(metric, read_gate({"confidence": 0.95, **limit}), metric.better), margin


def _measured(case: Case, request: MeasurementRequest, rng: np.random.Generator, samples: int) -> Iterator[Measurement]:
    most = max(10, CHUNK // case.n)
    for start in range(0, samples, most):
        shape = (min(most, samples - start), case.n)
        for cells in rows.sample_cells(request.metric, case.draw(rng, shape)):
            versus = None if case.by is None else compared(request, cells, "data", (0, 0))
            yield Measurement(whole(request, cells, "data"), versus)


def _by_width(result: GateResult, margin: float) -> float:
    measured = result.measurement
    bounds = measured.compared.bounds if measured.compared else measured.whole.bounds
    if bounds is None or bounds.upper <= bounds.lower:
        return 0.0
    quantile = float(special.ndtri(0.95))
    return float(special.ndtr(2 * margin * quantile / (bounds.upper - bounds.lower) - quantile))


def plans(rng: np.random.Generator, scale: Scale) -> Iterator[Foretold]:
    """Every case tried, or the first three."""
    for case in scale.choose(CASES, 3):
        yield foretold(case, rng, scale.replicates)
