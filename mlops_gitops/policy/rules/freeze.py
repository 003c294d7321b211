"""Nothing is promoted to an environment while it is frozen.

There are days on which nobody watches, or on which nothing may change. It looks at `policies.freeze` of the base's
mlops.yaml, whose days and times are UTC, and for a file FREEZE at the root of the base, which freezes every environment
until it is removed. A rollback passes: it is how an incident ends. `audit` asks it again of every merge.

Wait until the freeze is over, or carry a decision of type override with `skip: freeze`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.decisions import unlisted_override
from mlops_gitops.promotion.freeze import freeze_reason
from mlops_gitops.records.promotion import BACK
from mlops_gitops.repository.context import Context

_HELP = "wait, or carry a decision of type override with skip: freeze (promote … --decision PATH)"


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record of a frozen environment, rollbacks and overrides left out."""
    for record in context.promotions():
        reason = freeze_reason(context, record.environment) if record.action not in BACK else None
        if reason is None:
            continue
        document = context.head.document(record.path)
        override = context.override("freeze", record)
        if override is None:
            yield document.problem(RULE.id, reason, ("predicate", "environment"), help=_HELP)
        elif message := unlisted_override(record, override, "freeze"):
            help = f"run again: {record.command()}"
            yield document.problem(RULE.id, message, ("predicate", "decisions"), help=help)


RULE = Rule("freeze", __doc__, check, Scope.PULL, about="Promotion", standing=True)
