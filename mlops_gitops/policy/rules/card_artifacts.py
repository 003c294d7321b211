"""The card names the bytes it describes: the digest it gives for an artifact is the one DVC tracks.

A card outlives many trainings. Where it says which bytes it is about (`md5:` of `mlops.artifacts`), a retrained model
cannot borrow what was written of an earlier one. A card that does not say it is about whatever is released with it.

Leave `md5:` blank, and `--fix` fills it in. A digest that differs is not touched: read the card again with the new
model in mind, then write the new one.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.document import Document
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.records.card import Card, CardArtifact
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each artifact whose digest is blank, or of other bytes."""
    tracking = context.head.tracking
    for model_card in context.head.records(card.KIND, Card):
        document = context.head.document(model_card.path)
        for n, artifact in enumerate(model_card.artifacts):
            yield from _artifact(tracking, document, n, artifact)


def _artifact(tracking: Tracking, document: Document, n: int, artifact: CardArtifact) -> Iterator[Diagnostic]:
    route = ("mlops", "artifacts", n, "md5")
    if artifact.md5 is None and not artifact.blank:
        return
    output = tracking.output(artifact.path)
    if output is None:
        from mlops_gitops.pipelines import dvc_commands  # a hook that finds no fault does not wait for it

        reason, help = dvc_commands.untracked(tracking.tree, artifact.path, tracking.untracked_reason(artifact.path))
        message = f"the digest of {artifact.path} cannot be compared: {reason}"
        yield document.problem(RULE.id, message, route, help=help)
    elif artifact.md5 is None:
        digest = str(output.pin.md5)
        fix = (
            document.rewrite_fix(route, f' "{digest}"', f"write md5: {digest}")
            if not document.source_text(route)
            else None
        )
        message = f"the digest of {artifact.path} is blank"
        yield document.problem(RULE.id, message, route, help=f"it is {digest}", fix=fix)
    elif artifact.md5 != output.pin.md5:
        message = f"this card describes other bytes of {artifact.path}: {output.source} has {output.pin.md5}"
        help = "read the card again with this model in mind, then write its new md5 (validate --fix fills in a blank)"
        yield document.problem(RULE.id, message, route, help=help)


RULE = Rule(
    "card-artifacts",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    waivable=True,
    ok=((Edit("models/churn/README.md", "model.skops}", f"model.skops, md5: {'b' * 31}1}}"),),),
    bad=(
        (Edit("models/churn/README.md", "model.skops}", f"model.skops, md5: {'a' * 31}1}}"),),
        (Edit("models/churn/README.md", "model.skops}", "model.skops, md5: }"),),
    ),
)
