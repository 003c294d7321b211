"""The card pins evidence of robustness or security by its digest.

What the evidence says is not looked at.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, evidence_of
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "robustness",
    __doc__,
    evidence_of("robustness", "security"),
    Status.PRESENT,
    rests_on="bytes",
    bad=((Edit(CARD, "type: robustness", "type: evaluation"),),),
)
