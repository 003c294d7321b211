"""One change adds at most one version of a model: GTO cannot read two versions on one commit."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records import release
from mlops_gitops.records.release import Release


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each manifest after the first."""
    first: dict[str, Release] = {}
    for its in context.added(release.KIND, Release):
        if its.model in first:
            message = f"this change also adds {its.model} {first[its.model].version}: one version at a time"
            yield context.head.document(its.path).problem(RULE.id, message, ("version",))
        first.setdefault(its.model, its)


RULE = Rule(
    "one-version",
    __doc__,
    check,
    Scope.BASE,
    ok=((Edit("releases/churn/1.2.0.yaml", "1.1.0", "1.2.0", copy="releases/churn/1.1.0.yaml"),),),
    bad=(
        (
            Edit("releases/churn/1.2.0.yaml", "1.1.0", "1.2.0", copy="releases/churn/1.1.0.yaml"),
            Edit("releases/churn/1.3.0.yaml", "1.1.0", "1.3.0", copy="releases/churn/1.1.0.yaml"),
        ),
    ),
)
