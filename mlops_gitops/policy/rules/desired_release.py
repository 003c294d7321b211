"""The release a desired state names exists.

A desired state is what a deployment reads: if it names a release without a manifest, it does not say which bytes
that is. It looks for the manifest of that model and version at its place below the releases folder; whether the
manifest itself is right is checked there.

Correct the version, or make the release with `mlops-gitops release` and promote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each desired state without its manifest."""
    head = context.head
    for state in head.states():
        if state.release is None:
            continue
        path = head.path_of(release.KIND, model=state.model, version=state.release)
        if not head.tree.exists(path):
            message = f"{state.environment} is to run {state.model} {state.release}, and there is no {path}"
            yield head.document(state.path).problem(RULE.id, message, ("release",))


RULE = Rule(
    "desired-release",
    __doc__,
    check,
    Scope.FILE,
    kinds=("DesiredState",),
    bad=((Edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "9.9.9"'),),),
)
