"""The released model, run again in a sandbox, gives the answers to permuted rows that the explanation depends on.

It is run by `governance --re-run` alone, in a job without secrets; everywhere else this is not available.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.explanations.level import Level
from mlops_gitops.compliance.explanations.looks import at_least
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.policy.rule import Edit

CHECK = Check(
    "explanation-re-run",
    __doc__,
    at_least(Level.RE_RUN),
    Status.PASSED,
    rests_on="bytes",
    bad=((Edit(CARD, "type: explainability", "type: evaluation"),),),
)
