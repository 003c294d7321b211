"""The order of environments has no cycle: in one, no release could ever enter.

An environment takes a release only after the environments in its `after:`. In a circle each would wait for another,
and only an override could ever let a release in. It follows `after:` through the environments of mlops.yaml.

Take one of the steps it prints out of the circle.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error naming the cycle."""
    if context.head.project is None:
        return
    environments = context.head.project.environments
    try:
        TopologicalSorter({name: environment.after for name, environment in environments.items()}).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        message = f"environments come after one another in a circle: {' after '.join(cycle)}"
        yield context.head.project_document.problem(RULE.id, message, ("environments", cycle[-1], "after"))


RULE = Rule(
    "environment-order",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    bad=((Edit("mlops.yaml", "staging: {approvals", "staging: {after: [production], approvals"),),),
)
