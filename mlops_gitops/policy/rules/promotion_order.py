"""A release enters an environment only after each environment it comes after, with a receipt there.

Staging is worth little if a release may go round it. For each environment in `after:` it asks for a record of that
release whose receipt proves its approvals: at any time, or as what runs there now where `order: current` is set. It
also compares the upstream digests the record names with those of the base. A receipt that is not here leaves it
undecided (exit code 3).

Promote to the environment it names, merge, and run `mlops-gitops record`, which writes the receipt. Where that cannot
wait, a decision of type override with `skip: order` skips the order, and stays on record.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.examples import PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.decisions import unlisted_override
from mlops_gitops.promotion.order import promotes_release, upstream_records
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each environment that was left out without an override."""
    project, ledger = context.policy.project, context.ledger
    if project is None or ledger is None:
        return
    for record in context.promotions():
        if not record.is_gated or record.environment not in project.environments:
            continue
        found = upstream_records(ledger, project, record.model, record.release, record.environment)
        if record.predicate["upstream"] != found:
            message = "the upstream records are not those of the base"
            span = context.head.document(record.path).span(("predicate", "upstream"))
            named = record.predicate["upstream"]
            unknown = _unknown(ledger, project, record) and all(entry in named for entry in found)
            help = _help(ledger, project, record, found)
            yield Diagnostic(RULE.id, Severity.ERROR, message, span, help, undecided=unknown)
        complete = len(found) == len(project.environments[record.environment].after)
        override = context.override("order", record)
        if not complete and (message := unlisted_override(record, override, "order")):
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "decisions"))
        elif not complete and not override:
            message, undecided = _missing(ledger, project, record)
            span = context.head.document(record.path).span(("predicate", "upstream"))
            help = _help(ledger, project, record, found)
            yield Diagnostic(RULE.id, Severity.ERROR, message, span, help, undecided=undecided)


def _missing(ledger: Ledger, project: Project, record: Promotion) -> tuple[str, bool]:
    """What is missing, and whether a receipt that is not here could still prove it."""
    target = project.environments[record.environment]
    release = f"{record.model} {record.release}"
    name = next(name for name in target.after if not ledger.standing(name, record.model, record.release, target.order))
    chain = ledger.settled(name, record.model)
    ran = [entry for entry in chain if promotes_release(entry.record, record.release)]
    if not ran:
        return f"{release} has not been in {name}, which comes before {record.environment}", False
    if target.order == "current" and not promotes_release(chain[-1].record, record.release):
        return f"{release} is not what {name} runs now, and {record.environment} asks for that", False
    message = f"{release} has been in {name}, but no receipt proves its approval there"
    return message, _unknown(ledger, project, record)


def _unknown(ledger: Ledger, project: Project, record: Promotion) -> bool:
    """Whether a receipt that is not here could prove more than those that are."""
    entries = (e for name in project.environments[record.environment].after for e in ledger.settled(name, record.model))
    return any(promotes_release(e.record, record.release) and e.tag not in ledger.receipts for e in entries)


def _help(ledger: Ledger, project: Project, record: Promotion, found: list[dict[str, str]]) -> str:
    if _unknown(ledger, project, record):
        return "mlops-gitops record"
    missing = set(project.environments[record.environment].after) - {entry["environment"] for entry in found}
    name = sorted(missing)[0] if missing else record.environment
    return (
        f"mlops-gitops promote {record.model} --to {name} --release {record.release}, merge, then mlops-gitops record"
    )


RULE = Rule(
    "promotion-order",
    __doc__,
    check,
    Scope.BASE,
    standing=True,
    bad=((PROMOTED_TO_PRODUCTION,),),
)
