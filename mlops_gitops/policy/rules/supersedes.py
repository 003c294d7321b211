"""The version a new release supersedes exists, and is lower.

Readers follow `supersedes:` to the version a release replaces. One that does not exist or is not lower leads them
astray, and a manifest never changes once it is merged. It looks at manifests that are new since the base, and
compares versions by the precedence of Semantic Versioning.

Correct the field, or leave it out, before the manifest is merged.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.semver import precedence
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each manifest whose `supersedes` is not so."""
    for manifest in context.added(release.KIND, Release):
        if manifest.supersedes is None:
            continue
        if context.head.release(manifest.model, manifest.supersedes) is None:
            yield context.head.document(manifest.path).problem(
                RULE.id, f"there is no release {manifest.supersedes} of {manifest.model}", ("supersedes",)
            )
        elif precedence(manifest.supersedes) >= precedence(manifest.version):
            message = f"{manifest.version} cannot supersede {manifest.supersedes}: it is not higher"
            yield context.head.document(manifest.path).problem(RULE.id, message, ("supersedes",))


RULE = Rule(
    "supersedes",
    __doc__,
    check,
    Scope.BASE,
    ok=((new_release("1.2.0"),),),
    bad=((new_release("0.9.0"),),),
)
