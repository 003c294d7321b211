"""Every gate can pass and can fail: its conditions agree, and each of them decides something.

A gate that no value passes stops every release, and one that every value passes only looks like a check. Both are
mostly a slip: 85 for 0.85, `at_least` for an error that should be small, a margin wider than the metric's range.

Write the threshold in the metric's own unit and direction. `no_worse_than: {by: 0}` asks for no loss at all and is
fine; that a candidate must be better than the baseline cannot be asked. Where every gate of a model has
`on_fail: warn`, no figure can stop a promotion, which is told as a warning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_gitops import measures
from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.errors import Error
from mlops_gitops.instruments import Metric
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import Gate, Kpi, Kpis

BOUNDS = {"at_least": "higher", "at_most": "lower"}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a fault, at the condition that is wrong."""
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for n, kpi in enumerate(model.kpis):
            if kpi.gate:
                for key, severity, message, help in _faults(kpi, kpi.gate):
                    yield document.problem(RULE.id, message, ("kpis", n, "gate", key), help=help, severity=severity)
        gates = [kpi.gate for kpi in model.kpis if kpi.gate]
        if gates and all(gate.on_fail == "warn" for gate in gates):
            message = f"every gate of {model.model} only warns, so no figure can stop a promotion"
            help = "leave out `on_fail: warn` where a miss should block"
            yield document.problem(RULE.id, message, ("kpis",), key=True, help=help, severity=Severity.WARNING)


def _faults(kpi: Kpi, gate: Gate) -> Iterator[tuple[str, Severity, str, str]]:
    metric = _metric(kpi)
    low, high = metric.range if metric else (-math.inf, math.inf)
    if gate.at_least is not None and gate.at_most is not None and gate.at_least > gate.at_most:
        message = f"no value is at least {gate.at_least:g} and at most {gate.at_most:g}, so this gate cannot pass"
        yield "at_least", Severity.ERROR, message, "swap them, or leave one out"
        return
    impossible = _impossible(kpi, gate, low, high)
    yield from impossible
    if not impossible:
        yield from _idle(kpi, gate, low, high)
        yield from _backwards(kpi, gate, metric)


def _metric(kpi: Kpi) -> Metric | None:
    """The metric whose range is known; an unknown name is kpi-metric's to tell."""
    try:
        return measures.find(kpi.metric) if isinstance(kpi.metric, str) else None
    except Error:
        return None


def _impossible(kpi: Kpi, gate: Gate, low: float, high: float) -> list[tuple[str, Severity, str, str]]:
    found = []
    for key, bound, out in (
        ("at_least", gate.at_least, gate.at_least is not None and gate.at_least > high),
        ("at_most", gate.at_most, gate.at_most is not None and gate.at_most < low),
    ):
        if out:
            message = f"{_range(kpi, low, high)}, so a gate that asks for {key}: {bound:g} cannot pass"
            found.append((key, Severity.ERROR, message, ""))
    return found


def _idle(kpi: Kpi, gate: Gate, low: float, high: float) -> Iterator[tuple[str, Severity, str, str]]:
    """The conditions that every value meets: an error where one lies outside the range, or nothing else decides."""
    idle = {}
    if gate.at_least is not None and gate.at_least <= low:
        idle["at_least"] = (gate.at_least, gate.at_least < low)
    if gate.at_most is not None and gate.at_most >= high:
        idle["at_most"] = (gate.at_most, gate.at_most > high)
    if gate.no_worse_than and gate.no_worse_than.by >= high - low:
        idle["no_worse_than"] = (gate.no_worse_than.by, True)
    alone = len(idle) == len(gate.conditions())
    for key, (bound, outside) in idle.items():
        what = f"a loss of {bound:g} is always allowed" if key == "no_worse_than" else f"{key}: {bound:g} is always met"
        so = "this gate cannot fail" if alone else "the condition decides nothing"
        severity = Severity.ERROR if alone or outside else Severity.WARNING
        yield key, severity, f"{_range(kpi, low, high)}: {what}, and {so}", ""


def _backwards(kpi: Kpi, gate: Gate, metric: Metric | None) -> Iterator[tuple[str, Severity, str, str]]:
    better = (metric.better if metric else None) or kpi.better
    given = [key for key in BOUNDS if getattr(gate, key) is not None]
    if better and len(given) == 1 and BOUNDS[given[0]] != better:
        other = next(key for key in BOUNDS if key != given[0])
        message = f"a {better} {kpi.metric_name()} is better, and {given[0]} only holds back the good ones"
        yield given[0], Severity.WARNING, message, f"did you mean `{other}`?"


def _range(kpi: Kpi, low: float, high: float) -> str:
    name = kpi.metric_name()
    if math.isinf(high):
        return f"{name} is never below {low:g}"
    return f"{name} is never above {high:g}" if math.isinf(low) else f"{name} lies between {low:g} and {high:g}"


def _edited(old: str, new: str) -> tuple[Edit, ...]:
    return (Edit("models/churn/kpis.yaml", old, new),)


GATE = "gate: {at_least: 0.85, no_worse_than: {baseline: production, by: 0.01}}"
RULE = Rule(
    "gate-sanity",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    waivable=True,
    ok=(
        _edited("by: 0.01", "by: 0"),
        _edited(GATE, "gate: {at_least: 0.5, at_most: 0.99}"),
    ),
    bad=(
        _edited("at_least: 0.85", "at_least: 85"),
        _edited("at_least: 0.85", "at_least: 0.9, at_most: 0.8"),
        _edited(GATE, "gate: {at_least: 0}"),
        _edited("by: 0.01", "by: 1"),
        _edited(GATE, "gate: {at_most: 0.85}"),
        _edited(GATE, "gate: {at_least: 0.85, on_fail: warn}"),
    ),
    severities=(Severity.ERROR, Severity.WARNING),
)
