"""The folders of mlops.yaml stay where they are once anything is on record in them.

Records are found by their folder. If `paths:` pointed elsewhere, the tool would read an empty history, and every
chain and approval on record would be forgotten. It compares `paths:` of mlops.yaml on the base and now, for each
folder, save for models, that holds a file of ours on the base.

Leave the folder where it is; choose the folders before the first release.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each folder that would leave its records behind, unread."""
    base, head = context.base, context.head
    if base is None or base.project is None or head.project is None:
        return
    for name, folder in base.project.folders.items():
        if name == "models" or head.project.folders[name] == folder:
            continue
        if any(kind.folder == name for kind in base.index.values()):
            message = (
                f"{name} would move from {folder} to {head.project.folders[name]}, and what is on record would be lost"
            )
            yield head.project_document.problem(RULE.id, message, ("paths", name))


RULE = Rule(
    "moved-paths",
    __doc__,
    check,
    Scope.BASE,
    bad=((Edit("mlops.yaml", "branch: main", "branch: main\npaths: {promotions: records}"),),),
)
