"""When the issue of a watch opens and closes: consecutive alarms, a cooldown, mutes, and windows that say nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cases import cases
from monitoring.observations import drift, observed

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.alarms.issue_state import findings, issue_state
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.records.monitoring import DataDrift, Watch

WATCH = Watch("drift", "data_drift", DataDrift(("age",), "psi", 0.1))
KNOWN = {
    "A": drift(0.3), "f": drift(0.01), "i": drift(0.1, Outcome.INCONCLUSIVE), "n": drift(None),
    "m": drift(0.3, muted="decisions/mute.yaml"), "g": drift(0.01, muted="decisions/mute.yaml"), " ": None,
}  # fmt: skip
WORDS = {"o": "open", "c": "closed", "-": "keep"}


@cases(
    "windows, states, settings",
    [
        ("fAAfA", "cooco", {}),
        ("AinA", "o--o", {}),
        ("ffff", "cccc", {}),
        ("AmfmA", "o-c-o", {}),
        ("AmgA", "o-co", {}),  # recovery is recovery, muted or not
        ("A A", "o-o", {}),  # the watch was not looked at in the second
        ("AAAfA", "--oc-", {"consecutive": 3}),
        ("AiAnA", "----o", {"consecutive": 3}),  # what says nothing breaks no run
        ("AmAA", "---o", {"consecutive": 3}),
        ("AfAAA", "oc--o", {"cooldown": timedelta(days=28)}),
        ("AAAAfA", "ooooco", {"cooldown": timedelta(days=28)}),
        ("AfA", "oco", {"cooldown": timedelta(days=14)}),
        ("AAf", "--c", {"action": "note"}),
        ("Af", "oc", {"action": "rollback"}),
    ],
)
def test_the_state_after_each_window(windows: str, states: str, settings: dict[str, Any]) -> None:
    watch = replace(WATCH, **settings)
    found = [_observed(index, KNOWN[letter]) for index, letter in enumerate(windows)]
    for index, state in enumerate(states):
        if windows[index] != " ":
            assert issue_state(watch, found[: index + 1]).wanted == WORDS[state], (windows[: index + 1], state)


def _observed(index: int, finding: Finding | None) -> Any:
    return observed(index, *([finding] if finding else []))


def test_windows_count_once_in_their_order_whenever_they_were_judged() -> None:
    late = [observed(1, drift(0.01)), observed(0, drift(0.3)), observed(0, drift(0.4))]
    assert [finding.reason for _, finding in findings("drift", late)] == ["age: psi 0.4", "age: psi 0.01"]
    assert issue_state(WATCH, late).wanted == "closed"
    again = [observed(0, drift(0.3)), observed(0, drift(0.4))]
    assert issue_state(replace(WATCH, consecutive=2), again).wanted == "keep"
    assert issue_state(WATCH, again).wanted == "open"


@cases(
    "windows, alarm",
    [("f", None), ("A", 0), ("AA", 1), ("Ai", 0), ("Ain", 0), ("Af", None), ("Am", None), ("Aig", None), ("fi", None)],
)
def test_the_alarm_that_an_issue_stands_open_for(windows: str, alarm: int | None) -> None:
    found = [_observed(index, KNOWN[letter]) for index, letter in enumerate(windows)]
    standing = issue_state(WATCH, found).alarm
    assert (standing and standing[0].window.index) == alarm
