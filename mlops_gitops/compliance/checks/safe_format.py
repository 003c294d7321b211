"""Every artifact of the card is in a format that holds no code: the rule unsafe-format holds."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, rule_holds
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "safe-format",
    __doc__,
    rule_holds("unsafe_format", "no artifact is in a format that holds code"),
    Status.PASSED,
    bad=((Edit(CARD, "model.skops", "model.pkl"),),),
)
