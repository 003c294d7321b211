"""The people of each role are named by the number of their account as well as by their login.

A login can be renamed, and GitHub then lets anybody take it. An approval counts by the login in mlops.yaml, so the new
owner of a login would approve in the name of the old one. Where `id:` says the number of the account, an approval of
any other account does not count. It looks at the people under `roles:`; a team's members are asked of GitHub each time.
In a private repository only people whom you let in can review, so that there it is a note.

Add `id:` beside `login:` in mlops.yaml: `gh api users/bob --jq .id` prints the number.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.text import join_names
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, note, ok, unverified
from mlops_gitops.forges.settings import Settings, Unknown
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.project import PATH


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding, about the project of the base."""
    project = facts.base.project
    people = [member for members in project.roles.values() for member in members] if project else []
    bare = sorted({member.login for member in people if member.id is None and not member.is_blank})
    if project is None or not people:
        yield not_needed("no role names a person by login")
    elif not bare:
        yield ok("each person of a role is named by the number of their account")
    else:
        yield _bare_logins(settings, bare, project.path)


def _bare_logins(settings: Settings, bare: list[str], path: str) -> Finding:
    message = f"approvals by {join_names(bare)} count by login alone, and a login can get another owner"
    fix = f"add id: beside login: in {path}; gh api users/{bare[0]} --jq .id prints the number"
    repository = settings.repository
    if isinstance(repository, Unknown):
        return unverified(f"could not tell whether {message}: {repository.reason}", fix, path)
    return note(message, fix, path) if repository.private else fault(message, fix, path)


_BOB = Edit(PATH, "login: bob,", "login: bob, id: 4,")
_ALICE = Edit(PATH, "login: alice,", "login: alice, id: 2,")
_CAROL = Edit(PATH, "login: carol}", "login: carol, id: 3}")

CHECKUP = Checkup(
    "numbered-accounts",
    __doc__,
    examine,
    ok=(Case((_ALICE, _BOB, _CAROL), settings={"repository.private": False}),),
    bad=(Case(settings={"repository.private": False}), Case((_ALICE, _CAROL), settings={"repository.private": False})),
    unsure=(Case(settings={"repository": Unknown("the token may not read it")}),),
)
