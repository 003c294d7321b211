"""The columns that monitoring.yaml watches are in the reference profile, and of a kind that its statistic compares.

A misspelt column is otherwise found by the first window, which is then not available. It compares the columns of
data_drift and of the model's answers with the profile.json of the model, where there is one: keys and free text have no
profile, and `ks` and `wasserstein` compare numbers only. Other columns, those of quality, of `by:` and of filters, may
be in the windows alone: one that neither the windows declare nor the profile knows is a warning. Drift with `where:` or
`by:` needs those segments in the profile, unless windows are the reference. A model without a profile is passed over:
its watches of drift have no reference, and say so.

Take the name that is offered, or profile the model again: `mlops-gitops profile MODEL`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.documents.read_document import load
from mlops_gitops.monitoring.profiles.profile import Profile, from_document
from mlops_gitops.monitoring.profiles.segments import segmentation
from mlops_gitops.monitoring.reference_columns import (
    Reference,
    filtered,
    known_columns,
    profiled_data,
    reference_of,
)
from mlops_gitops.monitoring.segment_evidence import profiled_segments
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH, REFERENCE, watched
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.manifest import is_profile, profile_path
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import DataDrift, Fairness, Monitoring, PredictionDrift, Quality, Watch, Windows
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each column without a reference, or that nothing knows."""
    for plan in context.head.records(monitoring.KIND, Monitoring):
        document = context.head.document(plan.path)
        try:
            profile = _profile(context.head, plan.model)
        except Undecided as error:
            yield document.problem(RULE.id, error.message, ("model",), help=error.help)
            continue
        if profile is None:
            continue
        reference = reference_of(profile, plan.windows, profiled_data(profile, context.head.kpis(plan.model)))
        known = known_columns(plan.windows, reference)
        for n, watch in enumerate(plan.watches):
            missing = _without_segments(watch, reference) if plan.reference is None else ()
            for route, message, help in (*_without_reference(plan.windows, watch, reference), *missing):
                yield document.problem(RULE.id, message, ("watch", n, *route), help=help)
            for route, name in _others(watch):
                if name not in known:
                    message = f"neither the windows nor the profile of {plan.model} has a column {name!r}"
                    help, severity = did_you_mean(name, known), Severity.WARNING
                    yield document.problem(RULE.id, message, ("watch", n, *route), help=help, severity=severity)


def _profile(head: Snapshot, model: str) -> Profile | None:
    """The profile of the tree; None without one. Raises Undecided where it is not valid."""
    path = profile_path(head, model)
    document = load(head.tree, path) if head.tree.exists(path) else None
    if document is None or not is_profile(document.raw):
        return None
    return from_document(document)


def _without_reference(windows: Windows, watch: Watch, reference: Reference) -> Iterator[tuple[Route, str, str]]:
    """The columns whose drift cannot be measured."""
    if isinstance(watch.check, DataDrift):
        for n, name in enumerate(watch.check.columns):
            yield from _compared(("data_drift", "columns", n), name, watch.check.effect, reference)
    elif isinstance(watch.check, PredictionDrift):
        for name in windows.answers:
            yield from _compared(("prediction_drift",), name, watch.check.effect, reference)


def _without_segments(watch: Watch, reference: Reference) -> Iterator[tuple[Route, str, str]]:
    """The segments that the profile lacks."""
    split = segmentation(watch)
    found = profiled_segments(split, reference) if split else {}
    if isinstance(found, str):
        yield ("by" if watch.by else "where",), found, "profile the model again: mlops-gitops profile MODEL"


def _compared(route: Route, name: str, effect: str, reference: Reference) -> Iterator[tuple[Route, str, str]]:
    if name not in reference.columns:
        yield route, reference.why_not(name), did_you_mean(name, reference.columns, "leave it out")
        return
    from mlops_gitops.monitoring.drift.statistic import drift_statistic  # it takes as long as all the rest

    kind, kinds = reference.columns[name].kind, drift_statistic(effect).kinds
    if kind not in kinds:
        message = f"{effect} compares columns of the kind {' or '.join(sorted(kinds))}, and {name!r} is a {kind}"
        yield route, message, "take psi or cramers_v for it, in a watch of its own"


def _others(watch: Watch) -> Iterator[tuple[Route, str]]:
    """The columns that a watch names and that need no profile, and where."""
    if isinstance(watch.check, Quality):
        yield from ((("quality", "columns", name), name) for name in watch.check.columns)
    if isinstance(watch.check, Fairness):
        yield from ((("fairness", "by", n), name) for n, name in enumerate(watch.check.by))
    yield from ((("by", n), name) for n, name in enumerate(watch.by))
    yield from ((("where",), name) for name in filtered(watch.where))


_DRIFT = "watch:\n  - {id: drift, data_drift: {columns: [age, region], effect: {psi: 0.1}}}\n"
_PROFILE = Edit(PROFILE_PATH, None, PROFILE)


def _drifting(*edits: str) -> tuple[Edit, ...]:
    return (_PROFILE, *watched("watch:\n", _DRIFT, *edits))


RULE = Rule(
    "monitoring-columns",
    __doc__,
    check,
    Scope.FILE,
    about="Monitoring",
    kinds=("Monitoring",),
    severities=(Severity.ERROR, Severity.WARNING),
    ok=(
        _drifting(),
        watched("watch:\n", _DRIFT.replace("age", "agee")),
        _drifting("probability", "answer"),
        _drifting(
            REFERENCE, "reference: {windows: 8, until: 2026-03-02}\n", "{id: drift,", "{id: drift, by: [region],"
        ),
    ),
    bad=(
        _drifting("[age,", "[agee,"),
        _drifting("[age,", "[customer_id,"),
        _drifting("{id: drift,", "{id: drift, by: [region],"),
        _drifting("{id: drift,", '{id: drift, where: "age > 30",'),
        _drifting("{psi: 0.1}", "{ks: 0.1}"),
        _drifting("score: probability", "prediction: answer"),
        _drifting("{rows: {at_least: 5000}, fresh: 48h}", "{columns: {regon: {nulls: 0}}}"),
        _drifting("{id: auc,", "{id: auc, where: \"regon = 'north'\","),
        (*watched(), Edit(PROFILE_PATH, None, PROFILE.replace("[20, 20]", "[20]"))),
    ),
)
