"""Every watch of monitoring.yaml has a name of its own and what it looks at, and nothing is declared that none reads.

Two watches of one name would share an issue, and a mute of one would silence both. It also checks that drift of
predictions has a score or a prediction to look at, that labels are read by a watch of a KPI or of fairness, that
reference windows are read by a watch of drift, and that a pinned reference has windows enough: fewer than 8 cannot show
how much windows differ without drift, so every such watch would be not available. They must fit between `start` and
`until`.

Rename the watch, declare the column, or leave out what no watch reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.document import Route
from mlops_gitops.monitoring.calendar import FEWEST_WINDOWS, reference_periods
from mlops_gitops.policy.examples import REFERENCE, watched
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import Monitoring, PredictionDrift, ReferenceWindows
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the key that is wrong."""
    for plan in context.head.records(monitoring.KIND, Monitoring):
        document = context.head.document(plan.path)
        for route, message, help in (*_watches(plan), *_unread_labels(plan), *_reference(plan)):
            yield document.problem(RULE.id, message, route, help=help)


def _watches(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    names = Counter(watch.id for watch in plan.watches)
    for n, watch in enumerate(plan.watches):
        if names[watch.id] > 1:
            yield ("watch", n, "id"), f"{names[watch.id]} watches have the id {watch.id!r}", "rename all but one"
        if isinstance(watch.check, PredictionDrift) and not plan.windows.answers:
            message = "the windows declare neither a score nor a prediction whose drift could be watched"
            yield ("watch", n, watch.kind), message, "add `score:` or `prediction:` to `windows.scored`"


def _unread_labels(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    if plan.windows.labels and not any(watch.kpi is not None for watch in plan.watches):
        message = "no watch reads the labels: only those of the kinds kpi and fairness do"
        yield ("windows", "labels"), message, "add such a watch, or leave out `labels`"


def _reference(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    """What is wrong with windows that are pinned as the reference."""
    pinned, route = plan.reference, ("reference", "windows")
    if pinned is None:
        return
    if not any(watch.check.drift for watch in plan.watches):
        yield ("reference",), "no watch measures drift, so nothing reads the reference", "leave out `reference`"
    elif pinned.count < FEWEST_WINDOWS:
        message = f"{pinned.count} reference windows cannot show how much windows differ without drift"
        yield route, message, f"pin {FEWEST_WINDOWS} windows or more, or write `reference: release`"
    elif (there := len(reference_periods(plan))) < pinned.count:
        yield route, _too_few(pinned, plan, there), "take a later `until`, an earlier `start`, or fewer windows"


def _too_few(pinned: ReferenceWindows, plan: Monitoring, there: int) -> str:
    between = f"between {plan.start:%Y-%m-%d} and {pinned.until:%Y-%m-%d}"
    return f"{pinned.count} windows do not fit {between}: there are {there}"


RULE = Rule(
    "monitoring-watches",
    __doc__,
    check,
    Scope.FILE,
    about="Monitoring",
    kinds=("Monitoring",),
    ok=(watched(), watched(REFERENCE, "reference: {windows: 8, until: 2026-03-02}\n")),
    bad=(
        watched("id: scores", "id: auc"),
        watched(", score: probability", ""),
        watched("  - {id: auc, kpi: {id: roc-auc}}\n", ""),
        watched(REFERENCE, "reference: {windows: 7, until: 2026-03-02}\n"),
        watched(REFERENCE, "reference: {windows: 9, until: 2026-03-02}\n"),
    ),
)
