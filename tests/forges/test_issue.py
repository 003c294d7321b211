"""One issue for each key: what is done about it, and how its key is kept in its text."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.issue import (
    BODY,
    CLOSED,
    KEEP,
    OPEN,
    TITLE,
    Issue,
    Step,
    marked,
    marked_key,
    monitoring_key,
    next_step,
    unmarked,
)

KEY = monitoring_key("production", "churn", "drift")
WANTED = Issue(KEY, "churn in production: drift", "age: 0.31\n")
KEPT = Issue(KEY, "churn in production: drift", "age: 0.12", ("mlops-gitops-monitoring", "P1"), OPEN, 7, "https://x/7")


@cases(
    "existing, wanted, step",
    [
        (None, WANTED, Step.OPEN),
        (None, replace(WANTED, state=CLOSED), Step.NOTHING),
        (KEPT, WANTED, Step.EDIT),
        (KEPT, replace(WANTED, body="age: 0.12\r\n"), Step.NOTHING),
        (KEPT, replace(WANTED, state=CLOSED), Step.CLOSE),
        (replace(KEPT, state=CLOSED), WANTED, Step.REOPEN),
        (replace(KEPT, state=CLOSED), replace(WANTED, body="age: 0.12"), Step.NOTHING),  # somebody closed it
        (replace(KEPT, state=CLOSED), replace(WANTED, state=CLOSED), Step.NOTHING),
        (None, replace(WANTED, state=KEEP), Step.NOTHING),
        (replace(KEPT, state=CLOSED), replace(WANTED, state=KEEP), Step.NOTHING),
        (KEPT, replace(WANTED, state=KEEP), Step.EDIT),
        (None, replace(WANTED, state=KEEP, cause="age"), Step.OPEN),  # a run was stopped before it wrote the issue
        (replace(KEPT, state=CLOSED), replace(WANTED, state=KEEP, cause="0.31"), Step.REOPEN),
        (replace(KEPT, state=CLOSED), replace(WANTED, state=KEEP, cause="0.12"), Step.NOTHING),  # somebody closed it
    ],
)
def test_the_step(existing: Issue | None, wanted: Issue, step: Step) -> None:
    change = next_step(existing, wanted)
    assert change.step is step
    if step is Step.NOTHING:
        assert change.issue is existing
    elif change.issue:
        assert (change.issue.body, change.issue.state) == (wanted.body, OPEN if wanted.state == KEEP else wanted.state)
        assert change.issue.number == (existing.number if existing else 0)


def test_ten_windows_of_alarms_make_one_issue_that_a_fine_one_closes() -> None:
    issue, steps = None, []
    windows = [replace(WANTED, body=f"window {n}") for n in range(10)]
    for wanted in [*windows, replace(WANTED, body="fine again", state=CLOSED), *windows[:1]]:
        change = next_step(issue, wanted)
        steps.append(change.step)
        issue = replace(change.issue, number=1) if change.issue else issue
    assert steps == [Step.OPEN, *[Step.EDIT] * 9, Step.CLOSE, Step.REOPEN]


def test_labels_that_people_add_stay() -> None:
    change = next_step(KEPT, replace(WANTED, labels=("ml",)))
    assert change.issue and change.issue.labels == ("mlops-gitops-monitoring", "P1", "ml")


def test_a_text_that_is_too_long_is_cut_at_a_line_and_stays_the_same_text() -> None:
    long = replace(WANTED, title="x" * 300, body="a row of a table\n" * 10_000)
    opened = next_step(None, long).issue
    assert opened and len(opened.title) == TITLE and len(opened.body) <= BODY and "… and more" in opened.body
    assert opened.body.startswith("a row of a table\na row") and "a row of a table\n\n…" in opened.body
    assert len(marked(opened)) < 65_536
    assert next_step(replace(opened, number=1), long).step is Step.NOTHING


def test_the_key_of_a_body_is_that_of_its_first_marker() -> None:
    other = f"<!-- mlops-gitops: {monitoring_key('production', 'churn', 'auc')} -->"
    kept = marked(replace(WANTED, body=f"a category said:\n{other}\nand more"))
    assert marked_key(kept) == marked_key("\ufeff" + kept.replace("\n", "\r\n")) == KEY
    assert unmarked(kept) == f"a category said:\n{other}\nand more"
    for text in ("", "no marker", f"`{other}`", other.replace("production", "../x"), other.replace(" -->", "/ -->")):
        assert marked_key(text) is None
    assert marked_key("- `churn`: unmet\n\n<!-- mlops-gitops: unapproved -->\n") == "unapproved"


@cases("key", ["", "monitoring/-->", "other/production", "monitoring/a b", "monitoring//x", "monitoring/x\n"])
def test_a_key_that_no_marker_could_hold_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not the key of an issue"):
        next_step(None, replace(WANTED, key=key))
