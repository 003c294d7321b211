"""What the base has already does not block a change that leaves it alone, and a release leaves its card not alone."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import existing_as_warnings, validate
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Edit, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

BLANK = Edit("models/churn/README.md", "out_of_scope: Pricing.", "out_of_scope: 'To be written: what for.'")
NOTES = Edit("models/churn/notes.txt", None, "Calls are made on Mondays.\n")


@cases("change, severity", [(new_release("1.2.0"), Severity.ERROR), (NOTES, Severity.WARNING)])
def test_only_a_new_manifest_is_held_to_the_errors_its_card_has_on_the_base(change: Edit, severity: Severity) -> None:
    base, head = sample.edited((BLANK,)), sample.edited((BLANK, change))
    context = Context(
        Snapshot(Overlay(head)), sample.TODAY, Snapshot(Overlay(base)), sample.ledger_of(base), {change.path: "A"}
    )
    found = existing_as_warnings(context, validate(context, Scope.BASE))
    assert [d.severity for d in found if d.rule == "card-placeholders"] == [severity]
