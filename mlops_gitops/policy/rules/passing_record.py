"""No commit of a pull request holds a guarded or a policy file otherwise than its head.

A commit can add a promotion record that a later one of the same pull request takes back, or remove one that a later
one restores. The pull request does not show it, and a rebase merge would put it on the branch all the same, where it
would count. The rule compares every commit of the branch with the head: records, states, manifests, decisions and the
files of the policy, whether they are added, changed or removed.

Make it one commit: `git rebase -i`, or `git reset --soft` and commit again.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file."""
    for path in context.pull.passing if context.pull else ():
        message = "a commit of this pull request holds other content here than its head, which a rebase would merge"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "make it one commit")


RULE = Rule("passing-record", __doc__, check, Scope.PULL)
