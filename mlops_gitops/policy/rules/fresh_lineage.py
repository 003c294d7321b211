"""A release is made by the sources, data and parameters of the tree that adds it: none of its stages is stale.

A manifest says which stage made the model and what it read. Where a source file or a parameter has changed since that
run, the commit that is released is not the one that made the bytes, and nobody can make them again from it.

Run `dvc repro`, commit dvc.lock, then release again. Only what is certain counts: a file or a parameter that differs.
The other causes are warnings of `stale-lock`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.pipelines.staleness import Cause, Staleness
from mlops_gitops.policy.examples import PARAMETER, new_release
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

RELEASE = new_release("1.2.0")


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each stale stage behind a manifest, and each cause."""
    for manifest, tree in context.manifests():
        find = partial(_findings, context.head, manifest, tree)
        yield from context.manifest_findings(RULE.id, manifest, tree, None, find)


def _findings(head: Snapshot, manifest: Release, tree: Snapshot) -> Iterator[Diagnostic]:
    for cause in _causes(manifest, Staleness(tree.tree, tree.tracking)):
        route = ("lineage",) if manifest.lineage and manifest.lineage.stage == cause.stage else ("artifacts",)
        help = f"run {cause.help}, commit dvc.lock, then release {manifest.model} {manifest.version} again"
        yield head.document(manifest.path).problem(RULE.id, cause.message, route, help=help)


def _causes(manifest: Release, staleness: Staleness) -> Iterator[Cause]:
    artifacts = {pin.path for pin in manifest.artifacts}
    for run in staleness.upstream(pin.path for pin in (*manifest.artifacts, *manifest.evaluation.values())):
        # Whether an evaluation read this very artifact is evaluation-linked's to say.
        causes = staleness.causes(run, compared=True)
        yield from (cause for cause in causes if cause.sure and cause.path not in artifacts)


RULE = Rule(
    "fresh-lineage",
    __doc__,
    check,
    Scope.BASE,
    waivable=True,
    ok=((RELEASE,), (RELEASE, PARAMETER, Edit("params.yaml", None, "train: {rows: 100}\n"))),
    bad=(
        (RELEASE, Edit("data/train.csv", None, "x\n1\n")),
        (RELEASE, PARAMETER, Edit("params.yaml", None, "train: {rows: 12}\n")),
    ),
)
