"""What keeps a release out of an environment: a quarantine, a rollback from it, and which lift ends them."""

from __future__ import annotations

from typing import TypeAlias

from cases import cases
from messages import lacking
from past import COMMIT, Ran, context, ledger, time

from mlops_gitops.core.canonical import sha256
from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.quarantine import block_reason
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.repository.ledger import Entry, Ledger

OUTAGE = Edit("decisions/2026-01-05-outage.yaml", None, None)  # of the sample: it is not about this
BEFORE = (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(9)))
BACK = Ran("staging", "1.0.0", time(10), action="rollback")
QUARANTINE = ("quarantine", "{model: churn, release: 1.1.0}")
LIFT = ("lift", "{model: churn, release: 1.1.0}")
LIFT_THERE = ("lift", "{model: churn, release: 1.1.0, environment: staging}")
LIFT_ELSEWHERE = ("lift", "{model: churn, release: 1.1.0, environment: production}")
LIFT_OTHER = ("lift", "{model: churn, release: 1.0.0, environment: staging}")
Step: TypeAlias = Ran | tuple[str, str]


def _history(*steps: Step) -> Ledger:
    """What ran and what was decided, in order, all of it approved."""
    past = Ledger(())
    for step in steps:
        past = ledger(step, below=past) if isinstance(step, Ran) else _decided(past, *step)
    return past


def _decided(past: Ledger, type: str, subject: str) -> Ledger:
    text = (
        f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {type}\nsubject: {subject}\n"
        f"role: operations\nby: bob\nreason: It leaks.\n"
    )
    number = len(past.entries)
    record = decision.KIND.read(parse(f"decisions/{number}.yaml", text.encode()))
    assert isinstance(record, Decision)
    entry = Entry(record, f"sha256:{sha256(text.encode())}", COMMIT, number)
    receipt = Receipt(entry.tag, COMMIT.sha, record.path, entry.digest, COMMIT.sha, MET, "local", {})
    return Ledger((*past.entries, entry), {**past.receipts, entry.tag: receipt})


def _reason(*steps: Step) -> str | None:
    now = context(_history(*steps), (OUTAGE,))
    release = now.head.release("churn", "1.1.0")
    assert release is not None
    return block_reason(now, release, "staging")


@cases(
    "steps, facts",
    [
        ((*BEFORE, BACK), ("staging", "rolled back from churn 1.1.0", "promotions/staging/churn/0003.json")),
        ((*BEFORE, BACK, LIFT_ELSEWHERE), ("rolled back from churn 1.1.0",)),
        ((*BEFORE, BACK, LIFT_OTHER), ("rolled back from churn 1.1.0",)),
        # A lift is about what was held before it.
        ((*BEFORE, LIFT_THERE, BACK), ("rolled back from churn 1.1.0",)),
        ((*BEFORE, BACK, LIFT_THERE, BEFORE[1], BACK), ("promotions/staging/churn/0005.json",)),
        ((QUARANTINE,), ("churn 1.1.0", "quarantined", "decisions/0.yaml", "It leaks")),
        ((QUARANTINE, LIFT_THERE), ("churn 1.1.0", "quarantined")),
        ((LIFT, QUARANTINE), ("churn 1.1.0", "quarantined", "decisions/1.yaml")),
        ((QUARANTINE, LIFT, QUARANTINE), ("churn 1.1.0", "quarantined", "decisions/2.yaml")),
    ],
)
def test_a_release_is_kept_out(steps: tuple[Step, ...], facts: tuple[str, ...]) -> None:
    reason = _reason(*steps)
    assert reason is not None and not lacking(reason, *facts), reason


@cases("steps", [BEFORE, (*BEFORE, BACK, LIFT_THERE), (*BEFORE, BACK, BEFORE[1]), (QUARANTINE, LIFT)])
def test_a_release_may_enter(steps: tuple[Step, ...]) -> None:
    assert _reason(*steps) is None
