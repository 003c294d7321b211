"""A relaxing decision on the base counts only with a receipt that proves its role's approval.

A decision relaxes a rule on the approval of its role, and a file on the branch does not prove that anybody gave one.
It looks for decisions on the base, of every type but quarantine, without a receipt that proves it, and warns that
they are ignored.

If no receipt was written yet, run `mlops-gitops record`. If it was merged without the approval, write the decision
again under another name, and carry it with what it is for.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each decision that is ignored."""
    for entry in context.ledger.unproven() if context.ledger else ():
        path = entry.record.path
        message = f"{path} is ignored: no receipt proves that its role approved it"
        span = context.head.document(path).span(("role",))
        owed = context.ledger is not None and entry.tag not in context.ledger.receipts
        again = "write it again under another name, and carry it: promote --decision PATH"
        yield Diagnostic(RULE.id, Severity.WARNING, message, span, "mlops-gitops record" if owed else again)


RULE = Rule("unproven-decision", __doc__, check, Scope.BASE, severities=(Severity.WARNING,), about="Decision")
