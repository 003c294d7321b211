"""Every model with a release has a model card and KPIs."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records import card, kpis


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a model and missing file."""
    head = context.head
    first = {release.model: release for release in reversed(list(head.releases()))}
    for model, release in sorted(first.items()):
        for kind, what in ((card.KIND, "model card"), (kpis.KIND, "KPIs file")):
            path = head.path_of(kind, model=model)
            if not head.tree.exists(path):
                message = f"{model} has releases and no {what}: there is no {path}"
                yield head.document(release.path).problem(RULE.id, message, ("model",))


RULE = Rule(
    "card-and-kpis",
    __doc__,
    check,
    bad=((Edit("models/churn/kpis.yaml", None, None),), (Edit("models/churn/README.md", None, None),)),
)
