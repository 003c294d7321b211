"""A pull request that a retraining opened is approved by those who decide on it, as the base's retraining.yaml says.

A schedule proposes a release without anybody at hand, so both teams look at the cause, the window and the numbers
before it is merged. It looks at pull requests of branches `retrain/<model>/…` of this repository, and at the roles and
counts of `decides:`. What a promotion needs is asked of the promotion, as of any other release.

Let somebody it names approve the present head.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.approvals import shortfalls
from mlops_gitops.repository.context import Context
from mlops_gitops.retraining.outcome import model_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role of `decides` that has not approved."""
    project, pull = context.project, context.pull
    policy = _policy(context)
    if project is None or pull is None or policy is None or context.base is None:
        return
    for message, undecided in shortfalls(project, pull, policy.decides):
        where = f"{policy.path} says who decides on a retraining: {message}"
        span = context.base.document(policy.path).span(("decides",), key=True)
        yield Diagnostic(RULE.id, Severity.ERROR, where, span, undecided=undecided)


def _policy(context: Context) -> Retraining | None:
    """The base's policy of the model whose retraining opened the pull request."""
    if context.base is None or context.pull is None or context.pull.fork:
        return None
    model = model_of(context.pull.branch)
    return context.base.retraining(model) if model else None


RULE = Rule("retraining-approvals", __doc__, check, Scope.PULL, about="pull", standing=True)
