"""A chat tool hears of an issue that opens or closes, and not of each window in between."""

from __future__ import annotations

from monitoring.observations import drift, observed

from mlops_gitops.forges.issue import Issue, IssueChange, Step
from mlops_gitops.monitoring.alarms.notice import notice
from mlops_gitops.monitoring.outcome import Outcome
from mlops_gitops.records.monitoring import DataDrift, Watch

WATCH = Watch("drift", "data_drift", DataDrift(("age",), "psi", 0.1))
ISSUE = Issue("monitoring/production/churn/drift", "x", "x", number=7, url="https://github.com/o/r/issues/7")


def test_the_message_of_each_step() -> None:
    finding = drift(0.3, about="<!channel>", reason="<!channel> drifts")
    window = observed(0, finding)
    said = {step: notice(WATCH, [window], IssueChange(step, ISSUE)) for step in Step}
    assert [step for step, message in said.items() if message] == ["open", "reopen", "close"]
    message = said[Step.OPEN]
    assert message == {
        "version": 1, "model": "churn", "environment": "production", "watch": "drift", "outcome": "alarm",
        "issue": "https://github.com/o/r/issues/7",
        "text": "churn in production, 2026-01-05 to 2026-01-12: drift is ALARM. https://github.com/o/r/issues/7",
    }  # fmt: skip
    assert notice(WATCH, [window], IssueChange(Step.NOTHING, None)) is None


def test_an_issue_without_an_address_is_named_by_its_number() -> None:
    finding = drift(0.3)
    local = Issue(ISSUE.key, "x", "x", number=7)
    message = notice(WATCH, [observed(0, finding)], IssueChange(Step.OPEN, local))
    assert message and message["issue"] == "#7" and message["text"].endswith("drift is ALARM. (issue #7)")


def test_an_issue_that_a_stopped_run_left_out_is_told_by_its_alarm() -> None:
    windows = [observed(0, drift(0.3)), observed(1, drift(0.1, Outcome.INCONCLUSIVE))]
    message = notice(WATCH, windows, IssueChange(Step.OPEN, ISSUE))
    assert message and message["outcome"] == "alarm" and "2026-01-05 to 2026-01-12" in message["text"]
