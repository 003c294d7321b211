"""The one commit status of a head, and what stands in for it where GitHub takes no more statuses of that commit.

GitHub keeps a thousand statuses of one context of a commit, and then takes no more: the last one would stay, whatever
happens later. Anybody who may write can use them up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.forges.forge import JobGone
from mlops_gitops.forges.kept_people import Kept, logins_in, members_at_merge, of_team, sentence, started, subject
from mlops_gitops.forges.pull_request import STATUS, Account, PullRequest, Status
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.notices import comment_once, is_ours, one_line
from mlops_gitops.github.pulls import HELD
from mlops_gitops.github.pushes import later

DESCRIPTION = 140  # characters of a commit status
MOST = 1000  # statuses of one context of a commit
SPARE = 10  # the last of them are not for a success
LISTED = MOST + 100  # statuses of a commit, of any context, that are looked at
USED_UP = "GitHub takes no more than 1,000 statuses of a commit, and this one has nearly as many"
PEOPLE = "mlops-gitops/people"  # the beginning of the contexts of what is kept of people, and once all of it
_BASE = " (base "
_NEXT = (
    "Please push a new head. Once that has its status, this request is taken back. Where a rule of the branch says who "
    "may dismiss a review, one of them does it."
)
_MARK = "<!-- mlops-gitops: held -->"


def replace_status(
    api: Api, pull: PullRequest, status: Status, keep: Collection[str] = (),
    people: Mapping[str, Sequence[str]] = {},
) -> str:  # fmt: skip
    """Sets the commit status, unless the newest gives the same answer, or this token's account set it to one of `keep`.

    Returns the state of `keep` that stays, "" where none does. The same answer for another base is not written again.
    Raises GitHubFailed; Undecided where the commit has so many statuses that it gets no success any more.
    """
    listed = _listed(api, status.commit)
    _keep_people(api, status.commit, listed, people)
    found = [known for known in listed if known["context"] == STATUS]
    newest = found[0] if found else None
    ours = newest is not None and is_ours(api, newest.get("creator"))
    if newest and ours and newest["state"] in keep:
        return str(newest["state"])
    if newest and ours and _answer(newest) == (status.state, _shortened(status)):
        return ""
    if len(found) < MOST - SPARE:
        _send(api, pull, status.commit, status.state, shown_description(status))
        return ""
    if not ours or (newest and newest["state"] == "success"):
        _send(api, pull, status.commit, "pending", f"{USED_UP}: push a new head")
    raise Undecided(f"no success is set on {status.commit[:10]}: {USED_UP}", help="push a new head")


def is_shown(
    api: Api, newest: Sequence[Mapping[str, Any]], status: Status, people: Mapping[str, Sequence[str]]
) -> bool:
    """Whether the newest status of each context of a commit, of this token's account, say all of this already."""
    ours = [known for known in newest if is_ours(api, known.get("creator"))]
    answers = [_answer(known) for known in ours if known["context"] == STATUS]
    kept = [text for text, _ in _of_people(api, ours)]
    return answers == [(status.state, _shortened(status))] and all(
        words in kept for words in _sentences(people).values()
    )


def is_success(api: Api, newest: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the newest status of a commit is a success that this token's account has set."""
    found = [known for known in newest if known["context"] == STATUS and known["state"] == "success"]
    return any(is_ours(api, known.get("creator")) for known in found)


def _listed(api: Api, commit: str) -> list[Mapping[str, Any]]:
    return list(islice(api.pages(f"commits/{commit}/statuses"), LISTED))


def _send(api: Api, pull: PullRequest, commit: str, state: str, description: str) -> None:
    target = {"target_url": pull.url} if pull.url.startswith("https://") else {}
    api.send("POST", f"statuses/{commit}", {"state": state, "description": description, "context": STATUS, **target})


def shown_description(status: Status) -> str:
    """What GitHub shows beside the state, at most DESCRIPTION characters: the answer, and the base it is for."""
    return f"{_shortened(status)}{_base(status)}"


def _base(status: Status) -> str:
    return f"{_BASE}{status.base[:7]})"


def _shortened(status: Status) -> str:
    return one_line(status.description, DESCRIPTION - len(_base(status)))


def _answer(data: Mapping[str, Any]) -> tuple[str, str]:
    """The state of a status and what it says, without the base that it names."""
    known = as_status("", data)
    return known.state, known.description


def as_status(head: str, data: Mapping[str, Any]) -> Status:
    """A status as GitHub lists it; it names a base by its first digits."""
    description, at = str(data.get("description") or ""), str(data["created_at"])
    words, _, base = description.rstrip(")").rpartition(_BASE)
    return Status(head, base if words else "", at[:10], str(data["state"]), words or description, at)


# ── who the people were ──


def _keep_people(
    api: Api, commit: str, listed: Sequence[Mapping[str, Any]], people: Mapping[str, Sequence[str]]
) -> None:
    """Writes each sentence into a status of its own: runs are deleted and teams change, and a status stays.

    Each has a context of its own, so that the newest status of every context says all that is kept.
    """
    for beginning, words in _sentences(people).items():
        newest = next((text for text, _ in _of_people(api, listed) if logins_in(text, beginning) is not None), "")
        if newest != words:
            context = f"{PEOPLE}/{subject(beginning)}"
            try:
                api.send("POST", f"statuses/{commit}", {"state": "success", "context": context, "description": words})
            except GitHubFailed as error:
                if error.status != 422:  # a writer can use these up too, and then nothing is kept
                    raise


def _sentences(people: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The sentences that fit into a status, by their beginnings."""
    found = {beginning: sentence(beginning, logins) for beginning, logins in people.items()}
    return {beginning: words for beginning, words in found.items() if len(words) <= DESCRIPTION}


def kept_starters(api: Api, commit: str, run: str) -> frozenset[Account]:
    """Who started a run, by the statuses of the commit that was judged. Raises GitHubFailed; JobGone without one."""
    named = [logins_in(text, started(run)) or frozenset() for text, _ in _of_people(api, _listed(api, commit))]
    logins = frozenset[str]().union(*named)
    if not logins:
        reason = f"the run {run} that asked for it is gone, and no status of {commit[:10]} says who started it"
        raise JobGone(f"{reason}; an override that skips `run` lets its receipt be written, as unproven")
    return frozenset(Account(login, True) for login in logins)


def teams_at_merge(api: Api, pull: PullRequest, teams: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The members of teams among the approvers of a merged pull request, as of its merge. Raises GitHubFailed."""
    merged_at = pull.merged_at or ""
    kept = [(text, at) for text, at in _of_people(api, _listed(api, pull.head)) if not later(at, merged_at)]
    found = {}
    for team, now in teams.items():
        named = ((logins_in(text, of_team(team)), at) for text, at in kept)
        newest = next((Kept(logins, at) for logins, at in named if logins is not None), None)
        found[team] = members_at_merge(now, newest, pull.reviews)
    return found


def _of_people(api: Api, listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What this token's account kept, and when, the newest first."""
    kept = (status for status in listed if status["context"] == PEOPLE or status["context"].startswith(f"{PEOPLE}/"))
    return [(str(s["description"] or ""), str(s["created_at"])) for s in kept if is_ours(api, s.get("creator"))]


# ── where no status can be set ──


def hold(api: Api, pull: PullRequest, why: str) -> None:
    """Keeps a pull request from being merged until it has another head.

    This token's account requests changes; of a pull request of its own it cannot, and closes that. Raises GitHubFailed.
    """
    text = f"no status can be set on {pull.head[:10]}, and an older one may stand there: {one_line(why, 200)}"
    if is_ours(api, {"login": pull.author.login, "type": "User" if pull.author.is_person else "Bot"}):
        comment_once(api, pull.number, f"Closed: {text}. Ask for it again, which makes a new commit.")
        api.send("PATCH", f"pulls/{pull.number}", {"state": "closed"})
        return
    if not any(review["commit_id"] == pull.head for review in _holding(api, pull.number)):
        review = {"event": "REQUEST_CHANGES", "body": f"{_MARK}\n{text}.\n\n{_NEXT}", "commit_id": pull.head}
        api.send("POST", f"pulls/{pull.number}/reviews", review)
    api.send("POST", f"issues/{pull.number}/labels", {"labels": [HELD]})


def release(api: Api, pull: PullRequest) -> None:
    """Takes back the request for changes of a pull request whose head has its status, as far as GitHub lets it.

    Raises GitHubFailed.
    """
    if all([_is_dismissed(api, pull, review) for review in _holding(api, pull.number)]):
        api.delete(f"issues/{pull.number}/labels/{HELD}")


def _is_dismissed(api: Api, pull: PullRequest, review: Mapping[str, Any]) -> bool:
    message = {"message": f"{pull.head[:10]} has its status"}
    try:
        api.send("PUT", f"pulls/{pull.number}/reviews/{review['id']}/dismissals", message)
    except GitHubFailed as error:
        if error.status not in (403, 404, 422):
            raise
        return False  # a rule of the branch says who may
    return True


def _holding(api: Api, number: int) -> list[Mapping[str, Any]]:
    """The reviews by which this token's account holds a pull request."""
    return [
        review
        for review in api.pages(f"pulls/{number}/reviews")
        if review["state"] == "CHANGES_REQUESTED"
        and str(review.get("body") or "").startswith(_MARK)
        and is_ours(api, review.get("user"))
    ]
