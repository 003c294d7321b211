"""A login or an e-mail address belongs to one person: each approval is of one known person.

Two approvals are meant to be those of two people. If a login or an address stood under two logins, one person could
count twice, or approve their own work under another name. It compares all logins, addresses and numbers of accounts
(`id:`) of all roles in mlops.yaml, without regard to case.

Keep the name under one login. A person of several roles is listed in each of them by the same login and number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name or number that two logins have, and for each login with two numbers."""
    owner: dict[str, str] = {}
    numbers: dict[str, int] = {}
    roles = context.head.project.data["roles"] if context.head.project else {}
    for role, members in roles.items():
        for n, member in enumerate(members):
            if "login" in member:
                for message in _doubts(member, owner, numbers):
                    yield context.head.project_document.problem(RULE.id, message, ("roles", role, n))


def _doubts(member: Mapping[str, Any], owner: dict[str, str], numbers: dict[str, int]) -> Iterator[str]:
    """What is said of somebody else already; adds the names of a member to `owner`, and their number to `numbers`."""
    login, number = member["login"], member.get("id")
    names = [login, *member.get("emails", ()), *([f"account {number}"] if number is not None else [])]
    for name in names:
        known = owner.setdefault(name.casefold(), login)
        if known.casefold() != login.casefold():
            yield f"{name} is {known}'s already, and here it is {login}'s"
    if number is not None and (known_number := numbers.setdefault(login.casefold(), number)) != number:
        yield f"{login} is account {known_number} already, and here account {number}"


RULE = Rule(
    "distinct-people",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    bad=(
        (Edit("mlops.yaml", "{login: carol}", "{login: carol, emails: [bob@example.org]}"),),
        (Edit("mlops.yaml", "login: bob,", "login: bob, id: 7,"), Edit("mlops.yaml", "carol}", "carol, id: 7}")),
    ),
)
