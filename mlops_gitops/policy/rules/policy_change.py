"""A change of what judges is approved by those it belongs to, and judged by the policy before it.

One person who can lower a threshold, or remove approvals from mlops.yaml, can let any model pass. So a change of
mlops.yaml, of a pack, of the file FREEZE or of DVC's settings (`config` in any `.dvc/`) needs the roles of the base's
`policies.approvals`, by default one member of each role that an environment asks for; so does a card that lowers
`risk.class`, or takes back `purpose`, `exposure`, `aedt: true` or `consequential: true`. A change of a model's KPIs
needs one member of each role that owns a KPI which changes or goes, or of every owner where KPIs only come; one without
an owner is the project's matter. A change of a model's monitoring.yaml needs one member of its `owner`, one of its
retraining.yaml those that its `decides` names, and one of the targets, waves or rosters of a `rollout:` one member of
its `owner`, as the base has it; a new one needs those that it names. Of these files only data count, not comments or
layout.

Let somebody it names approve the present head.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.policy_approvals import approvals_by_file
from mlops_gitops.repository.approvals import shortfalls
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role that has not approved a change of what judges."""
    project, pull = context.project, context.pull
    if context.base is None or context.base.project is None or project is None or pull is None:
        return
    for path, wanted in approvals_by_file(context.base, context.head, project, pull.paths).items():
        for message, undecided in shortfalls(project, pull, wanted):
            where = f"this change of {path} is judged by the policy before it: {message}"
            span = context.head.document(path).span()
            yield Diagnostic(RULE.id, Severity.ERROR, where, span, undecided=undecided)


RULE = Rule("policy-change", __doc__, check, Scope.PULL, about="pull", standing=True)
