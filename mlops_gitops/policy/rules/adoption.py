"""A model is adopted only while the base's mlops.yaml allows it, and the record lists what that skips.

An adoption puts a release into an environment without gates, and without the environments that come before. Any model
could enter production that way, so by default nothing is adopted. It looks at `policies.adopt` of the base's
mlops.yaml, whose last day is a whole UTC day, and `audit` asks it again of every merge. It also compares `skipped` of a
new adoption, which no other record has, with the gates of the base's KPIs and the `after:` of the environment.

Promote the model; if it runs there since before the tool came, merge a `policies.adopt`, or a later day in it, in a
pull request of its own first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.adoption import adoption_refusal, skipped_by_adoption
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each adoption that is not allowed, and each record whose list of what it skips is wrong."""
    for record in context.promotions():
        refused = adoption_refusal(context, record.environment) if record.action == "adopt" else None
        if refused:
            message, help = refused
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "action"), help=help)
        elif wrong := _untrue(context, record):
            help = f"run again: {record.command()}"
            yield context.head.document(record.path).problem(RULE.id, wrong, ("predicate", "skipped"), help=help)


def _untrue(context: Context, record: Promotion) -> str | None:
    """What is wrong with the list of a record, by the base that judges it."""
    if record.action != "adopt":
        return None if record.skipped is None else f"a record of action {record.action} skips nothing"
    wanted = skipped_by_adoption(context.base, record.model, record.environment) if context.base else None
    if wanted is None or record.skipped == wanted:
        return None
    gates, order = (", ".join(wanted[name]) or "none" for name in ("gates", "order"))
    return f"this adoption skips these gates: {gates}; and these environments: {order}; its record says otherwise"


RULE = Rule(
    "adoption",
    __doc__,
    check,
    Scope.BASE,
    standing=True,
    bad=(
        (
            PROMOTED_TO_PRODUCTION,
            Edit(PRODUCTION_RECORD, '"promote"', '"adopt"'),
        ),
    ),
)
