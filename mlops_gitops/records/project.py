"""mlops.yaml: the branch, the roles, the environments in their order, and the policies.

Other tools call a file of theirs mlops.yaml too. One without our `apiVersion:` is another tool's, and the project is
then in mlops-gitops.yaml; `repository/snapshot.py` knows which file counts in a tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import API_VERSION, Kind, WrongValue, counts
from mlops_gitops.records.duration import duration

if TYPE_CHECKING:  # every start reads this module, and few projects have times in them
    from datetime import date, datetime, timedelta

PATH = "mlops.yaml"
OTHER_PATH = "mlops-gitops.yaml"  # where mlops.yaml is another tool's
PATHS = (PATH, OTHER_PATH)  # both are files of the policy, whichever counts
NOBODY = "<login>"  # in the place of a login that is not known: no forge lets anybody be called so
FREEZE = "FREEZE"  # the file at the root of the base that freezes every environment
FOLDERS = ("models", "releases", "environments", "promotions", "decisions")
NEEDED_EVIDENCE = {"high": ("explainability", "risk-assessment")}
FOREIGN = "project-file"  # the rule that a note about another tool's mlops.yaml is of
_OUR_API = API_VERSION.partition("/")[0] + "/"


@frozen
class Member:
    """One person of a role. `id` is the number of their account at the forge, None where the file does not say it."""

    login: str
    emails: tuple[str, ...]
    id: int | None = None

    @property
    def is_blank(self) -> bool:
        """Whether the login is left blank, as `init` of any version writes it: `<login>`."""
        return self.login.startswith("<")

    def is_called(self, name: str) -> bool:
        """Whether a login or an e-mail address is this person's, in upper or lower case."""
        return name.casefold() in {self.login.casefold(), *(email.casefold() for email in self.emails)}


@frozen
class Environment:
    """One environment: what comes before it, who must approve, and how long a release must run in it (`soak`: 24h)."""

    name: str
    after: tuple[str, ...]
    order: str
    approvals: Mapping[str, int]
    soak: str | None = None
    hold_while_soaking: bool = False

    @property
    def soak_time(self) -> timedelta | None:
        """How long a release must run here before another environment takes it."""
        return duration(self.soak) if self.soak else None


@frozen
class Freeze:
    """A time in which nothing is promoted, from `since` until just before `until` (UTC), as `to` has it in the file.

    It is about every environment where it names none.
    """

    since: datetime
    until: datetime
    to: str
    reason: str
    environments: tuple[str, ...] = ()

    def covers(self, environment: str, first: datetime, last: datetime) -> bool:
        """Whether it is about an environment at some moment from `first` to `last`."""
        here = not self.environments or environment in self.environments
        return here and self.since <= last and first < self.until


@frozen
class Adopting:
    """Until which day (UTC, included) a model that ran before may be adopted, and by whose approvals."""

    until: date
    approvals: Mapping[str, int]


@frozen
class Project:
    """The whole of the project's file, which lies at `path`."""

    branch: str
    roles: Mapping[str, tuple[Member, ...]]
    environments: Mapping[str, Environment]
    unlinked_evaluation: str
    evidence: Mapping[str, tuple[str, ...]]  # risk class → the types of evidence a card must hold
    folders: Mapping[str, str]
    data: Mapping[str, Any]
    teams: Mapping[str, tuple[str, ...]] = {}  # role → its teams, as owner/team
    resolved: frozenset[str] = frozenset()  # the teams, in small letters, whose members are known
    freezes: tuple[Freeze, ...] = ()
    policy_approvals: Mapping[str, int] = {}
    auto_promote: tuple[str, ...] = ()
    adopt: Adopting | None = None  # nothing is adopted without it
    packs: tuple[str, ...] = ()  # the ids of the packs that judge
    enforced: tuple[str, ...] = ()  # the environments that need every requirement of severity error met
    path: str = PATH

    @property
    def unresolved(self) -> Mapping[str, tuple[str, ...]]:
        """The teams whose members are not known, by role: the members of such a role are unknown."""
        left = {
            role: tuple(t for t in teams if t.casefold() not in self.resolved) for role, teams in self.teams.items()
        }
        return {role: teams for role, teams in left.items() if teams}

    def with_teams(self, members: Mapping[str, frozenset[str]]) -> Project:
        """The project with the members of its teams, as the forge has them: team → logins.

        A team that `members` does not name stays unresolved; one without a member is resolved.
        """
        resolved = {team.casefold(): logins for team, logins in members.items()}
        roles = dict(self.roles)
        for role, teams in self.teams.items():
            known = {member.login.casefold() for member in roles[role]}
            logins = sorted({login for team in teams for login in resolved.get(team.casefold(), ())})
            new = {login.casefold(): self._member(login) for login in logins if login.casefold() not in known}
            roles[role] = (*roles[role], *new.values())
        return replace(self, roles=roles, resolved=self.resolved | frozenset(resolved))

    def _member(self, login: str) -> Member:
        """The member of a team, with the addresses that another role lists for the login."""
        listed = (m for members in self.roles.values() for m in members if m.login.casefold() == login.casefold())
        return next(listed, Member(login, ()))

    def person(self, name: str) -> str:
        """The login of the person with this login or e-mail address; the name itself for a stranger."""
        for members in self.roles.values():
            for member in members:
                if member.is_called(name):
                    return member.login
        return name.casefold()

    def is_account(self, name: str, number: int | None) -> bool:
        """Whether an account of a login, or of an e-mail address, may be the one that the file numbers.

        It may where the file numbers none, or where the forge does not, as for the name that somebody gives a plain
        remote.
        """
        members = (member for listed in self.roles.values() for member in listed if member.is_called(name))
        return number is None or all(member.id in (None, number) for member in members)

    def is_numbered(self, name: str) -> bool:
        """Whether the file says the number of the account of this login or e-mail address."""
        return any(m.id is not None and m.is_called(name) for members in self.roles.values() for m in members)

    def roles_of(self, name: str) -> tuple[str, ...]:
        """The roles of the person with this login or e-mail address."""
        return tuple(role for role, members in self.roles.items() if any(m.is_called(name) for m in members))


def is_ours(document: Document) -> bool:
    """Whether a file called mlops.yaml is the project, and not another tool's: its `apiVersion:` says so.

    One with a fault is ours where it names our API at all, and one that cannot be read may be.
    """
    if isinstance(document.data, dict):
        version = document.data.get("apiVersion")
        return isinstance(version, str) and version.startswith(_OUR_API)
    return _OUR_API in document.text or any(problem.rule == "unreadable" for problem in document.problems)


def foreign(document: Document) -> Diagnostic | None:
    """A note that says so of another tool's mlops.yaml; None for any other file."""
    if document.path != PATH or is_ours(document):
        return None
    message = f"{PATH} has no `apiVersion: {API_VERSION}`: it is another tool's, and {OTHER_PATH} holds the project"
    return Diagnostic(FOREIGN, Severity.NOTE, message, Span(PATH))


def default_folders() -> dict[str, str]:
    """Where the folders are when the project does not say."""
    return {name: name for name in FOLDERS}


def default_place(kind: Kind) -> str:
    """Where files of a kind lie by default, with `<part>` for what varies."""
    place = kind.location.replace("{folder}", default_folders().get(kind.folder or "", ""))
    return place.replace("{", "<").replace("}", ">")


def read(document: Document) -> Project:
    """The project of a valid document. Raises ValueError for a date or time that does not exist."""
    data = document.data
    roles = {
        role: tuple(_person(member) for member in members if "login" in member)
        for role, members in data["roles"].items()
    }
    teams = {role: tuple(m["team"] for m in members if "team" in m) for role, members in data["roles"].items()}
    environments = {name: _environment(name, environment) for name, environment in data["environments"].items()}
    policies = data.get("policies", {})
    unlinked = policies.get("unlinked_evaluation", "refuse")
    evidence = NEEDED_EVIDENCE | {name: tuple(types) for name, types in policies.get("evidence", {}).items()}
    folders = default_folders() | data.get("paths", {})
    governance = data.get("governance", {})
    return Project(
        data["branch"], roles, environments, unlinked, evidence, folders, data,
        teams={role: names for role, names in teams.items() if names},
        freezes=tuple(map(_freeze, policies.get("freeze", ()))),
        policy_approvals=counts(policies.get("approvals", _named(environments))),
        auto_promote=tuple(policies.get("auto_promote", ())),
        adopt=_adopting(policies["adopt"]) if "adopt" in policies else None,
        packs=tuple(governance.get("packs", ())),
        enforced=tuple(governance.get("enforce", ())),
        path=document.path,
    )  # fmt: skip


def _person(data: Mapping[str, Any]) -> Member:
    return Member(data["login"], tuple(data.get("emails", ())), int(data["id"]) if "id" in data else None)


def _environment(name: str, data: Mapping[str, Any]) -> Environment:
    return Environment(
        name, tuple(data.get("after", ())), data.get("order", "ever"), counts(data.get("approvals", {})),
        data.get("soak"),
        data.get("hold_while_soaking", False),
    )  # fmt: skip


def _named(environments: Mapping[str, Environment]) -> dict[str, int]:
    """One approval of each role that any environment requires."""
    return {role: 1 for environment in environments.values() for role in environment.approvals}


def _adopting(data: Mapping[str, Any]) -> Adopting:
    from datetime import date

    try:
        return Adopting(date.fromisoformat(data["until"]), counts(data["approvals"]))
    except ValueError:
        raise ValueError(f"policies.adopt: there is no day {data['until']}") from None


def _freeze(data: Mapping[str, Any]) -> Freeze:
    from datetime import timedelta

    since, until = _moment(data["from"]), _moment(data["to"])
    try:
        until += timedelta(seconds=1) if "T" in data["to"] else timedelta(days=1)
    except OverflowError:
        message = f"policies.freeze: {data['to']} is too late a day"
        raise WrongValue(message, "policies", "freeze") from None
    return Freeze(since, until, data["to"], data["reason"], tuple(data.get("environments", ())))


def _moment(written: str) -> datetime:
    from datetime import UTC, datetime

    try:
        return datetime.fromisoformat(written.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"policies.freeze: there is no day or time {written}") from None


KIND = Kind("Project", "project", None, PATH, read, foreign, also=(OTHER_PATH,))
