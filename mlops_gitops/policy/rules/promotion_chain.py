"""A new promotion record follows the one before it: next in sequence, naming its digest and what it replaces.

Of two promotions that race for one environment, the second was measured against a baseline that is gone; and a record
that names no predecessor could be slipped in or left out unseen. It compares `sequence`, `previous` and `replaces` of
each new record with the newest record of that model and environment on the base. A change may hold one record for
each of them, and an adoption must be the first.

Run the command it prints again, on the base as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.adoption import nothing_to_adopt
from mlops_gitops.promotion.order import replaced_by
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that does not continue its chain."""
    seen: set[tuple[str, str]] = set()
    for record in context.promotions():
        key = (record.environment, record.model)
        if key in seen:
            message = f"this change holds a second record for {record.model} in {record.environment}"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "sequence"))
            continue
        seen.add(key)
        last = context.ledger.newest(*key) if context.ledger else None
        for name, wanted in _expected(last, record.action).items():
            if record.predicate[name] != wanted:
                message = f"{name} is {record.predicate[name]}, and what {record.environment} runs makes it {wanted}"
                help = f"the base has moved; run again: {record.command()}"
                yield context.head.document(record.path).problem(RULE.id, message, ("predicate", name), help=help)
        if record.action == "adopt" and last is not None:
            yield context.head.document(record.path).problem(
                RULE.id, nothing_to_adopt(record.environment), ("predicate", "action")
            )


def _expected(last: Entry | None, action: str) -> dict[str, object]:
    if last is None or not isinstance(last.record, Promotion):
        return {"sequence": 1, "previous": None, "replaces": None}
    record = last.record
    return {"sequence": record.sequence + 1, "previous": record.digest, "replaces": replaced_by(record, action)}


_NEXT = "promotions/staging/churn/0002.json"
RULE = Rule(
    "promotion-chain",
    __doc__,
    check,
    Scope.BASE,
    bad=((Edit(_NEXT, '"sequence": 1', '"sequence": 2', copy="promotions/staging/churn/0001.json"),),),
)
