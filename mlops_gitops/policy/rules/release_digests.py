"""A release manifest pins what the tree that adds it holds: artifacts, evaluation, card, KPIs and lineage.

A manifest promises which bytes a version is, so it must be true on the day it is made. It compares each manifest that
the change adds or promotes with the tree that introduced it: what dvc.lock and .dvc files say of artifacts,
evaluation and lineage, and the bytes of the card and the KPIs. What that tree became later is no fault. An artifact
that is a file needs a sha256 too, and a model of the risk class prohibited is not released at all.

Write the manifest again with `mlops-gitops release`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH, new_release, profiled_release
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.manifest import manifest_differences
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each value the tree does not give, and for a model that may not be released at all."""
    for manifest, tree in context.manifests():
        is_new = context.changes.get(manifest.path) == "A"
        # One that is not new is asked for less: where a new one has no fault, it has none.
        for new in (True, is_new):
            find = partial(_findings, context.head, manifest, tree, new)
            found = context.manifest_findings(RULE.id, manifest, tree, new, find)
            if not found:
                break
        yield from found


def _findings(head: Snapshot, manifest: Release, tree: Snapshot, is_new: bool) -> Iterator[Diagnostic]:
    try:
        found = list(manifest_differences(manifest, tree.tracking, tree, is_new=is_new))
    except Error as error:
        yield head.document(manifest.path).problem(RULE.id, error.message, ("artifacts",), help=error.help)
        return
    command = f"mlops-gitops release {manifest.model} {manifest.version}"
    help = f"write it again: {command}, with --local in a branch of your own"
    for route, message in found:
        yield head.document(manifest.path).problem(RULE.id, message, route, help=help)
    if _prohibited(manifest, tree):
        message = f"the card puts {manifest.model} in the risk class prohibited: it cannot be released"
        yield head.document(manifest.path).problem(RULE.id, message, ("model",))


def _prohibited(manifest: Release, tree: Snapshot) -> bool:
    card = tree.card(manifest.model)
    return card is not None and card.risk == "prohibited"


RULE = Rule(
    "release-digests",
    __doc__,
    check,
    Scope.BASE,
    ok=((new_release("1.2.0"),), profiled_release("1.2.0")),
    bad=(
        (Edit("releases/churn/1.2.0.yaml", "1.0.0", "1.2.0", copy="releases/churn/1.0.0.yaml"),),
        (new_release("1.2.0"), Edit(PROFILE_PATH, None, PROFILE)),
    ),
)
