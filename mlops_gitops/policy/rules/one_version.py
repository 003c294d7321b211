"""One change adds at most one version of a model: GTO cannot read two versions on one commit.

The receipt of a release is a Git tag on the commit that adds its manifest, and GTO, which reads such tags, cannot
tell two versions of one model on one commit apart. It counts the manifests of each model that are new since the base.

Give each version a pull request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each manifest after the first."""
    first: dict[str, Release] = {}
    for manifest in context.added(release.KIND, Release):
        if manifest.model in first:
            message = f"this change also adds {manifest.model} {first[manifest.model].version}: one version at a time"
            yield context.head.document(manifest.path).problem(RULE.id, message, ("version",))
        first.setdefault(manifest.model, manifest)


RULE = Rule(
    "one-version",
    __doc__,
    check,
    Scope.BASE,
    ok=((new_release("1.2.0"),),),
    bad=(
        (
            new_release("1.2.0"),
            new_release("1.3.0"),
        ),
    ),
)
