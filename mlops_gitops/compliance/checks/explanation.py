"""The card pins an explanation of the model by its digest.

What the explanation says, and whether it is of this model, is not looked at here.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, evidence_of
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "explanation",
    __doc__,
    evidence_of("explainability"),
    Status.PRESENT,
    rests_on="bytes",
    bad=((Edit(CARD, "type: explainability", "type: evaluation"),),),
)
