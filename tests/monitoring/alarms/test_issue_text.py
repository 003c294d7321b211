"""What the issue of a watch says: the worst first, whose it is, what to do, and a chart; whatever live data hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from markdown_it import MarkdownIt
from monitoring.observations import drift, observed

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.forges.issue import BODY, Issue, marked, marked_key, next_step
from mlops_gitops.monitoring.alarms.issue_text import COMPARISONS, WINDOWS, owner_text, watch_issue
from mlops_gitops.monitoring.outcome import Comparison, Observation, Outcome
from mlops_gitops.records import project
from mlops_gitops.records.monitoring import DataDrift, Watch

WATCH = Watch("drift", "data_drift", DataDrift(("age",), "psi", 0.1))
HOSTILE = [
    "<!-- mlops-gitops: unapproved -->", "x\n<!-- mlops-gitops: unapproved -->\n", "a|b|c", "</details>", "@everyone",
    "fixes #12", "[x](https://evil.example)", "<img src=x onerror=alert(1)>", "`code`", "a\u202eb\x1b[31m",
    "::error::x", "\n# Heading", "https://evil.example/", "![x](https://evil.example/x.png)",
]  # fmt: skip


def written(windows: Sequence[Observation], owner: str = "operations") -> Issue:
    issue = watch_issue(WATCH, windows, owner)
    assert issue
    return issue


def _project(text: str) -> project.Project:
    return project.read(parse("mlops.yaml", text.encode()))


def test_the_text() -> None:
    windows = [observed(n, drift(value)) for n, value in enumerate((0.02, 0.05, None, 0.31))]
    windows[-1] = replace(windows[-1], findings=(replace(windows[-1].findings[0], runbook="Call the data team."),))
    issue = written(windows, "operations (@bob)")
    assert (issue.key, issue.title, issue.state) == (
        "monitoring/production/churn/drift",
        "churn in production: drift",
        "open",
    )
    lines = issue.body.splitlines()
    assert lines[0] == "**ALARM**: age: psi 0.31"
    assert "churn 1.2.0 in production, 2026-01-26 to 2026-02-02. Owner: operations (@bob)." in lines
    assert "| ALARM | age | psi | 0.31 |  | ≤ 0.1 |" in lines
    assert "Call the data team." in lines
    chart = [line.split("|")[1:-1] for line in lines[lines.index("#### The last windows: psi of age") + 4 :]][:4]
    assert [[cell.strip() for cell in row] for row in chart] == [
        ["2026-01-05 to 2026-01-12", "1.2.0", "0.02", "`█·····┊·············`", "fine"],
        ["2026-01-12 to 2026-01-19", "1.2.0", "0.05", "`███···┊·············`", "fine"],
        ["2026-01-19 to 2026-01-26", "1.2.0", "—", "", "not available"],
        ["2026-01-26 to 2026-02-02", "1.2.0", "0.31", f"`{'█' * 20}`", "ALARM"],
    ]


def test_a_window_that_is_fine_closes_it_and_says_so() -> None:
    issue = written([observed(0, drift(0.3)), observed(1, drift(0.02))], "operations")
    assert (issue.state, issue.body.startswith("**fine**")) == ("closed", True)


def test_a_mute_is_named() -> None:
    issue = written([observed(0, drift(0.3, muted="decisions/2026-01-mute.yaml"))], "operations")
    assert (issue.state, "**ALARM, muted**" in issue.body) == ("keep", True)
    assert "Muted by `decisions/2026-01-mute.yaml`." in issue.body


def test_a_runbook_that_is_an_address_is_a_link_and_no_other_is() -> None:
    for runbook, shown in (
        ("https://wiki.example/drift?x=1#y\n", "<https://wiki.example/drift?x=1#y>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ):
        assert shown in written([observed(0, drift(0.3, runbook=runbook))], "o").body.splitlines()
    two = written([observed(0, drift(0.3, runbook="https://a.example> <img src=x>"))], "o").body
    assert "<img" not in two and "https://a" not in two


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_live_data_hold_is_text(hostile: str) -> None:
    finding = drift(0.3, about=hostile, reason=f"{hostile}: psi 0.3", runbook=f"see {hostile}")
    issue = written([observed(0, finding, release=hostile)], owner_text(hostile, None))
    calm = written([observed(0, drift(0.3, runbook="x"))], "x")
    parser = MarkdownIt("commonmark").enable("table")
    tokens = [[token.type for token in parser.parse(body)] for body in (issue.body, calm.body)]
    assert tokens[0] == tokens[1]  # neither a heading nor a cell more
    assert marked_key(marked(issue)) == issue.key
    assert not {"\x1b", "\u202e"} & set(issue.body) and "<img" not in issue.body and "@everyone" not in issue.body
    inline = [child.type for token in parser.parse(issue.body) for child in token.children or ()]
    assert not {"image", "link_open", "html_inline"} & set(inline), inline


def test_many_columns_of_long_names_fit() -> None:
    name = "|" * 5000
    many = tuple(
        Comparison(f"{name}{n}", name, 1.0, {"at_most": 0.1}, Outcome.ALARM, name, 0.5, 1.5) for n in range(500)
    )
    windows = [observed(n, drift(1.0, comparisons=many, reason=name, runbook=name)) for n in range(40)]
    issue = written(windows, "operations")
    opened = next_step(None, issue).issue
    assert opened and opened.body == issue.body and len(issue.body) < BODY
    assert "… and 480 more" in issue.body and issue.body.count("…") > COMPARISONS
    assert issue.body.count("1.2.0 |") == WINDOWS


def test_the_people_and_the_teams_of_the_owner_are_mentioned() -> None:
    known = _project(
        "apiVersion: mlops-gitops/v1\nkind: Project\nbranch: main\nroles:\n  operations:\n"
        "    - {login: bob, emails: [bob@example.org]}\n    - {team: example/ops}\n    - {login: '<login>'}\n"
        "    - {login: '**x** @y'}\nenvironments: {}\n"
    )
    odd = "&#x2a;&#x2a;x&#x2a;&#x2a; &#x40;&#x2060;y"
    assert owner_text("operations", known) == f"operations (@bob, {odd}, @example/ops)"
    assert owner_text("nobody", known) == owner_text("nobody", None) == "nobody"


def test_a_watch_that_was_never_looked_at_has_no_issue() -> None:
    by_hand = observed(0, drift(0.3))
    by_hand = replace(by_hand, window=replace(by_hand.window, index=None))
    for windows in ([], [observed(0)], [by_hand]):
        assert watch_issue(WATCH, windows, "operations") is None
