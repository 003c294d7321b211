"""No file that a card or KPIs name is kept by Git LFS.

What Git holds of such a file is a pointer of some hundred bytes; its digest is not that of the model or the data, and
a clone without `git lfs` has nothing else. Data of a release are kept by DVC, whose remotes this tool reads. It looks
at artifacts and evidence of cards and at the files of KPIs: whether a pointer lies there, and whether .gitattributes
gives the path to LFS.

Move the file to DVC: docs/how-to/move-from-git-lfs.md has the commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.git_lfs import UNSUPPORTED
from mlops_gitops.documents.document import Route
from mlops_gitops.pipelines.lfs_files import out_of_lfs
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card, kpis
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file that is named and kept by Git LFS."""
    head = context.head
    for source, route, path in _named(head):
        if head.tracking.is_in_lfs(path):
            message = f"{path} is in Git LFS. {UNSUPPORTED}"
            yield head.document(source).problem(RULE.id, message, route, help=out_of_lfs(head.tree, path))


def _named(head: Snapshot) -> Iterator[tuple[str, Route, str]]:
    """Each file that is named: where, and its path."""
    for model_card in head.records(card.KIND, Card):
        for n, artifact in enumerate(model_card.artifacts):
            yield model_card.path, ("mlops", "artifacts", n, "path"), artifact.path
        for n, evidence in enumerate(model_card.evidence):
            yield model_card.path, ("mlops", "evidence", n, "path"), evidence.path
    for model in head.records(kpis.KIND, Kpis):
        for name, data in model.data.items():
            yield model.path, ("data", name, "path"), data.path
        for n, file in {n: file for n, file in enumerate(map(_metrics_file, model.source["kpis"])) if file}.items():
            yield model.path, ("kpis", n, "metric", "file"), file


def _metrics_file(kpi: dict[str, object]) -> str:
    metric = kpi["metric"]
    return str(metric.get("file", "")) if isinstance(metric, dict) else ""


_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 20\n"
RULE = Rule(
    "git-lfs",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard", "KPIs"),
    ok=((Edit(".gitattributes", None, "*.bin filter=lfs diff=lfs merge=lfs -text\n"),),),
    bad=(
        (Edit("models/churn/model.skops", None, _POINTER),),
        (Edit("data/holdout.csv", None, _POINTER),),
    ),
)
