"""Which finding a decision mutes, and until when."""

from __future__ import annotations

from datetime import date

from cases import cases
from monitoring.plans import plan

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring.mutes import muted
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision

ALARM = Finding("scores", "prediction_drift", "issue", Outcome.ALARM, "psi is 0.3")
MUTE = """apiVersion: mlops-gitops/v1
kind: Decision
type: mute
subject: {model: churn, watch: scores, environment: production}
role: operations
by: bob
reason: A campaign.
expires: 2026-01-31
"""
LAST_DAY, DAY_AFTER = date(2026, 1, 31), date(2026, 2, 1)


def mute(old: str = "", new: str = "", *, name: str = "campaign") -> Decision:
    """A decision, with one edit of it."""
    document = parse(f"decisions/{name}.yaml", MUTE.replace(old, new).encode() if old else MUTE.encode())
    assert schema_validation.check(document, "decision") == ()
    return decision.read(document)


def silenced_by(*decisions: Decision, today: date = LAST_DAY, environment: str = "production") -> str | None:
    return muted(ALARM, plan(), environment, decisions, today).muted


def test_a_decision_of_the_owner_mutes_one_watch_in_one_environment() -> None:
    assert silenced_by(mute()) == "decisions/campaign.yaml"
    assert silenced_by(mute(), environment="staging") is None
    assert silenced_by(mute(", environment: production"), environment="staging") == "decisions/campaign.yaml"


def test_a_mute_ends_with_its_last_day() -> None:
    assert silenced_by(mute(), today=DAY_AFTER) is None


@cases(
    "old, new",
    [
        ("watch: scores", "watch: score"),
        ("model: churn", "model: fraud"),
        ("role: operations", "role: data-science"),
        ("type: mute\nsubject: {model: churn, watch: scores, environment: production}",
         "type: waiver\nsubject: {rule: unsafe-format, path: models/churn/README.md}"),
    ],
)  # fmt: skip
def test_what_mutes_nothing(old: str, new: str) -> None:
    assert silenced_by(mute(old, new)) is None


def test_of_several_the_one_that_lasts_longest_counts() -> None:
    longer = mute("01-31", "02-28", name="longer")
    assert silenced_by(longer, mute()) == silenced_by(mute(), longer) == "decisions/longer.yaml"


@cases(
    "old, new, fault",
    [
        ("expires: 2026-01-31\n", "", "the key 'expires' is missing"),
        (", watch: scores", "", "the key 'watch' is missing in subject"),
        ("watch: scores", 'watch: scores, release: "1.0.0"', "subject.release has no place here"),
        ("type: mute", "type: quarantine", "subject.watch has no place here"),
    ],
)
def test_what_is_no_mute(old: str, new: str, fault: str) -> None:
    found = schema_validation.check(parse("decisions/x.yaml", MUTE.replace(old, new).encode()), "decision")
    assert any(fault in problem.message for problem in found), found
