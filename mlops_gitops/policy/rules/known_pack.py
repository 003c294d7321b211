"""Every pack that mlops.yaml names is there, and what is enforced is an environment of it.

A pack of a misspelt id would judge nothing, and a misspelt environment would let every release in. It looks for each id
of `governance.packs` among the packs that come with this tool and in governance/packs/, for two packs in force that
share the id of a requirement, and for each environment of `governance.enforce`.

Correct the name (the nearest one is offered), or add the pack as governance/packs/ID.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import pack
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import built_in_ids, find_pack, is_own


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each pack that is not there, each id that two share, and each environment that is not there."""
    head = context.head
    project, document = head.project, head.project_document
    if project is None:
        return
    owners: dict[str, str] = {}
    for n, id in enumerate(project.packs):
        route = ("governance", "packs", n)
        named = find_pack(head, id)
        if named is None and not is_own(head, id):
            known = [*built_in_ids(), *(parts["id"] for path in head.tree.paths("governance/packs")
                                        if (parts := pack.KIND.match(head.folders, path)))]  # fmt: skip
            message = (
                f"there is no pack {id!r}: none is built in, and {pack.KIND.path(head.folders, id=id)} is not there"
            )
            yield document.problem(
                RULE.id, message, route, help=did_you_mean(id, known, f"there are {', '.join(known)}")
            )
        for row in named.requirements if named else ():
            if (other := owners.setdefault(row.id, id)) != id:
                message = (
                    f"{other} and {id} both have a requirement {row.id}, so an attestation of it would count twice"
                )
                yield document.problem(RULE.id, message, route, help="give one of them another id")
    for n, name in enumerate(project.enforced):
        if name not in project.environments:
            help = did_you_mean(name, project.environments, f"{project.path} has {', '.join(project.environments)}")
            message = f"there is no environment {name!r} in {project.path}"
            yield document.problem(RULE.id, message, ("governance", "enforce", n), help=help)


def _governed(by: str) -> tuple[Edit, ...]:
    return (Edit("mlops.yaml", "branch: main", f"branch: main\ngovernance: {{{by}}}"),)


RULE = Rule(
    "known-pack",
    __doc__,
    check,
    Scope.TREE,
    about="Project",
    ok=(_governed("packs: [eu-ai-act, us-mrm], enforce: [production]"),),
    bad=(
        _governed("packs: [eu-ai-akt]"),
        _governed("packs: [eu-ai-act], enforce: [prod]"),
    ),
)
