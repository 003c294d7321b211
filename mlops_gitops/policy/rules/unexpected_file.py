"""Nothing lies in the tool's own folders that the tool would pass over.

A manifest saved as `.yml`, or one folder too deep, would look like a record to people and be nothing to the tool. It
lists all files below the folders for releases, environments, promotions, decisions and packs, and finds fault with
those that no kind of file matches; README.md, CODEOWNERS, .gitkeep and .gitignore may lie there. Below the folder for
models, where model files and code may lie too, it finds model cards, KPIs, monitoring.yaml and retraining.yaml whose
folder is not named as a model can be, or that are named almost as they must be, and files that say by their
`apiVersion:` or by `mlops:` that they are for this tool.

Move the file to the place it shows, or keep it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core import names
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.tree import SYMLINK, Unreadable
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.intended_places import model_file_place, record_place
from mlops_gitops.repository.snapshot import KINDS, Snapshot
from mlops_gitops.repository.stated_kind import stated_kind

_WHOLE = ("Release", "DesiredState", "Promotion", "Decision", "Pack")  # the kinds whose folders hold nothing else
_HARMLESS = {"README.md", ".gitkeep", ".gitignore", "CODEOWNERS"}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each file that no kind matches, and for each link in the place of a model's folder."""
    head = context.head
    for path in _judged(head, head.folders["models"]):
        yield from _in_models(head, path)
    for kind in (kind for kind in KINDS if kind.name in _WHOLE):
        for path in _judged(head, kind.top(head.folders)):
            if head.kind_of(path) is None and path.rsplit("/", 1)[-1] not in _HARMLESS:
                message = f"{path} is not where the tool looks, so nothing would judge it"
                place = record_place(kind, head.folders, path)
                help = f"move it to {place}" if place else f"the form is {_form(head, kind)}"
                yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), help)


def _judged(head: Snapshot, folder: str) -> Iterator[str]:
    """The files below a folder of ours; where only some files are judged, those of them."""
    if head.only is not None:
        yield from (path for path in head.only if path.startswith(f"{folder}/"))
        return
    left_out = head.not_judged
    yield from (path for path in head.tree.paths(folder) if path not in left_out)


def _in_models(head: Snapshot, path: str) -> Iterator[Diagnostic]:
    if card.KIND.match(head.folders, f"{path}/README.md") and _is_link(head, path):
        message = f"{path} is a link, and what lies behind it would not be judged"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "put the folder itself there")
    elif right := model_file_place(head.folders["models"], path):
        message = f"{path} is read by nothing: a model's name has {names.MODEL_IN_WORDS}"
        message += ", and its folder holds README.md, kpis.yaml, monitoring.yaml and retraining.yaml"
        yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), f"move it to {right}")
    elif head.kind_of(path) is None and (name := stated_kind(head.tree, path)):
        severity = Severity.WARNING if name == card.KIND.name else Severity.ERROR
        message = f"{path} is read by nothing, and by what it says it is for this tool"
        kind = next((kind for kind in KINDS if kind.name == name), None)
        help = f"the form is {_form(head, kind)}" if kind else f"there is no kind {name!r}"
        yield Diagnostic(RULE.id, severity, message, Span(path), help)


def _is_link(head: Snapshot, path: str) -> bool:
    try:
        head.tree.read(path)
    except Unreadable as error:
        return error.message == SYMLINK
    return False


def _form(head: Snapshot, kind: Kind) -> str:
    return kind.location.format_map(_Shown(head.folders.get(kind.folder or "", "")))


class _Shown(dict[str, str]):
    def __init__(self, folder: str) -> None:
        super().__init__(folder=folder)

    def __missing__(self, part: str) -> str:
        return f"<{part}>"


RULE = Rule(
    "unexpected-file",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard", "KPIs", "Monitoring", "Retraining"),
    about="file",
    severities=(Severity.ERROR, Severity.WARNING),
    ok=((Edit("models/churn/docs/README.md", None, "# How\n"), Edit("models/Old_One/model.pkl.dvc", None, "")),),
    bad=(
        (Edit("releases/churn/1.2.0.yml", None, "kind: Release\n"),),
        (Edit("models/v1.0/README.md", None, "# Churn\n"),),
        (Edit("models/other/kpis.yml", None, "kind: KPIs\n"),),
        (Edit("models/churn/monitoring.yml", None, "kind: Monitoring\n"),),
        (Edit("models/churn/retraining.yml", None, "kind: Retraining\n"),),
        (Edit("models/churn/more.yaml", None, "apiVersion: mlops-gitops/v1\nkind: KPIs\n"),),
        (Edit("models/churn/card.md", None, "---\nmlops: {}\n---\n# Churn\n"),),
    ),
)
