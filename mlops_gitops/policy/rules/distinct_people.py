"""A login or an e-mail address belongs to one person: each approval is of one known person.

Two approvals are meant to be those of two people. If a login or an address stood under two logins, one person could
count twice, or approve their own work under another name. It compares all logins and addresses of all roles in
mlops.yaml, without regard to case.

Keep the name under one login. A person of several roles is listed in each of them by the same login.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name that two logins have."""
    owner: dict[str, str] = {}
    roles = context.head.project.data["roles"] if context.head.project else {}
    for role, members in roles.items():
        for n, member in enumerate(members):
            if "login" not in member:
                continue
            for name in (member["login"], *member.get("emails", ())):
                known = owner.setdefault(name.casefold(), member["login"])
                if known.casefold() != member["login"].casefold():
                    message = f"{name} is {known}'s already, and here it is {member['login']}'s"
                    yield context.head.project_document.problem(RULE.id, message, ("roles", role, n))


RULE = Rule(
    "distinct-people",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    bad=((Edit("mlops.yaml", "{login: carol}", "{login: carol, emails: [bob@example.org]}"),),),
)
