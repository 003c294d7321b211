"""The folders of mlops.yaml lie apart: none is another, or inside another.

Files are distinguished by where they lie. If two folders of `paths:` were one, or one lay inside the other, a file
could be read as two kinds. It compares the folders of mlops.yaml in pairs, with the default of each that `paths:` does
not name.

Give each of the two it names a place of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each pair of folders that overlap."""
    folders = context.head.project.folders if context.head.project else {}
    for (first, left), (second, right) in combinations(sorted(folders.items()), 2):
        if f"{left}/".startswith(f"{right}/") or f"{right}/".startswith(f"{left}/"):
            message = f"{first} ({left}) and {second} ({right}) overlap, so a file could be read as either"
            yield context.head.project_document.problem(RULE.id, message, ("paths",))


RULE = Rule(
    "separate-folders",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    bad=((Edit("mlops.yaml", "branch: main", "branch: main\npaths: {releases: environments/all}"),),),
)
