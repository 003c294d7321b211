"""Every model with a release has a model card and KPIs.

A release that nobody described cannot be reviewed, and one without KPIs cannot be gated. For each model with a valid
release manifest it looks for the model card and the KPIs at their places below the models folder, and tells what is
missing at the first of the model's manifests: that is the file a waiver names.

Write the missing file (`mlops-gitops init` drafts what DVC tells), or bring back the one that was removed. A waiver
suits a model on its way out; without KPIs on the base it is still not promoted.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import card, kpis
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a model and missing file."""
    head = context.head
    first = {release.model: release for release in reversed(list(head.releases()))}
    for model, release in sorted(first.items()):
        for kind, name in ((card.KIND, "model card"), (kpis.KIND, "KPIs file")):
            path = head.path_of(kind, model=model)
            if not head.tree.exists(path):
                message = f"{model} has releases and no {name}: there is no {path}"
                yield head.document(release.path).problem(RULE.id, message, ("model",))


RULE = Rule(
    "card-and-kpis",
    __doc__,
    check,
    waivable=True,
    bad=((Edit("models/churn/kpis.yaml", None, None),), (Edit("models/churn/README.md", None, None),)),
)
