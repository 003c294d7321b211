"""A mute names a watch that there is, and is taken by the role that owns the plan.

A mute of a watch that does not exist silences nothing, although its authors believe that it does. A mute by another
role than the `owner` of the model's monitoring.yaml does not count: people could silence alarms that others answer
for. It compares each mute in force with the monitoring.yaml of its model: the watch, the environment, and the role.

Correct the name (the nearest one is offered), or let the owner's role take the decision. Once its last day is over, a
mute is history and is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.monitoring.mutes import TYPE
from mlops_gitops.policy.examples import watched
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision, monitoring
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each part of a mute in force that silences nothing."""
    for mute in context.head.records(decision.KIND, Decision):
        if mute.type != TYPE or mute.expired(context.today):
            continue
        document, plan = context.head.document(mute.path), context.head.monitoring(mute.model)
        if plan is None:
            path = context.head.path_of(monitoring.KIND, model=mute.model)
            message = f"there is no valid {path}, so nothing is watched that could be muted"
            yield document.problem(RULE.id, message, ("subject", "model"), help="correct the model")
            continue
        for route, message, help in _faults(mute, plan):
            yield document.problem(RULE.id, message, route, help=help)


def _faults(mute: Decision, plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    watches = [watch.id for watch in plan.watches]
    if mute.watch not in watches:
        help = did_you_mean(mute.watch, watches, f"it has {', '.join(watches)}")
        yield ("subject", "watch"), f"{plan.path} has no watch {mute.watch!r}", help
    if mute.environment not in (None, *plan.environments):
        help = did_you_mean(mute.environment or "", plan.environments, f"it has {', '.join(plan.environments)}")
        yield ("subject", "environment"), f"{plan.path} does not watch {mute.environment}", help
    if mute.role != plan.owner:
        message = f"{plan.owner} owns {plan.path}, so a mute by {mute.role} silences nothing"
        yield ("role",), message, f"let {plan.owner} take it"


_PATH = "decisions/2026-01-06-campaign.yaml"
_MUTE = """apiVersion: mlops-gitops/v1
kind: Decision
type: mute
subject: {model: churn, watch: scores, environment: production}
role: operations
by: bob
reason: The campaign of January brings other customers.
expires: 2026-01-31
"""


def _muted(old: str = "", new: str = "") -> tuple[Edit, ...]:
    return (*watched(), Edit(_PATH, None, _MUTE.replace(old, new) if old else _MUTE))


RULE = Rule(
    "mute-subject",
    __doc__,
    check,
    Scope.FILE,
    about="Decision",
    kinds=("Decision",),
    ok=(_muted(), _muted(", environment: production"), (Edit(_PATH, None, _MUTE.replace("01-31", "01-09")),)),
    bad=(
        _muted("watch: scores", "watch: score"),
        _muted("environment: production", "environment: staging"),
        _muted("role: operations", "role: data-science"),
        (Edit(_PATH, None, _MUTE),),
    ),
)
