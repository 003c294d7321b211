"""A gate that slices can be judged: declared columns, one baseline, and what its kind of proof needs.

Groups of rows are cut by columns that the data set lists in `slices`, so that a misspelt one is found before anything
is measured. `require: not_refuted` blocks on evidence against one group, so the gate must ask something of all rows
together, with a confidence. A gate compares with one baseline, or two releases would be judged as one.

List the column in the data set's `slices`, add `confidence`, or split the gate in two KPIs.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.examples import GATE, kpis_edit
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.gate import Gate, Slices
from mlops_gitops.records.kpis import Kpi, Kpis
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the key that is wrong."""
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for n, kpi in enumerate(model.kpis):
            if kpi.gate:
                for route, message, help in _faults(model, kpi, kpi.gate):
                    yield document.problem(RULE.id, message, ("kpis", n, "gate", *route), help=help)


def _faults(model: Kpis, kpi: Kpi, gate: Gate) -> Iterator[tuple[Route, str, str]]:
    changes = list(gate.changes())
    for route, change in changes[1:]:
        if change.baseline != changes[0][1].baseline:
            message = f"a gate compares with one baseline, and this one with {changes[0][1].baseline} already"
            yield (*route, "baseline"), message, "make a second KPI of it"
    if gate.slices:
        yield from _columns(model, kpi, gate.slices)
        yield from _proof(gate, gate.slices)


def _columns(model: Kpis, kpi: Kpi, slices: Slices) -> Iterator[tuple[Route, str, str]]:
    if not isinstance(kpi.metric, str):
        yield ("slices",), f"{kpi.metric_name()} is one number, and there are no rows to slice", "leave out `slices`"
        return
    data = model.data.get(kpi.data or "")
    for n, column in enumerate(slices.by if data else ()):
        if data and column not in data.slices:
            add = f"add {column} to `slices` of data set {data.name!r}"
            help = did_you_mean(column, data.slices, add)
            yield ("slices", "by", n), f"data set {data.name!r} does not list {column!r} in `slices`", help


def _proof(gate: Gate, slices: Slices) -> Iterator[tuple[Route, str, str]]:
    if slices.require == "not_refuted":
        if gate.confidence is None:
            message = "without a confidence nothing is refuted, so `not_refuted` would let every group pass"
            yield ("slices", "require"), message, "add `confidence: 0.95` to the gate"
        elif not gate.whole.any:
            message = "`not_refuted` proves nothing of any group, so all rows together must be asked for something"
            yield ("slices", "require"), message, "add at_least, at_most, no_worse_than or better_than to the gate"


DATA = "key: customer_id\n"
SLICED = "slices: {by: [region], min_samples: 100"
RULE = Rule(
    "gate-slices",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    ok=(
        (
            *kpis_edit(DATA, f"{DATA}    slices: [region]\n"),
            *kpis_edit(GATE, f"gate: {{at_least: 0.85, confidence: 0.95, {SLICED}, require: not_refuted}}}}"),
        ),
    ),
    bad=(
        kpis_edit(GATE, f"gate: {{at_least: 0.85, {SLICED}}}}}"),
        (
            *kpis_edit(DATA, f"{DATA}    slices: [region]\n"),
            *kpis_edit(GATE, f"gate: {{at_least: 0.85, {SLICED}, require: not_refuted}}}}"),
        ),
        kpis_edit(GATE, GATE[:-2] + "}, better_than: {baseline: staging}}"),
    ),
)
