"""mlops.yaml: the branch, the roles, the environments in their order, and the policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.documents import Document
from mlops_gitops.kinds import Kind
from mlops_gitops.values import frozen

PATH = "mlops.yaml"
FOLDERS = ("models", "releases", "environments", "promotions", "decisions")
NEEDED_EVIDENCE = {"high": ("explainability", "risk-assessment")}


@frozen
class Member:
    """One person of a role."""

    login: str
    emails: tuple[str, ...]

    def is_called(self, name: str) -> bool:
        """Whether a login or an e-mail address is this person's, in whatever case it is written."""
        return name.casefold() in {self.login.casefold(), *(email.casefold() for email in self.emails)}


@frozen
class Environment:
    """One environment: what comes before it, and who must approve."""

    name: str
    after: tuple[str, ...]
    order: str
    approvals: Mapping[str, int]


@frozen
class Project:
    """The whole of mlops.yaml."""

    branch: str
    roles: Mapping[str, tuple[Member, ...]]
    environments: Mapping[str, Environment]
    unlinked_evaluation: str
    evidence: Mapping[str, tuple[str, ...]]  # risk class → the types of evidence a card must hold
    folders: Mapping[str, str]
    data: Mapping[str, Any]

    def person(self, name: str) -> str:
        """The login of whoever is called by this login or e-mail address; the name itself for a stranger."""
        for members in self.roles.values():
            for member in members:
                if member.is_called(name):
                    return member.login
        return name.casefold()

    def roles_of(self, name: str) -> tuple[str, ...]:
        """The roles of whoever is called by this login or e-mail address."""
        return tuple(role for role, members in self.roles.items() if any(m.is_called(name) for m in members))


def default_folders() -> dict[str, str]:
    """Where the folders are when mlops.yaml does not say."""
    return {name: name for name in FOLDERS}


def read(document: Document) -> Project:
    """The record of a valid document."""
    data = document.data
    roles = {
        role: tuple(Member(m["login"], tuple(m.get("emails", ()))) for m in members)
        for role, members in data["roles"].items()
    }
    environments = {
        name: Environment(name, tuple(e.get("after", ())), e.get("order", "ever"), e.get("approvals", {}))
        for name, e in ((name, e or {}) for name, e in data["environments"].items())
    }
    policies = data.get("policies", {})
    unlinked = policies.get("unlinked_evaluation", "refuse")
    evidence = NEEDED_EVIDENCE | {name: tuple(types) for name, types in policies.get("evidence", {}).items()}
    folders = default_folders() | data.get("paths", {})
    return Project(data["branch"], roles, environments, unlinked, evidence, folders, data)


KIND = Kind("Project", "project", None, PATH, read)
