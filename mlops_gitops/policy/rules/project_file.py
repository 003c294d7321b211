"""mlops.yaml is there: without it nothing else can be judged.

mlops.yaml says who may approve, which environments there are and where the files lie. Without it most other rules
have nothing to judge by. It only asks whether the file is there: whether it is valid is told by `schema`. In an
audit, the id also stands for a commit that removed a valid mlops.yaml or made it invalid.

Run `mlops-gitops init`, which writes one from what the repository tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import project
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error when there is no mlops.yaml."""
    if not context.head.tree.exists(project.PATH):
        message = "there is no mlops.yaml: this repository does not use mlops-gitops yet"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(project.PATH), "mlops-gitops init")


RULE = Rule("project-file", __doc__, check, bad=((Edit("mlops.yaml", None, None),),))
