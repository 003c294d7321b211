"""One change adds at most one version of a model: GTO cannot read two versions on one commit.

The receipt of a release is a Git tag on the commit that adds its manifest, and GTO, which reads such tags, cannot
tell two versions of one model on one commit apart. It counts the manifests of each model that are new since the base.

Give each version a pull request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


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
