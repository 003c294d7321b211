"""Each role holds enough people to approve what it must approve.

Nobody approves what they asked for or wrote, and one person counts for one role. With too few people in a role a
promotion is opened and can never be merged. It counts the members of each role without the person who runs `doctor`,
for each environment and for changes of the policy. A login that `init` left blank counts for nobody.

Add people under `roles:` in mlops.yaml, by their logins at the forge.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.errors import UNDECIDED
from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.preconditions import unapprovable
from mlops_gitops.records.project import PATH


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each role that lacks people."""
    project = facts.candidate.files.project
    if project is None:
        yield not_needed("there is no project file that can be read")
        return
    refusals = list(unapprovable(project, facts.candidate.person))
    for refusal in refusals:
        if refusal.exit_code == UNDECIDED:
            yield unverified(refusal.message, path=project.path)
        else:
            yield fault(refusal.message, refusal.help, project.path)
    if not refusals:
        yield ok("each role holds enough people")


_OPERATIONS = "operations: [{login: bob, emails: [bob@example.org]}]"

CHECKUP = Checkup(
    "enough-approvers",
    __doc__,
    examine,
    Part.RELEASE,
    bad=(
        Case((Edit(PATH, "bob, emails: [bob@example.org]", "<login>"),), local=True),
        Case(
            (Edit(PATH, "staging: {approvals: {operations: 1}}", "staging: {approvals: {operations: 2}}"),), local=True
        ),
        Case((Edit(PATH, _OPERATIONS, "operations: [{login: alice}]"), Edit(PATH, ", {login: carol}", "")), local=True),
    ),
    unsure=(Case((Edit(PATH, _OPERATIONS, "operations: [{team: example/ops}]"),), local=True),),
)
