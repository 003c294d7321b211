"""Pull requests as every forge knows them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mlops_gitops.core.frozen import frozen

STATUS = "mlops-gitops/promotion"  # the one commit status of a head, overwritten
PROMOTES_NOTHING = "this promotes nothing; the check run judges its files"  # a status withholds nothing then


@frozen
class Account:
    """Who did something at a forge: a login, or an address where names are self-declared.

    `is_person` only where the forge says so: the person behind a bot, or behind any other account, is unknown.
    """

    login: str
    is_person: bool


@frozen
class Review:
    """An approval: by whom (a login or an e-mail address), of which commit, when (UTC).

    `account` is the number of the account, None at a forge that does not number them.
    """

    by: str
    commit: str
    at: str
    account: int | None = None


class Void(StrEnum):
    """Why an approval does not count, as the end of a sentence that begins with who gave it."""

    NO_PERSON = "is not a person's account"
    OTHER_BASE = "approved it before its base branch was changed"
    OTHER_ACCOUNT = "does not have the account number that the role names"
    OUTSIDER = "is not shown as an owner, a member or a collaborator of this public repository"


@frozen
class VoidReview:
    """An approval that does not count, whatever role its account has, and why."""

    review: Review
    why: Void


@frozen
class Writer:
    """Who, as a forge knows its own accounts, is the author or the committer of a commit."""

    by: Account
    commit: str


@frozen
class Push:
    """One move of a branch: by whom, from which commit to which; `before` is empty when it made the branch."""

    by: Account
    before: str
    after: str


@frozen
class Status:
    """The result of a check of one commit against one base commit on one UTC day: decisions expire."""

    commit: str
    base: str
    day: str
    state: str  # success | failure | pending
    description: str
    at: str


@frozen
class PullRequest:
    """A pull request as every forge knows it. `merged_commit` is what its merge put on the base branch.

    `reviews` are the approvals of people, `uncounted` those that do not count. `writers` are those who, as the forge
    knows, wrote its commits, and `pushes` how its branch moved, all of it unless `unknown_reason` says why not. It is
    not `complete` while its forge still lacks what was to be written beside it (labels, reviewers). It is `held` where
    an earlier head could not get its status. `notes` say what its forge could not do. `home` is the
    repository of its branch ("" where it is gone) and `public` whether anybody may review it, at a forge that says so.
    """

    number: int
    branch: str
    head: str
    title: str
    body: str
    author: Account
    state: str = "open"  # open | merged | closed
    reviews: tuple[Review, ...] = ()
    statuses: tuple[Status, ...] = ()
    merged_before: str | None = None  # the base's tip just before the merge
    merged_commit: str | None = None
    merged_by: str | None = None
    merged_at: str | None = None
    fork: bool = False
    uncounted: tuple[VoidReview, ...] = ()
    writers: tuple[Writer, ...] = ()
    pushes: tuple[Push, ...] = ()
    unknown_reason: str = ""
    complete: bool = True
    held: bool = False
    url: str = ""
    notes: tuple[str, ...] = ()
    home: str = ""
    public: bool = False
    opened_at: str = ""


@frozen
class Listing:
    """A pull request by the list of its files, with nothing of it fetched.

    `complete` tells whether every file of every commit is there, and `merges` whether one of its commits is a merge:
    what that took from each side no list says. `project` holds the files of the base
    that may be its project, by path, and `default_project` those of the default branch, which alone says which branch
    promotes. `states` holds the base's desired states, by path: their targets name files that are guarded too.
    """

    pull: PullRequest
    base: str
    base_branch: str
    default_branch: str
    paths: tuple[str, ...]
    complete: bool
    project: Mapping[str, bytes]
    default_project: Mapping[str, bytes]
    merges: bool = False
    states: Mapping[str, bytes] = {}
