"""Each model has a KPI with a gate: nothing is promoted ungated.

`init` proposes thresholds as comments, since a number that nobody agreed to decides nothing. Until one of them is a
gate, `promote` refuses every release of the model, which most teams notice after the first release.

Agree on a threshold, make it a `gate:` in the model's kpis.yaml, and merge it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok
from mlops_gitops.policy.examples import GATE, kpis_edit
from mlops_gitops.promotion.preconditions import ungated


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each model whose KPIs can be read; of the others `releasable` tells."""
    known = [found for model in facts.candidate.models if (found := facts.candidate.files.kpis(model))]
    for kpis in known:
        refusal = ungated(kpis)
        yield fault(refusal.message, refusal.help, kpis.path) if refusal else ok(f"{kpis.model} has a gate")
    if not known:
        yield not_needed("no model has KPIs that can be read")


CHECKUP = Checkup(
    "gates-agreed",
    __doc__,
    examine,
    Part.RELEASE,
    ok=(Case(kpis_edit("kpis:", "kpis: #"), local=True),),
    bad=(Case(kpis_edit(f"    {GATE}\n", ""), local=True),),
)
