"""A relaxing decision on the base counts only with a receipt that proves its role's approval."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each decision that is ignored."""
    for entry in context.ledger.unproven() if context.ledger else ():
        path = entry.record.path
        message = f"{path} is ignored: no receipt proves that its role approved it"
        span = context.head.document(path).span(("role",))
        owed = context.ledger is not None and entry.tag not in context.ledger.receipts
        again = "write it again under another name, and carry it: promote --decision PATH"
        yield Diagnostic(RULE.id, Severity.WARNING, message, span, "mlops-gitops record" if owed else again)


RULE = Rule("unproven-decision", __doc__, check, Scope.BASE)
