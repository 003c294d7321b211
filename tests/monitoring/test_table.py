"""A window as people read it."""

from __future__ import annotations

from messages import lacking
from monitored import comparison, drift_finding, finding, observed, rows_finding

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.alarms.issue_text import watch_issue
from mlops_gitops.monitoring.table import observation_lines, observation_table
from mlops_gitops.records.monitoring import KpiDecay, Watch


def test_what_is_assumed_of_rows_without_a_label_is_said_beside_the_worst_case() -> None:
    known = {
        "assumption": "30 of 600 rows have no label; assumed: …",
        "strata": [[600, 570]],
        "against": 0.9,
        "for": None,
    }
    made = comparison("accuracy", 0.95, lower=0.9, upper=0.98, level=3e-4, at_least=0.8, evidence={"unlabelled": known})
    seen = observed(0, finding("accuracy", "kpi", made, level=3e-4))
    assert (
        lacking("\n".join(observation_lines(seen)), "30 of 600", "0.9 if", "against the model", "— if", "for the") == []
    )
    assert ("", "", "", "missing labels", "", "0.9 – —", "") in observation_table(seen).rows
    issue = watch_issue(Watch("accuracy", "kpi", KpiDecay("accuracy")), [seen], "operations")
    assert issue is not None
    assert lacking(issue.body, "30 of 600", "missing labels |  | 0.9 – —") == []


def test_columns_that_nothing_knows_are_named() -> None:
    lines = observation_lines(replace(observed(), extra=("country", "batch")))
    assert lacking("\n".join(lines), "'country'", "'batch'", "profile") == []
    assert "columns" not in "\n".join(observation_lines(observed()))


def test_the_last_line_counts_the_watches_that_have_the_outcome_of_the_window() -> None:
    seen = [
        observed(0, rows_finding(), drift_finding(drifted=True)),
        observed(),
        observed(0, drift_finding(drifted=True)),
    ]
    last = [observation_lines(each)[-1] for each in seen]
    assert last == ["alarm: 1 of 2 watches", "fine: 2 watches", "alarm: 1 watch"]
