"""A release enters an environment only after it has run long enough in each environment it comes after.

Many faults show only after hours of real use. Where mlops.yaml gives an environment a `soak:`, a release must have run
there without a break for that long, counted from the forge's time of the merge, which the receipt holds; another
release that takes its place ends it. With `hold_while_soaking: true` nothing is promoted to that environment itself
meanwhile. A time that no receipt tells leaves it undecided (exit code 3), and `audit` asks it again of every merge.

Wait until the time it prints. A rollback never waits; a decision of type override with `skip: soak` ends the wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.decisions import unlisted_override
from mlops_gitops.promotion.soak import soak_waits
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each environment that was not soaked in, or that is held, without an override."""
    project, ledger = context.project, context.ledger
    if project is None or ledger is None:
        return
    for record in context.promotions():
        if not record.is_gated or record.environment not in project.environments:
            continue
        document = context.head.document(record.path)
        waits = list(soak_waits(ledger, project, record.model, record.release, record.environment, context.moment))
        override = context.override("soak", record)
        if waits and (message := unlisted_override(record, override, "soak")):
            help = f"run again: {record.command()}"
            yield document.problem(RULE.id, message, ("predicate", "decisions"), help=help)
        for wait in waits if not override else ():
            span = document.span(("predicate", "environment"))
            yield Diagnostic(RULE.id, Severity.ERROR, wait.message, span, wait.help, undecided=wait.undecided)


RULE = Rule("soak", __doc__, check, Scope.PULL, about="Promotion", standing=True)
