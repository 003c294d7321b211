"""What the audit finds about the release of a retraining: no record of it, or who started it approved it."""

from __future__ import annotations

import sample
from cases import cases
from messages import lacking
from past import COMMIT
from retraining.decided import chained, decided, run

from mlops_gitops.audit.retraining_releases import retraining_release_findings
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import RETRAINED, RETRAINING
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.chain import RetrainingChain, RetrainingChains

DECIDED = decided()
assert DECIDED.cause
RELEASE = Release(
    "releases/churn/1.2.0.yaml", "churn", "1.2.0", (Pin("m.skops", md5="a" * 32),), Pin("README.md"), Pin("kpis.yaml"),
    {}, None, None, retraining_cause=DECIDED.cause.digest,
)  # fmt: skip
APPROVALS = [{"role": "data-science", "by": "carol", "at": ""}, {"role": "operations", "by": "bob", "at": ""}]


def _findings(version: str = "1.2.0", by: str = "") -> list[Diagnostic]:
    """Those of a release that carol and bob approved, and of a retraining that `by` started."""
    entry = Entry(RELEASE, RELEASE.rendered_digest, COMMIT, 0)
    receipt = Receipt(
        entry.tag, COMMIT.sha, RELEASE.path, entry.digest, COMMIT.sha, MET, "local", {"approvals": APPROVALS}
    )
    base = Snapshot(Overlay(sample.edited((Edit(RETRAINING, None, RETRAINED),))))
    policy = PolicyHistory(Ledger((entry,), {entry.tag: receipt}), lambda _: base)
    records = tuple(chained((decided(by=by), run(version=version))))
    chains = RetrainingChains({"churn": RetrainingChain("churn", records)}, ())
    return list(retraining_release_findings(policy, chains, None, [entry]))


def test_a_release_that_its_record_bears_out() -> None:
    assert _findings() == [] == _findings(by="alice")


@cases("version, by, undecided, facts", [
    ("1.3.0", "", True, ("no record", "1.2.0", COMMIT.sha[:10])),
    ("1.2.0", "carol", False, ("carol started the retraining", "churn@v1.2.0", "data-science")),
])  # fmt: skip
def test_one_that_it_does_not(version: str, by: str, undecided: bool, facts: tuple[str, ...]) -> None:
    (found,) = _findings(version, by)
    assert (found.rule, found.span.path, found.undecided) == ("retraining-record", RELEASE.path, undecided)
    assert not lacking(found.message, *facts), found.message
