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
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each manifest whose `supersedes` is not so."""
    for its in context.added(release.KIND, Release):
        if its.supersedes is None:
            continue
        document = context.head.document(its.path)
        if context.head.release(its.model, its.supersedes) is None:
            yield document.problem(RULE.id, f"there is no release {its.supersedes} of {its.model}", ("supersedes",))
        elif precedence(its.supersedes) >= precedence(its.version):
            message = f"{its.version} cannot supersede {its.supersedes}: it is not higher"
            yield document.problem(RULE.id, message, ("supersedes",))


RULE = Rule(
    "supersedes",
    __doc__,
    check,
    Scope.BASE,
    ok=((Edit("releases/churn/1.2.0.yaml", "1.1.0", "1.2.0", copy="releases/churn/1.1.0.yaml"),),),
    bad=((Edit("releases/churn/0.9.0.yaml", "1.1.0", "0.9.0", copy="releases/churn/1.1.0.yaml"),),),
)
