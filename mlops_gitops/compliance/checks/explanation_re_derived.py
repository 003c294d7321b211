"""The numbers of the explanation follow from the answers to permuted rows, and these from what is released.

Of a model whose pipeline_tag is not tabular, it must be linked: nothing of such an explanation is derived again.
Whether the model gives the answers to the permuted rows is not looked at.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.explanations.level import Level
from mlops_gitops.compliance.explanations.looks import at_least
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "explanation-re-derived",
    __doc__,
    at_least(Level.RE_DERIVED, elsewhere=Level.LINKED),
    Status.PASSED,
    rests_on="bytes",
    bad=(
        (Edit(CARD, "type: explainability", "type: evaluation"),),
        (Edit("dvc.lock", "reports/explain.json", "x.json"),),
    ),
)
