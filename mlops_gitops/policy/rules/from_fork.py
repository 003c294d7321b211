"""A promotion comes from a branch of the repository itself, not from a fork.

A fork's check has no secrets, so it can reach no data and measure no gate; and nobody who may not push should be able
to propose what runs. Promotion records and the release of a desired state are refused there.

A maintainer runs `mlops-gitops promote` or `mlops-gitops rollback`, which opens a pull request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import desired_state, promotion
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record and desired state a fork changes."""
    if context.pull is None or not context.pull.fork:
        return
    for path in sorted(context.changes):
        parts = next(
            (
                found
                for kind in (promotion.KIND, desired_state.KIND)
                if (found := kind.match(context.policy.folders, path))
            ),
            None,
        )
        if parts is not None:
            message = "this pull request comes from a fork, and promotions come from branches of the repository"
            command = f"mlops-gitops promote {parts['model']} --to {parts['environment']}"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), f"a maintainer runs: {command}")


RULE = Rule("from-fork", __doc__, check, Scope.PULL)
