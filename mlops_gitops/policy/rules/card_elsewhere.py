"""Model cards, KPIs, monitoring.yaml and retraining.yaml lie in the folder for models, where they are read.

Where mlops.yaml loses its `paths:`, the cards in that folder are read by nothing, and `validate` would say that all is
well. It looks at every README.md, kpis.yaml, monitoring.yaml and retraining.yaml outside the folder for models, and
finds those that say by `mlops:` or by their `apiVersion:` that they are for this tool; below a folder with a mlops.yaml
of its own they are that project's.

Set `paths:` in mlops.yaml so that `models` is the folder they lie in, or move them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.dvc_projects import parents
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import card, kpis, monitoring, project, retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.repository.stated_kind import stated_kind

_PLACES = {"README.md": card.KIND, "kpis.yaml": kpis.KIND, "monitoring.yaml": monitoring.KIND,
           "retraining.yaml": retraining.KIND}  # fmt: skip


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each file of a model that lies elsewhere."""
    head = context.head
    for path in head.visible_paths:
        kind = _PLACES.get(posixpath.basename(path))
        if kind is None or path in head.index or path.startswith(f"{head.folders['models']}/"):
            continue
        if stated_kind(head.tree, path) == kind.name and not _is_of_another_project(head.tree, path):
            yield _finding(head, path)


def _finding(head: Snapshot, path: str) -> Diagnostic:
    models = head.folders["models"]
    message = f"{path} is read by nothing: the folder for models is {models}"
    folder, _, model = posixpath.dirname(path).rpartition("/")
    moved = f"move it to {models}/{model or '<model>'}/{posixpath.basename(path)}"
    help = f"set `paths: {{models: {folder}}}` in {head.project_path}, or {moved}" if folder else moved
    return Diagnostic(RULE.id, Severity.WARNING, message, Span(path), help)


def _is_of_another_project(tree: Tree, path: str) -> bool:
    return any(tree.exists(f"{folder}/{name}") for folder in parents(path) if folder for name in project.PATHS)


_CARD = "---\nmlops: {}\n---\n# Churn\n"
RULE = Rule(
    "card-elsewhere",
    __doc__,
    check,
    unplaced=True,
    about="file",
    severities=(Severity.WARNING,),
    ok=(
        (Edit("docs/README.md", None, "# How\n"),),
        (Edit("examples/mlops.yaml", None, "kind: Project\n"), Edit("examples/models/churn/README.md", None, _CARD)),
        (Edit("x/mlops-gitops.yaml", None, "kind: Project\n"), Edit("x/models/churn/README.md", None, _CARD)),
    ),
    bad=(
        (Edit("mlops-models/churn/README.md", None, _CARD),),
        (Edit("cards/churn/kpis.yaml", None, "apiVersion: mlops-gitops/v1\nkind: KPIs\n"),),
        (Edit("cards/churn/retraining.yaml", None, "apiVersion: mlops-gitops/v1\nkind: Retraining\n"),),
        (Edit("README.md", None, _CARD),),
        (Edit("mlops.yaml", "branch: main", "branch: main\npaths: {models: cards}"),),
    ),
)
