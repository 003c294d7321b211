"""A freeze ends after it begins.

A freeze whose days are the wrong way round never comes, and nobody notices before something is promoted in it. It
compares `from` and `to` of each freeze in mlops.yaml.

Put the earlier day, or moment, in `from`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import project
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each freeze that is over before it begins."""
    for n, freeze in enumerate(context.head.project.freezes if context.head.project else ()):
        if freeze.since >= freeze.until:
            route = ("policies", "freeze", n, "to")
            message = f"this freeze ends on {freeze.to}, before it begins: it never comes"
            yield context.head.document(project.PATH).problem(RULE.id, message, route)


def _freeze(since: str, until: str) -> Edit:
    written = f'branch: main\npolicies: {{freeze: [{{from: "{since}", to: "{until}", reason: Holidays.}}]}}'
    return Edit("mlops.yaml", "branch: main", written)


RULE = Rule(
    "freeze-window",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    ok=((_freeze("2026-12-20", "2026-12-20"),), (_freeze("2026-12-20T18:00:00Z", "2026-12-20"),)),
    bad=((_freeze("2026-12-20", "2026-01-04"),), (_freeze("2026-12-20", "2026-12-19"),)),
)
