"""The stage that made the explanation read the released artifact and the data of its evaluation, by dvc.lock.

What the explanation says is not looked at, unless the answers that it depends on contradict it.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.explanations.level import Level
from mlops_gitops.compliance.explanations.looks import at_least
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "explanation-linked",
    __doc__,
    at_least(Level.LINKED),
    Status.PASSED,
    rests_on="bytes",
    bad=(
        (Edit(CARD, "type: explainability", "type: evaluation"),),
        (Edit("dvc.lock", "reports/explain.json", "x.json"),),
    ),
)
