"""A release is made by the sources, data and parameters of the tree that adds it: none of its stages is stale.

A manifest says which stage made the model and what it read. Where a source file or a parameter has changed since that
run, the commit that is released is not the one that made the bytes, and nobody can make them again from it.

Run `dvc repro`, commit dvc.lock, then release again. Only what is certain counts: a file or a parameter that differs.
The other causes are warnings of `stale-lock`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.pipelines.staleness import Cause, Staleness
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context

RELEASE = Edit("releases/churn/1.2.0.yaml", "1.1.0", "1.2.0", copy="releases/churn/1.1.0.yaml")
PARAMETER = Edit("dvc.yaml", "deps: [data/train.csv]", "deps: [data/train.csv], params: [train.rows]")


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each stale stage behind a manifest, and each cause."""
    for its, tree in context.manifests():
        document = context.head.document(its.path)
        for cause in _causes(its, Staleness(tree.tree)):
            route = ("lineage",) if its.lineage and its.lineage.stage == cause.stage else ("artifacts",)
            help = f"run dvc repro, commit dvc.lock, then release {its.model} {its.version} again"
            yield document.problem(RULE.id, cause.message, route, help=help)


def _causes(its: Release, staleness: Staleness) -> Iterator[Cause]:
    artifacts = {pin.path for pin in its.artifacts}
    for run in staleness.upstream(pin.path for pin in (*its.artifacts, *its.evaluation.values())):
        # Whether an evaluation read this very artifact is evaluation-linked's to say.
        yield from (cause for cause in staleness.causes(run) if cause.sure and cause.path not in artifacts)


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
