"""No commit of a pull request holds a guarded or a policy file otherwise than its head.

A commit can add a promotion record that a later one of the same pull request takes back, or remove one that a later
one restores. The pull request does not show it, and a rebase merge would put it on the branch all the same, where it
would count. The rule compares every commit of the branch with the head: records, states, manifests, decisions and the
files of the policy, whether they are added, changed or removed.

Make it one commit. With `main` as the branch that the pull request is for:
`git reset --soft $(git merge-base HEAD origin/main)`, `git commit`, then
`git push --force-with-lease origin HEAD`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file."""
    project = (context.base.project if context.base else None) or context.head.project
    start = f"$(git merge-base HEAD origin/{project.branch if project else 'main'})"
    for path in context.pull.passing if context.pull else ():
        message = "an earlier commit of this pull request has other content here, and a rebase would merge that too"
        help = f"make it one commit: git reset --soft {start}, git commit, then git push --force-with-lease origin HEAD"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), help)


RULE = Rule("passing-record", __doc__, check, Scope.PULL)
