"""What retraining.yaml depends on is there: the watches, the labels, the files and the explanation it names.

A trigger that reads what is not there is never met: it is not available, and each decision is undecided. It checks that
each trigger has a name of its own; that an alarm and a drift name a watch of monitoring.yaml, a drift one of
data_drift; that labels, new rows and live windows that judge have windows with labels; that a file that may change is
tracked by DVC or Git; and that a drift by importance has the card's evidence `explain`, with a list of features.

Fix the key it points at; the help line says what is lacking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.examples import retrained, watched
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card, monitoring, retraining
from mlops_gitops.records.monitoring import DataDrift, Monitoring
from mlops_gitops.records.retraining import Alarm, Changed, ImportantDrift, NewLabels, Retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.evidence.explanation import EVIDENCE, importances
from mlops_gitops.retraining.evidence.tracked_file import is_tracked

_Fault: TypeAlias = tuple[Route, str, str]  # below its trigger, what is wrong, what to do


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the key that is wrong."""
    for policy in context.head.records(retraining.KIND, Retraining):
        document = context.head.document(policy.path)
        for route, message, help in (*_names(policy), *_checks(context.head, policy), *_data(context.head, policy)):
            yield document.problem(RULE.id, message, route, help=help)


def _names(policy: Retraining) -> Iterator[_Fault]:
    names = Counter(trigger.id for trigger in policy.triggers)
    for n, trigger in enumerate(policy.triggers):
        if names[trigger.id] > 1:
            message = f"{names[trigger.id]} triggers have the id {trigger.id!r}"
            yield ("triggers", n, "id"), message, "rename all but one"


def _checks(head: Snapshot, policy: Retraining) -> Iterator[_Fault]:
    for n, trigger in enumerate(policy.triggers):
        look = _LOOKS.get(type(trigger.check))
        for route, message, help in look(head, policy.model, trigger.check) if look else ():
            yield ("triggers", n, trigger.kind, *route), message, help


def _alarm(head: Snapshot, model: str, check: Alarm) -> Iterator[_Fault]:
    yield from _watch(head, model, check.watch, ())


def _drift(head: Snapshot, model: str, check: ImportantDrift) -> Iterator[_Fault]:
    yield from _watch(head, model, check.watch, ("watch",))
    plan = head.monitoring(model)
    named = next((watch for watch in plan.watches if watch.id == check.watch), None) if plan else None
    if named and not isinstance(named.check, DataDrift):
        yield ("watch",), f"{check.watch} is a watch of {named.kind}, and not of data_drift", "name one of data_drift"
    if fault := _explanation_fault(head, model):
        help = f"list the file in the card: mlops.evidence: [{{id: {EVIDENCE}, type: explainability, path: …}}]"
        yield ("importance",), fault, help


def _explanation_fault(head: Snapshot, model: str) -> str:
    """Why the importance of columns cannot be read; empty where it can, or where DVC keeps the file."""
    found = head.card(model)
    path = head.path_of(card.KIND, model=model)
    evidence = next((each for each in found.evidence if each.id == EVIDENCE), None) if found else None
    if evidence is None:
        return f"{path} has no evidence `{EVIDENCE}` that says how much each column counts"
    data = stored_if_possible(head.tree, evidence.path)
    if data is None or head.tracking.output(evidence.path):
        return ""
    try:
        importances(data)
    except ValueError as error:
        return f"{evidence.path} says no importance: {error}"
    return ""


def _new_labels(head: Snapshot, model: str, check: NewLabels) -> Iterator[_Fault]:
    yield from _labels(head, model)


def _changed(head: Snapshot, model: str, check: Changed) -> Iterator[_Fault]:
    if not is_tracked(head, check.path):
        yield (), f"there is no {check.path}, and DVC tracks none", "name a file of this repository, or its .dvc file"


_LOOKS: Mapping[type, Callable[[Snapshot, str, Any], Iterator[_Fault]]] = {
    Alarm: _alarm,
    ImportantDrift: _drift,
    NewLabels: _new_labels,
    Changed: _changed,
}


def _data(head: Snapshot, policy: Retraining) -> Iterator[_Fault]:
    """What is asked of live windows elsewhere in the file."""
    if policy.new_rows is not None and _plan_fault(head, policy.model):
        yield ("require", "new_rows"), *_plan_fault(head, policy.model)
    if policy.evaluate is not None:
        for _, message, help in _labels(head, policy.model):
            yield ("evaluate", "windows"), message, help


def _plan_fault(head: Snapshot, model: str) -> tuple[str, str] | tuple[()]:
    if head.monitoring(model) is not None:
        return ()
    path = head.path_of(monitoring.KIND, model=model)
    return f"there is no valid {path}, which says where live windows are", "mlops-gitops init drafts one"


def _watch(head: Snapshot, model: str, name: str, route: Route) -> Iterator[_Fault]:
    plan = head.monitoring(model)
    if plan is None:
        yield route, *(_plan_fault(head, model) or ("", ""))
    elif name not in {watch.id for watch in plan.watches}:
        known = [watch.id for watch in plan.watches]
        help = did_you_mean(name, known, f"it has {', '.join(known)}")
        yield route, f"there is no watch {name!r} in {plan.path}", help


def _labels(head: Snapshot, model: str) -> Iterator[_Fault]:
    plan: Monitoring | None = head.monitoring(model)
    if plan is None:
        yield (), *(_plan_fault(head, model) or ("", ""))
    elif plan.windows.labels is None:
        yield (), f"{plan.path} names no labels", "add `labels:` to its `windows`"


_AGE = "{id: stale, age: 180d}"
_DRIFT = "{id: stale, drift: {watch: drift, importance: 20 %}}"
_COLUMNS = watched("- {id: scores", "- {id: drift, data_drift: {columns: [age], effect: {psi: 0.1}}}\n  - {id: scores")
_NO_LABELS = watched("  labels:", "  # labels:", "  - {id: auc, kpi: {id: roc-auc}}\n", "")
_EXPLAINED = Edit("models/churn/README.md", "  intended_use", "  evidence: [{id: explain, type: explainability, "
                  "path: explain.json}]\n  intended_use")  # fmt: skip
_FEATURES = Edit("explain.json", None, '{"features": [{"name": "age", "importance": 0.4}]}')
RULE = Rule(
    "retraining-triggers",
    __doc__,
    check,
    Scope.FILE,
    about="Retraining",
    kinds=("Retraining",),
    ok=(retrained(), (*retrained(_AGE, _DRIFT, watching=_COLUMNS), _EXPLAINED, _FEATURES)),
    bad=(
        retrained("id: stale", "id: decayed"),
        retrained("alarm: auc", "alarm: acu"),
        retrained(watching=()),
        retrained("id: decayed, alarm: auc", "id: decayed, age: 3d", watching=_NO_LABELS),
        retrained("changed: data/holdout.csv", "changed: data/old.csv"),
        (*retrained(_AGE, _DRIFT, "watch: drift", "watch: auc", watching=_COLUMNS), _EXPLAINED, _FEATURES),
        retrained(_AGE, _DRIFT, watching=_COLUMNS),
        (*retrained(_AGE, _DRIFT, watching=_COLUMNS), _EXPLAINED, Edit("explain.json", None, "{}")),
    ),
)
