"""Which files of other models a change brings up, and that the rules find the same in its own."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Edit, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

RELEASE, KPIS = "releases/fraud/1.0.0.yaml", "models/fraud/kpis.yaml"
FIRST, SECOND = (f"promotions/staging/fraud/{number:04}.json" for number in (1, 2))
FRAUD = tuple(Edit(path, None, "{}\n") for path in (RELEASE, KPIS, FIRST, SECOND))  # none of them is valid
LOCK = "dvc.lock"
ALL = {RELEASE, KPIS, FIRST, SECOND}

RECORD = Edit("promotions/staging/churn/0002.json", None, "{}\n")
STATE = Edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "1.1.0"')
NOTES = Edit("models/churn/notes.txt", None, "Calls are made on Mondays.\n")
PROJECT = Edit("mlops.yaml", "branch: main", "branch: trunk")
OTHERS = Edit(KPIS, None, "[]\n")


def _found(change: Edit, *, known: bool) -> set[str]:
    """The files that are found fault with in a change, where it is known what differs, or where it is not."""
    base, head = sample.edited(FRAUD), sample.edited((*FRAUD, change))
    changes = {change.path: "M" if change.path in base else "A"}
    paths = frozenset(changes) if known else None
    trees = Snapshot(Overlay(head)), sample.TODAY, Snapshot(Overlay(base))
    context = Context(*trees, sample.ledger_of(base), changes, paths=paths)
    return {finding.span.path for finding in validate(context, Scope.BASE)}


@cases(
    "change, others",
    [
        (RECORD, set()),  # no file of another model reads a record or a desired state of this one
        (STATE, set()),
        (NOTES, ALL - {RELEASE}),  # a card or KPIs can name any other file, and the newest record is not valid
        (PROJECT, ALL),
        (OTHERS, ALL),  # that is the model which changes
    ],
)
def test_a_change_brings_up_the_files_of_other_models_that_it_could_make_wrong(change: Edit, others: set[str]) -> None:
    known, unknown = (_found(change, known=known) for known in (True, False))
    assert known & ALL == others
    assert known - ALL - {LOCK} == unknown - ALL - {LOCK}  # a stale lock is brought up where a file of DVC changes
