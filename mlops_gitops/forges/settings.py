"""The settings of a repository at a forge: each a value, or Unknown with the reason it could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from mlops_gitops.core.frozen import frozen

_FOLDERS = {"tag": "refs/tags/", "branch": "refs/heads/"}
PERSON, APP, NONE, OTHER = "person", "app", "none", "other"  # kinds of token


@frozen
class Unknown:
    """A setting that could not be read, and why: a clause such as "the token lacks administration: read"."""

    reason: str


@frozen
class Merging:
    """How pull requests are merged: the ways that are allowed, and what a squash commit's message is made of."""

    methods: frozenset[str]  # merge, squash, rebase
    squash_title: str  # PR_TITLE | COMMIT_OR_PR_TITLE
    squash_message: str  # PR_BODY | COMMIT_MESSAGES | BLANK
    delete_branch: bool


@frozen
class Repository:
    """The repository itself. A forge shows `merging` only to writers."""

    name: str
    default_branch: str
    private: bool
    merging: Merging | Unknown


@frozen
class Required:
    """A required status check: its name, and the id of the only App that can set it, None for any."""

    context: str
    app: int | None


@frozen
class Reviews:
    """What a pull request needs of its reviewers before it is merged."""

    count: int
    dismiss_stale: bool
    last_push: bool
    code_owners: bool


@frozen
class Queue:
    """A merge queue: how many pull requests are built at a time, and merged together."""

    max_build: int
    min_merge: int
    max_merge: int


@frozen
class BranchRules:
    """What one source of protection requires of the base branch; `reviews` is None without a pull request.

    `up_to_date` says that a pull request must hold the base's newest commit. `methods` are the ways of merging it
    leaves, None where it leaves them all; `bypass` names who need not obey.
    """

    source: str
    reviews: Reviews | None = None
    required: tuple[Required, ...] = ()
    no_deletion: bool = False
    no_force_push: bool = False
    up_to_date: bool = False
    methods: frozenset[str] | None = None
    bypass: tuple[str, ...] | Unknown = ()


@frozen
class RefRules:
    """An active ruleset on tags or on branches: what it is about, and what it keeps from all but its bypass actors."""

    name: str
    target: str  # tag | branch
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    restricts: frozenset[str]  # creation, update, deletion
    bypass: tuple[Actor, ...] | Unknown

    def covers(self, ref: str) -> bool:
        """Whether the ruleset is about a tag or a branch, by its full name."""
        if not ref.startswith(_FOLDERS[self.target]):
            return False
        included = any(_matches(pattern, ref) for pattern in self.include)
        return included and not any(_matches(pattern, ref) for pattern in self.exclude)


@frozen
class Actor:
    """Somebody a ruleset lets through: Integration, Team, RepositoryRole, OrganizationAdmin, User or DeployKey."""

    kind: str
    id: int | None

    def __str__(self) -> str:
        roles = {2: "maintainers", 4: "writers", 5: "administrators"}
        if self.kind == "RepositoryRole" and self.id in roles:
            return roles[self.id]
        words = {"Integration": "App", "OrganizationAdmin": "owners of the organization", "DeployKey": "any deploy key"}
        named = words.get(self.kind, self.kind)
        return named if self.id is None or self.kind == "OrganizationAdmin" else f"{named} {self.id}"


@frozen
class ActionsPermissions:
    """What workflows may do by default, and whether they may open and approve pull requests (it is one switch)."""

    default: str  # read | write
    may_approve: bool


@frozen
class Limit:
    """What may use an environment: the protected branches, or the branches and tags whose names match a pattern."""

    protected: bool = False
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@frozen
class Settings:
    """All settings that were read.

    `rulesets` and `protection` are the two sources that can protect the base branch; `protection` is None where there
    is none. `queue` is None where there is no merge queue. `workflows` maps the path of each workflow to its state,
    `environments` the name of each environment to its limit, None where every branch and tag may use it. `token` is
    the kind of the token, by its prefix; the token itself is not kept.
    """

    repository: Repository | Unknown
    rulesets: BranchRules | Unknown
    protection: BranchRules | Unknown | None
    queue: Queue | Unknown | None
    ref_rules: tuple[RefRules, ...] | Unknown
    actions: ActionsPermissions | Unknown
    workflows: Mapping[str, str] | Unknown
    owners_errors: tuple[str, ...] | Unknown
    actions_app: int | Unknown  # the id of the App that the runs of workflows speak as
    environments: Mapping[str, Limit | Unknown | None] | Unknown
    token: str = NONE

    def sources(self) -> tuple[BranchRules, ...]:
        """The sources of protection that were read."""
        return tuple(source for source in (self.rulesets, self.protection) if isinstance(source, BranchRules))

    def unread_sources(self) -> Iterator[Unknown]:
        """The sources of protection that were not."""
        yield from (source for source in (self.rulesets, self.protection) if isinstance(source, Unknown))

    def holds(self, requires: Callable[[BranchRules], bool]) -> bool | Unknown:
        """Whether any source requires something; Unknown where no source read does, and an unread one can."""
        if any(requires(source) for source in self.sources()):
            return True
        return next(self.unread_sources(), False)

    def required(self) -> tuple[Required, ...]:
        """The status checks that the sources that were read require."""
        return tuple(dict.fromkeys(check for source in self.sources() for check in source.required))

    def methods(self) -> frozenset[str] | Unknown:
        """The ways of merging that are left."""
        merging = self.repository.merging if isinstance(self.repository, Repository) else self.repository
        if isinstance(merging, Unknown):
            return merging
        left = merging.methods
        for source in self.sources():
            left = left if source.methods is None else left & source.methods
        return left


def unknown_settings(reason: str, token: str = NONE) -> Settings:
    """Settings of which nothing could be read, for one reason."""
    unknown = Unknown(reason)
    return Settings(unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown, token)


def token_kind(token: str) -> str:
    """What a token is, by its prefix: a person's, an App's (or the one of a workflow run), none, or something else."""
    if not token:
        return NONE
    if token.startswith("ghs_"):
        return APP
    return PERSON if token.startswith(("ghp_", "github_pat_", "gho_", "ghu_")) else OTHER


def _matches(pattern: str, ref: str) -> bool:
    """Whether a ruleset's pattern takes in a reference: `*` and `?` stop at a slash, `**/` is any number of folders."""
    if pattern == "~ALL":
        return True
    pieces = re.findall(r"\*\*/|\*+|\?|\[[^\]]+\]|.", pattern, re.DOTALL)
    forms = {"**/": "(?:[^/]+/)*", "?": "[^/]"}
    form = "".join(forms.get(piece) or ("[^/]*" if piece[0] == "*" else _set(piece)) for piece in pieces)
    try:
        return re.fullmatch(form, ref) is not None
    except re.error:  # a range from high to low: GitHub takes nothing in by it either
        return False


def _set(piece: str) -> str:
    inner = piece[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
    return f"[{inner}]" if len(piece) > 2 and piece[0] == "[" else re.escape(piece)
