"""A waiver names a rule whose errors may be let pass.

A waiver of a rule that does not exist lets nothing pass while its authors believe it does. And some rules cannot be
waived at all: those that keep promotions, approvals, digests and records honest would be worth nothing if they could.

`mlops-gitops rules` says of each rule whether a waiver can let its errors pass. Once its last day is over, a waiver is
history and is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each waiver in force that can let nothing pass."""
    known = [name.replace("_", "-") for name in plugins.names("policy.rules")]
    for waiver in context.head.records(decision.KIND, Decision):
        if waiver.type != "waiver" or waiver.expired(context.today):
            continue
        document = context.head.document(waiver.path)
        if not context.head.tree.exists(waiver.file):
            message = f"there is no file {waiver.file}, so nothing in it can be let pass"
            yield document.problem(RULE.id, message, ("subject", "path"))
        if waiver.rule not in known:
            help = did_you_mean(waiver.rule, known, "mlops-gitops rules")
            yield document.problem(RULE.id, f"there is no rule {waiver.rule!r}", ("subject", "rule"), help=help)
        elif not plugins.load("policy.rules", waiver.rule.replace("-", "_"), "RULE").waivable:
            message = f"the errors of {waiver.rule} cannot be waived"
            yield document.problem(RULE.id, message, ("subject", "rule"), help=f"mlops-gitops rules {waiver.rule}")


def _waiver(about: str) -> Edit:
    text = f"""apiVersion: mlops-gitops/v1
kind: Decision
type: waiver
subject: {{rule: {about}, path: models/churn/README.md}}
role: operations
by: bob
reason: The vendor ships a pickle.
expires: 2026-03-31
"""
    return Edit("decisions/2026-01-06-pickle.yaml", None, text)


RULE = Rule(
    "waiver-subject",
    __doc__,
    check,
    Scope.FILE,
    about="Decision",
    kinds=("Decision",),
    ok=((_waiver("unsafe-format"),),),
    bad=((_waiver("approvals"),), (_waiver("unsafe-formats"),)),
)
