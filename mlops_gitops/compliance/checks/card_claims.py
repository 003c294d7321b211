"""Every number that the card claims is one that was measured: the rule card-claims holds."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD, rule_holds
from mlops_gitops.policy.rule import Edit

_METRIC = "{task: {type: t}, dataset: {type: d, name: D}, metrics: [{type: accuracy, value: 0.99}]}"
_CLAIM = f"license: apache-2.0\nmodel-index: [{{name: churn, results: [{_METRIC}]}}]"
CHECK = Check(
    "card-claims",
    __doc__,
    rule_holds("card_claims", "no number of the card differs from the measured one"),
    Status.PASSED,
    bad=((Edit(CARD, "license: apache-2.0", _CLAIM),),),
)
