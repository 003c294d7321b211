"""Every gate can pass and can fail: its conditions agree, and each of them decides something.

A gate that no value passes stops every release, and one that every value passes only looks like a check. Both are
mostly a slip: 85 for 0.85, `at_least` for an error that should be small, a margin wider than the metric's range.

Write the threshold in the metric's own unit and direction. `no_worse_than: {by: 0}` asks for no loss at all; with a
`confidence` that is a proof of being better, which is a warning: `better_than` says so. Where every gate of a model has
`on_fail: warn`, no figure can stop a promotion, which is a warning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import Route
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.policy.examples import GATE, kpis_edit
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import Kpi, Kpis
from mlops_gitops.repository.context import Context

BOUNDS = {"at_least": "higher", "at_most": "lower"}
_Simple: TypeAlias = tuple[str, Severity, str, str]
_Fault: TypeAlias = tuple[Route, Severity, str, str]


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a fault, at the condition that is wrong."""
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for n, kpi in enumerate(model.kpis):
            if kpi.gate:
                for route, severity, message, help in _faults(kpi, kpi.gate):
                    yield document.problem(RULE.id, message, ("kpis", n, "gate", *route), help=help, severity=severity)
        gates = [kpi.gate for kpi in model.kpis if kpi.gate]
        if gates and all(gate.on_fail == "warn" for gate in gates):
            message = f"every gate of {model.model} only warns, so no figure can stop a promotion"
            help = "leave out `on_fail: warn` where a miss should block"
            yield document.problem(RULE.id, message, ("kpis",), key=True, help=help, severity=Severity.WARNING)


def _faults(kpi: Kpi, gate: Gate) -> Iterator[_Fault]:
    """Of all rows together, then of their groups; `slices` has gaps of its own."""
    yield from _condition_faults(kpi, gate, gate.whole, (), more=gate.slices is not None and gate.slices.has_conditions)
    if gate.slices:
        gaps = gate.slices.max_gap is not None or gate.slices.min_ratio is not None
        yield from _condition_faults(kpi, gate, gate.slices.conditions, ("slices",), more=gaps or gate.whole.any)
        yield from _gaps(kpi, gate.slices)


def _condition_faults(kpi: Kpi, gate: Gate, conditions: Conditions, route: Route, *, more: bool) -> Iterator[_Fault]:
    """The faults of one set of conditions; `more` where the gate has other conditions too."""
    metric = _metric(kpi)
    low, high = metric.range if metric else (-math.inf, math.inf)
    least, most = conditions.at_least, conditions.at_most
    if least is not None and most is not None and least > most:
        message = f"no value is at least {least:g} and at most {most:g}, so this gate cannot pass"
        yield (*route, "at_least"), Severity.ERROR, message, "swap them, or leave one out"
        return
    impossible = [*_impossible(kpi, gate, conditions, low, high)]
    others = [] if impossible else [*_idle(kpi, conditions, low, high, more), *_backwards(kpi, conditions, metric)]
    for key, severity, message, help in [*impossible, *others]:
        yield (*route, key), severity, message, help
    if gate.confidence is not None and conditions.no_worse_than and conditions.no_worse_than.by == 0:
        message = "with a confidence, `by: 0` asks for proof that the candidate is better: an equal model never passes"
        yield (*route, "no_worse_than", "by"), Severity.WARNING, message, "name the loss that would not matter"


def _metric(kpi: Kpi) -> Metric | None:
    """The metric whose range is known; the rule kpi-metric reports an unknown one."""
    try:
        return lookup.kpi_metric(kpi)
    except Error:
        return None


def _impossible(kpi: Kpi, gate: Gate, conditions: Conditions, low: float, high: float) -> Iterator[_Simple]:
    """What no value meets or, where bounds must clear it, no bound."""
    sure = gate.confidence is not None
    for key, bound, out, end in (
        ("at_least", conditions.at_least, conditions.at_least is not None and conditions.at_least > high, high),
        ("at_most", conditions.at_most, conditions.at_most is not None and conditions.at_most < low, low),
    ):
        if out:
            message = f"{_range(kpi, low, high)}, so a gate that asks for {key}: {bound:g} cannot pass"
            yield key, Severity.ERROR, message, ""
        elif sure and bound == end:
            message = f"{_range(kpi, low, high)}, and no confidence bound gets there: this gate cannot pass"
            yield key, Severity.ERROR, message, "ask for a little less, or leave out `confidence`"
    if conditions.better_than and conditions.better_than.by >= high - low:
        message = f"{_range(kpi, low, high)}, so nothing is more than {conditions.better_than.by:g} better"
        yield "better_than", Severity.ERROR, message, ""


def _idle(kpi: Kpi, conditions: Conditions, low: float, high: float, more: bool) -> Iterator[_Simple]:
    """The conditions that every value meets: an error where one lies outside the range, or nothing else decides."""
    idle = {}
    if conditions.at_least is not None and conditions.at_least <= low:
        idle["at_least"] = (conditions.at_least, conditions.at_least < low)
    if conditions.at_most is not None and conditions.at_most >= high:
        idle["at_most"] = (conditions.at_most, conditions.at_most > high)
    if conditions.no_worse_than and conditions.no_worse_than.by >= high - low:
        idle["no_worse_than"] = (conditions.no_worse_than.by, True)
    alone = len(idle) == len(conditions.to_data()) and not more
    for key, (bound, outside) in idle.items():
        fact = f"a loss of {bound:g} is always allowed" if key == "no_worse_than" else f"{key}: {bound:g} is always met"
        consequence = "this gate cannot fail" if alone else "the condition decides nothing"
        severity = Severity.ERROR if alone or outside else Severity.WARNING
        yield key, severity, f"{_range(kpi, low, high)}: {fact}, and {consequence}", ""


def _backwards(kpi: Kpi, conditions: Conditions, metric: Metric | None) -> Iterator[_Simple]:
    better = (metric.better if metric else None) or kpi.better
    present = [key for key in BOUNDS if getattr(conditions, key) is not None]
    if better and len(present) == 1 and BOUNDS[present[0]] != better:
        other = next(key for key in BOUNDS if key != present[0])
        message = f"a {better} {kpi.metric_name()} is better, and {present[0]} only holds back the good ones"
        yield present[0], Severity.WARNING, message, f"did you mean `{other}`?"


def _gaps(kpi: Kpi, slices: Slices) -> Iterator[_Fault]:
    metric = _metric(kpi)
    low, high = metric.range if metric else (-math.inf, math.inf)
    if slices.max_gap is not None and slices.max_gap >= high - low:
        message = f"{_range(kpi, low, high)}: a gap of {slices.max_gap:g} is always allowed"
        yield ("slices", "max_gap"), Severity.ERROR, message, ""
    if slices.min_ratio == 0:
        yield ("slices", "min_ratio"), Severity.ERROR, "min_ratio: 0 is always met", "0.8 is a common choice"


def _range(kpi: Kpi, low: float, high: float) -> str:
    name = kpi.metric_name()
    if math.isinf(high):
        return f"{name} is never below {low:g}"
    return f"{name} is never above {high:g}" if math.isinf(low) else f"{name} lies between {low:g} and {high:g}"


RULE = Rule(
    "gate-sanity",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    waivable=True,
    ok=(
        kpis_edit("by: 0.01", "by: 0"),
        kpis_edit(GATE, "gate: {at_least: 0.5, at_most: 0.99}"),
    ),
    bad=(
        kpis_edit("at_least: 0.85", "at_least: 85"),
        kpis_edit("at_least: 0.85", "at_least: 0.9, at_most: 0.8"),
        kpis_edit(GATE, "gate: {at_least: 0}"),
        kpis_edit("by: 0.01", "by: 1"),
        kpis_edit(GATE, "gate: {at_most: 0.85}"),
        kpis_edit("at_least: 0.85", "at_least: 1, confidence: 0.95"),
        kpis_edit("by: 0.01}", "by: 0}, confidence: 0.95"),
        kpis_edit(GATE, "gate: {at_least: 0.85, better_than: {baseline: production, by: 1}}"),
        kpis_edit(GATE, "gate: {at_least: 0.85, slices: {by: [region], min_samples: 100, max_gap: 1}}"),
        kpis_edit(GATE, "gate: {at_least: 0.85, on_fail: warn}"),
    ),
    severities=(Severity.ERROR, Severity.WARNING),
)
