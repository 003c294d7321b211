"""A release of each model would be accepted, as the files are here.

What `release` refuses is found only after a merge, and costs a second pull request to fix. This composes the manifest
that `release --local` would write of the files here, without the bytes, and asks every rule of it: whether DVC tracks
each artifact and each evaluation file, whether the evaluation read this very artifact, whether a stage is stale,
whether the risk class lets it be released.

Do what the fix below each says, in the same pull request.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok
from mlops_gitops.policy.rule import Edit


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each refusal of each model."""
    for model in facts.candidate.models:
        refusals = list(facts.candidate.refusals(model))
        yield from (fault(f"{model}: {refusal.message}", refusal.help or "fix it") for refusal in refusals)
        if not refusals:
            yield ok(f"{model}: a release would be accepted")
    if not facts.candidate.models:
        yield not_needed("there is no model yet")


_CARD = "models/churn/README.md"

CHECKUP = Checkup(
    "releasable",
    __doc__,
    examine,
    Part.RELEASE,
    bad=(
        Case((Edit("dvc.lock", "path: models/churn/model.skops", "path: models/churn/other.skops"),), local=True),
        Case((Edit(_CARD, "class: limited", "class: prohibited"),), local=True),
        Case((Edit("models/churn/kpis.yaml", "path: data/holdout.csv", "path: data/none.csv"),), local=True),
        Case((Edit("dvc.lock", "1 # read by evaluate", "2 # read by evaluate"),), local=True),
        Case((Edit(_CARD, None, None),), local=True),
    ),
)
