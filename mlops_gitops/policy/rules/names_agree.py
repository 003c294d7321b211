"""The names in a path agree with the names in the file.

A file is found by its path and judged by its content. When the two differ, a release could be approved as one thing
and used as another. It compares the model, version, environment and sequence in the path of every valid file with
those the file itself states.

Rename the file, or fix the name inside.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.entry import name_faults


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name that differs."""
    for entry in context.head.entries():
        yield from name_faults(entry)


RULE = Rule(
    "names-agree",
    __doc__,
    check,
    Scope.FILE,
    about="file",
    bad=((Edit("models/churn/kpis.yaml", "model: churn", "model: chum"),),),
)
