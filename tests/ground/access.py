"""What a token may do: whose it is, which repositories it sees, which permissions a bot's token carries."""

from __future__ import annotations

from dataclasses import dataclass

from ground.description import Operation

LEVELS = ("none", "read", "write", "admin")
# The longest beginning of a path below the repository decides; any one permission of several is enough.
PERMISSIONS = {
    "": ("metadata",),
    "actions": ("actions",),
    "activity": ("contents",),
    "actions/permissions": ("administration",),
    "branches": ("contents",),
    "branches/{branch}/protection": ("administration",),
    "check-runs": ("checks",),
    "codeowners": ("contents",),
    "collaborators": ("metadata",),
    "commits": ("contents",),
    "commits/{commit_sha}/pulls": ("contents", "pull_requests"),
    "commits/{ref}/check-runs": ("checks",),
    "commits/{ref}/status": ("statuses",),
    "commits/{ref}/statuses": ("statuses",),
    "compare": ("contents",),
    "contents": ("contents",),
    "deployments": ("deployments",),
    "environments": ("actions",),
    "git": ("contents",),
    "issues": ("issues", "pull_requests"),
    "labels": ("issues", "pull_requests"),
    "merge": ("contents",),
    "pulls": ("pull_requests",),
    "pulls/{pull_number}/merge": ("contents",),
    "statuses": ("statuses",),
    "tags": ("contents",),
}
ORGANISATION = "members"


@dataclass(frozen=True)
class Token:
    """A token of a person, or of a bot (`app`), whose permissions may be limited: name → read, write or none.

    A permission that is not named is held in full; `repositories` None sees all.
    """

    login: str
    app: bool = False
    permissions: tuple[tuple[str, str], ...] = ()
    repositories: tuple[str, ...] | None = None

    def sees(self, repository: str) -> bool:
        """Whether a repository exists for this token ("/": the request is about none)."""
        return self.repositories is None or repository in ("/", *self.repositories)

    def level(self, permission: str) -> str:
        """How much of a permission it has."""
        return dict(self.permissions).get(permission, "admin")


def denied(token: Token, operation: Operation) -> tuple[str, str] | None:
    """The permission that a request lacks and the level it needs, if the token does not have it."""
    if token.app and operation.template == "/user":
        return "user", "read"
    below = operation.template.removeprefix("/repos/{owner}/{repo}")
    if below.startswith("/orgs/"):
        wanted: tuple[str, ...] = (ORGANISATION,)
    elif below.startswith("/"):
        parts = below.strip("/").split("/")
        places = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
        wanted = next(PERMISSIONS[place] for place in places if place in PERMISSIONS)
    else:
        wanted = PERMISSIONS[""]
    need = "read" if operation.method == "GET" else "write"
    if any(LEVELS.index(token.level(name)) >= LEVELS.index(need) for name in wanted):
        return None
    return wanted[0], need
