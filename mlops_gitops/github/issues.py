"""Issues at GitHub: one for each key, found by label, marker and author before one is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.issue import (
    CLOSED,
    FAMILIES,
    Issue,
    IssueChange,
    Step,
    family_label,
    marked,
    marked_key,
    next_step,
    unmarked,
)
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.notices import is_ours
from mlops_gitops.github.pulls import label_names


def issues(api: Api, *, ended: bool) -> list[Issue]:
    """The issues that this token's account wrote as this tool, oldest first. Raises GitHubFailed."""
    state = "all" if ended else "open"
    found = {issue.number: issue for name in FAMILIES for issue in _ours(api, state=state, labels=family_label(name))}
    return [found[number] for number in sorted(found)]


def write(api: Api, wanted: Issue) -> IssueChange:
    """Makes the issue of a key say what is wanted. Raises GitHubFailed.

    GitHub cannot be asked to write only what is not there yet: of two issues that were opened at once, the older stays.
    """
    known = _with_key(api, wanted.key)
    change = next_step(known[0] if known else None, wanted)
    if change.step is Step.OPEN and change.issue:
        return _open(api, change.issue)
    if change.step is not Step.NOTHING and change.issue:
        _edit(api, known[0], change.issue)
    _close_repeated(api, known[1:])
    return change


def close(api: Api, issue: Issue) -> Issue:
    """Closes an issue as it is. Raises GitHubFailed."""
    api.send("PATCH", f"issues/{issue.number}", {"state": CLOSED})
    return replace(issue, state=CLOSED)


def _open(api: Api, issue: Issue) -> IssueChange:
    fields = {"title": issue.title, "body": marked(issue), "labels": list(issue.labels)}
    made = api.send("POST", "issues", fields)
    opened = replace(issue, number=int(made["number"]), url=str(made.get("html_url") or ""))
    older = [known for known in _with_key(api, issue.key) if known.number < opened.number]
    if not older:
        return IssueChange(Step.OPEN, opened)
    _close_repeated(api, [opened])
    return write(api, issue)


def _edit(api: Api, before: Issue, after: Issue) -> None:
    fields: dict[str, Any] = {"title": after.title, "body": marked(after), "state": after.state}
    labels = {} if set(after.labels) <= set(before.labels) else {"labels": list(after.labels)}
    api.send("PATCH", f"issues/{after.number}", fields | labels)


def _close_repeated(api: Api, repeated: Sequence[Issue]) -> None:
    for issue in repeated:
        if issue.state != CLOSED:
            api.send("PATCH", f"issues/{issue.number}", {"state": CLOSED, "state_reason": "not_planned"})


def _with_key(api: Api, key: str) -> list[Issue]:
    """The issues of a key, oldest first: those with its label, else an open one that somebody took it off."""
    found = [issue for issue in _ours(api, state="all", labels=family_label(key)) if issue.key == key]
    found = found or [issue for issue in _unlabelled(api) if issue.key == key]
    return sorted(found, key=lambda issue: issue.number)


def _unlabelled(api: Api) -> list[Issue]:
    try:
        return list(_ours(api, state="open", creator=api.viewer))
    except GitHubFailed as error:
        if error.status != 422:  # GitHub knows the account under another name
            raise
        return []


def _ours(api: Api, **filters: str) -> Iterator[Issue]:
    for listed in api.pages("issues", **filters):
        key = marked_key(listed["body"] or "")
        if key is not None and "pull_request" not in listed and is_ours(api, listed.get("user")):
            yield _issue(key, listed)


def _issue(key: str, data: Mapping[str, Any]) -> Issue:
    return Issue(
        key, data["title"], unmarked(data["body"] or ""), label_names(data), data["state"], int(data["number"]),
        str(data.get("html_url") or ""),
    )  # fmt: skip
