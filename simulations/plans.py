"""Plans of gates beside what the gates then do: the share of samples that pass, and what one sample foretells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.plan import prospects
from mlops_gitops.gates.result import Baseline, GateResult, Outcome
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.estimates import compared, whole
from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.metrics.aggregates import BASELINE
from mlops_gitops.records.gate import Gate, read_gate
from mlops_gitops.records.kpis import Kpi
from simulations import rows
from simulations.cases import CASES, CHUNK, Case, truth_and_limit
from simulations.tally import Scale

PRODUCTION = Baseline("production", "1.0.0", None)
CONFIDENCE = 0.95
FIRST = ("RMSE 1 under 1.1, normal", "AUC .98 over .97, 20 % positive", "log loss +10 %, 10 % positive")


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
    samples: int


def plans(rng: np.random.Generator, scale: Scale) -> Iterator[Foretold]:
    """Every case tried, or three of them."""
    for case in CASES:
        if scale.full or case.name in FIRST:
            yield foretold(case, rng, scale.replicates)


def foretold(case: Case, rng: np.random.Generator, samples: int) -> Foretold:
    """A case tried; where the power of its gate is of no interest, the limit is the true value."""
    metric = case.limited_metric()
    truth, limit = truth_and_limit(case, metric)
    if limit is None:
        limit = truth if case.false_at is None else case.false_at
    sign = 1.0 if metric.better == "higher" else -1.0
    margin = sign * (truth - limit)
    paired = any(name.startswith(BASELINE) for name in case.draw(rng, (1, 2)))
    gate = _gate(limit, sign, paired=paired)
    kpi = Kpi("k", case.metric, "data", None, None, gate, loss_bound=case.bound)
    measured = _measured(case, MeasurementRequest(metric, gate, metric.better), rng, samples)
    results = [judge(kpi, metric.better, measurement, PRODUCTION) for measurement in measured]
    planned = [next(iter(prospects(result, margin, None)), None) for result in results]
    shares = [prospect.passes if prospect else 0.0 for prospect in planned]
    passed = float(np.mean([result.outcome is Outcome.PASSED for result in results]))
    by_width = float(np.mean([_by_width(result, margin) for result in results]))
    return Foretold(case, passed, float(np.mean(shares)), float(np.median(shares)), by_width, samples)


def _gate(limit: float, sign: float, *, paired: bool) -> Gate:
    """The gate with a limit of a value or, of paired rows, of a change; `sign` is 1.0 where higher is better."""
    if not paired:
        return read_gate({"confidence": CONFIDENCE, "at_least" if sign > 0 else "at_most": limit})
    loss = -sign * limit
    change = {"baseline": PRODUCTION.environment, "by": abs(loss)}
    return read_gate({"confidence": CONFIDENCE, "no_worse_than" if loss > 0 else "better_than": change})


def _measured(case: Case, request: MeasurementRequest, rng: np.random.Generator, samples: int) -> Iterator[Measurement]:
    most = max(10, CHUNK // case.n)
    for start in range(0, samples, most):
        shape = (min(most, samples - start), case.n)
        for cells in rows.sample_cells(request.metric, case.draw(rng, shape)):
            if request.gate and request.gate.change:
                versus = compared(request, cells, "data", (0, 0))
                yield Measurement(Measured(versus.candidate, cells.n), versus)
            else:
                yield Measurement(whole(request, cells, "data"))


def _by_width(result: GateResult, margin: float) -> float:
    measured = result.measurement
    bounds = measured.compared.bounds if measured.compared else measured.whole.bounds
    if bounds is None or bounds.upper <= bounds.lower:
        return 0.0
    quantile = float(special.ndtri(CONFIDENCE))
    return float(special.ndtr(2 * margin * quantile / (bounds.upper - bounds.lower) - quantile))
