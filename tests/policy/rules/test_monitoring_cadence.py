"""monitoring-cadence: what gives each window a path, and which budgets are sane."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import watched
from mlops_gitops.policy.rules.monitoring_cadence import RULE

SCORED, LABELS = "{environment}/{date}/", "labels/{date}.csv"


def found(*edits: str) -> list[Diagnostic]:
    return list(RULE.check(sample.context(sample.edited(watched(*edits)))))


@cases(
    "every, path, help",
    [
        ("7d", "{date}/", None),
        ("36h", "{date}/", None),
        ("23h", "{date}/{hour}/", None),
        ("60m", "{date}/{hour}/", None),
        ("7d", "all/", "put {date} into it"),
        ("7d", "{hour}/", "put {date} into it"),
        ("12h", "{date}/", "put {hour} into it"),
        ("12h", "all/", "put {date} and {hour} into it"),
        ("59m", "{date}/{hour}/", "take windows of an hour or more"),
    ],
)
def test_each_window_has_a_path_of_its_own(every: str, path: str, help: str | None) -> None:
    edits = (
        "every: 7d",
        f"every: {every}",
        LABELS,
        "labels/{date}T{hour}.csv",
        SCORED,
        path,
        "fresh: 48h",
        "fresh: 1h",
    )
    of_rows = [each.help for each in found(*edits) if path in each.message]
    assert len(of_rows) == (help is not None) and all(help and text.startswith(help) for text in of_rows)


@cases("path", ["live/{date}", "live/{date}.txt", "live/{date}.json"])
def test_a_file_says_its_format(path: str) -> None:
    (finding,) = found(f'"remote://live/{SCORED}"', f'"{path}"')
    assert "csv or parquet" in finding.message
    assert found(f'"remote://live/{SCORED}"', f'"{path}", format: csv') == []


@cases(
    "false_alarms, severity",
    [("0.00104", "warning"), ("0.00105", ""), ("0.1", ""), ("12", ""), ("20.8", ""), ("21", "error"), ("100", "error")],
)
def test_the_budget_leaves_a_sane_level(false_alarms: str, severity: str) -> None:
    """Two tests look 52.18 times a year: a level of 1e-5 is a budget of 0.00104, and one of 0.2 is 20.9."""
    assert [each.severity.value for each in found("false_alarms: 0.1", f"false_alarms: {false_alarms}")] == (
        [severity] if severity else []
    )


@cases("false_alarms", ["0.0001", "60"])
def test_the_budget_that_is_offered_is_sane(false_alarms: str) -> None:
    (finding,) = found("false_alarms: 0.1", f"false_alarms: {false_alarms}")
    offered = next(word for word in finding.help.replace(",", "").split() if word.replace(".", "").isdigit())
    assert found("false_alarms: 0.1", f"false_alarms: {offered}") == []


@cases(
    "old, new, quiet",
    [
        ("fresh: 48h", "fresh: 9d", False),
        ("fresh: 48h", "fresh: 8d", True),
        ("{id: auc,", "{id: auc, cooldown: 7d,", False),
        ("{id: auc,", "{id: auc, cooldown: 8d,", True),
    ],
)
def test_a_limit_of_time_that_nothing_reaches_is_a_warning(old: str, new: str, quiet: bool) -> None:
    assert [each.severity.value for each in found(old, new)] == ([] if quiet else ["warning"])
