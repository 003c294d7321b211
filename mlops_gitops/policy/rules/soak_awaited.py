"""A soak is one that some promotion waits for.

A soak in an environment that nothing comes after, and that holds nothing either, makes nobody wait, though it reads as
if it did. It looks at each `soak:` of mlops.yaml.

Name the environment in the `after:` of the one that should wait, set `hold_while_soaking: true`, or remove the soak.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each soak that nothing waits for."""
    environments = context.head.project.environments if context.head.project else {}
    awaited = {name for environment in environments.values() for name in environment.after}
    for name, environment in environments.items():
        if environment.soak and name not in awaited and not environment.hold_while_soaking:
            message = f"nothing waits for this soak: no environment comes after {name}, and it is not held"
            document = context.head.project_document
            yield document.problem(RULE.id, message, ("environments", name, "soak"), severity=Severity.WARNING)


_PRODUCTION = "production: {after: [staging], "
RULE = Rule(
    "soak-awaited",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project",),
    severities=(Severity.WARNING,),
    ok=((Edit("mlops.yaml", "staging: {", "staging: {soak: 24h, "),),),
    bad=((Edit("mlops.yaml", _PRODUCTION, f"{_PRODUCTION}soak: 24h, "),),),
)
