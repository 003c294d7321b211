"""A decision as text: no line is longer than a terminal of 80 columns, whatever it is about."""

from __future__ import annotations

from cases import cases
from messages import lines_with
from retraining.decided import COMMIT, STALE, decided
from retraining.known import drift_look, facts, look, looks, policy, rows

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.outcome import Outcome as Seen
from mlops_gitops.reporting.formats.text import REPORTER
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.retraining.decide import Grounds, OpenRetraining, decide
from mlops_gitops.retraining.evidence.facts import FileChange, Importance
from mlops_gitops.retraining.outcome import Blocker, Decision, Hold, Outcome, Verdict
from mlops_gitops.retraining.record import Run, RunOutcome
from mlops_gitops.retraining.tables.check_table import decision_lines, decision_table

LONG = "a-name-of-a-trigger-that-has-the-most-characters-that-it-may-have"[:63]
EVERY = policy(
    "{id: stale, age: 180d}",
    f"{{id: {LONG}, age: 180d}}, {{id: decayed, alarm: auc}}, "
    "{id: drifted, drift: {watch: drift, importance: 20 %}}, {id: labels, new_labels: {rows: 10000}}, "
    "{id: data, changed: data/train.parquet.dvc}",
    "cooldown: 14d",
    "require: {new_rows: 5000}\ncooldown: 14d",
)
KNOWN = facts(
    looks={"auc": looks(look()), "drift": looks(drift_look({"age": Seen.ALARM, "region": Seen.FINE}))},
    importance=Importance({"age": 3.0, "region": 7.0}, "reports/explain.json", f"md5:{'1' * 32}"),
    rows=rows(6000, None, waiting=3),
    changes={"data/train.parquet.dvc": FileChange(f"md5:{'2' * 32}", f"md5:{'3' * 32}.dir")},
    why="the price list changed",
)


def shown(decision: Decision) -> str:
    report = Report({}, (), (decision_table(decision),), tuple(decision_lines(decision)))
    return REPORTER.render(report, PLAIN)


def test_every_trigger_is_shown_with_value_limit_verdict_and_evidence() -> None:
    grounds = Grounds(EVERY, None, COMMIT, [Run(RunOutcome.WORSE, "2026-11-29T00:00:00Z", 5.0, "worse")] * 2,
                      [OpenRetraining(7, "retrain/churn/1.1.0")])  # fmt: skip
    text = shown(decide(grounds, KNOWN))
    assert max(map(len, text.splitlines())) <= 80
    for facts_of_line in (
        ("decayed", "1", "windows", "MET"),
        ("drifted", "0.3", "0.2", "of the importance", "MET"),
        ("labels", "6,000", "10,000", "labelled rows", "not available"),
        ("data", "digest", "MET"),
        ("age drifted", "30.0%"),
        ("window of 2026-11-01", "alarm"),
        ("budget", "2 of 2 runs of 2026-11"),
        ("open", "#7", "retrain/churn/1.1.0"),
        ("earliest start", "not known"),
    ):
        assert lines_with(text, *facts_of_line), (facts_of_line, text)


@cases(
    "decision, words",
    [
        (decided(), "retrain now"),
        (decided(replace(STALE, verdict=Verdict.NOT_MET, value=1.0), outcome=Outcome.NONE), "no trigger is met"),
        (decided(blockers=(Blocker(Hold.BUDGET, "2 of 2 runs", "2026-12-01T00:00:00Z"),)), "held up"),
        (decided(replace(STALE, verdict=Verdict.NOT_AVAILABLE, value=None), outcome=Outcome.UNDECIDED), "undecided"),
        (
            decided(blockers=(Blocker(Hold.NEW_ROWS, "too few", None, True),), outcome=Outcome.UNDECIDED),
            "may hold it up",
        ),
    ],
)
def test_the_text_says_what_is_decided(decision: Decision, words: str) -> None:
    assert lines_with(shown(decision), words)


def test_what_a_reason_holds_comes_out_as_text() -> None:
    hostile = decided(replace(STALE, message="\x1b[31mred\x1b[0m " + "x" * 1000))
    text = shown(hostile)
    assert "\x1b" not in text and "x" * 500 not in text
