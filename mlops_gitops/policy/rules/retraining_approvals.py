"""A release that a retraining made is approved by those who decide on it, as the base's retraining.yaml says.

A schedule proposes a release without anybody watching, so both teams look at the cause, the window and the numbers
before it is merged. It looks at new manifests that name the cause of a retraining, and at pull requests of branches
`retrain/<model>/…` of this repository; and at the roles and counts of `decides:`. The receipt of the manifest then says
who approved, and the audit proves it: so a manifest of such a branch, or one that live windows judge, must name its
cause. What a promotion needs is asked of the promotion, as of any other release.

Let somebody it names approve the present head.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records.release import KIND, Release
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.approvals import shortfalls
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.outcome import model_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role of `decides` that has not approved, and for each manifest that hides who decides."""
    project, pull, base = context.project, context.pull, context.base
    if project is None or pull is None or base is None:
        return
    for release in context.added(KIND, Release):
        if fault := _cause_fault(context, base, release):
            yield context.head.document(release.path).problem(RULE.id, fault, ("retraining",))
    for policy in _policies(context, base):
        for message, undecided in shortfalls(project, pull, policy.decides):
            where = f"{policy.path} says who decides on a retraining: {message}"
            span = base.document(policy.path).span(("decides",), key=True)
            yield Diagnostic(RULE.id, Severity.ERROR, where, span, undecided=undecided)


def _policies(context: Context, base: Snapshot) -> Iterator[Retraining]:
    """The base's policies of the models that the pull request brings a retrained release of."""
    models = {release.model for release in context.added(KIND, Release) if release.retraining_cause}
    models |= {_model_of_branch(context)} - {""}
    yield from filter(None, map(base.retraining, sorted(models)))


def _model_of_branch(context: Context) -> str:
    """The model whose retraining opened the pull request, by its branch; empty for another one."""
    return model_of(context.pull.branch) if context.pull and not context.pull.fork else ""


def _cause_fault(context: Context, base: Snapshot, release: Release) -> str:
    """Why the history could not tell who decides on a release; empty where it can, or where nobody needs to."""
    decided = base.retraining(release.model) is not None
    if release.retraining_cause is not None:
        return "" if decided else f"a retraining made it, and no retraining.yaml on the base decides on {release.model}"
    if not decided or not (release.live or _model_of_branch(context) == release.model):
        return ""
    judged = "live windows judge it" if release.live else f"its branch is {context.pull.branch if context.pull else ''}"
    return f"{judged}, and it does not name the cause of the retraining that made it (`retraining: {{cause: …}}`)"


RULE = Rule("retraining-approvals", __doc__, check, Scope.PULL, about="pull", standing=True)
