"""The DVC remote is configured, can be reached, and holds the bytes that a release would pin.

A release pins digests, and a fetch reads the bytes from the DVC remote: what lies on one machine only cannot
be released. It looks for each artifact and each evaluation file of each model in its remote, as `release` does.

`dvc remote add`, commit .dvc/config, then `dvc push`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.errors import UNDECIDED
from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.forges.settings import Unknown


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each file that is not there, and each model whose files are."""
    stored = facts.candidate.stored
    if isinstance(stored, Unknown):
        yield unverified(stored.reason, "mlops-gitops doctor")
        return
    for model, refusals in stored.items():
        for refusal in refusals:
            if refusal.exit_code == UNDECIDED:
                yield unverified(refusal.message, refusal.help)
            else:
                yield fault(refusal.message, refusal.help or "dvc push")
        if not refusals:
            yield ok(f"{model}: the DVC remote holds what a release would pin")
    if not stored:
        yield not_needed("no model has a file to look for")


_NOT_PUSHED = ("models/churn/model.skops is not in the DVC remote 'storage'", "dvc push")

CHECKUP = Checkup(
    "bytes-pushed",
    __doc__,
    examine,
    Part.RELEASE,
    bad=(Case(stored=(_NOT_PUSHED,), local=True),),
    unsure=(Case(stored=None, local=True),),
)
