"""There is one mlops.yaml: without it nothing else can be judged.

mlops.yaml says who may approve, which environments there are and where the files lie. Without it most other rules
have nothing to judge by. A mlops.yaml without `apiVersion: mlops-gitops/v1` is another tool's, and the project is then
in mlops-gitops.yaml; two files that are both the project are an error. Whether the file is valid is the matter of
`schema`. In an audit, the id also stands for a commit that removed a valid project or made it invalid.

Run `mlops-gitops init`, which writes one from what the repository tells; of two, remove one.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.documents.kind import API_VERSION
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import project
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error when there is no project, and when there are two."""
    head = context.head
    if len(head.project_paths) > 1:
        span = Span(head.project_paths[1])
        yield Diagnostic(RULE.id, Severity.ERROR, f"{head.project_fault}: one counts", span, "remove one of them")
    elif not head.project_paths:
        message = f"there is no {head.project_path}: this repository does not use mlops-gitops yet"
        if head.project_path != project.PATH:
            message = f"{project.PATH} has no `apiVersion: {API_VERSION}`, so it is another tool's, and {message}"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(head.project_path), "mlops-gitops init")


_FOREIGN = Edit("mlops.yaml", None, "project: of another tool\n")
RULE = Rule(
    "project-file",
    __doc__,
    check,
    ok=(
        (Edit("mlops-gitops.yaml", "", "", copy="mlops.yaml"), Edit("mlops.yaml", None, "project: of another tool\n")),
    ),
    bad=(
        (Edit("mlops.yaml", None, None),),
        (_FOREIGN,),
        (Edit("mlops-gitops.yaml", "", "", copy="mlops.yaml"),),
    ),
)
