"""What a card offers as evidence is there, byte for byte, and its risk class has the evidence it needs.

An explanation of the model, a fairness report or a risk assessment proves something only while it is the file that was
looked at. So each is pinned: by `md5` when DVC keeps it, else by the `sha256` of what Git stores, which is the same
whatever line ends a checkout has. Class high needs evidence of types explainability and risk-assessment, unless
`policies.evidence` in mlops.yaml asks for others; the European AI Act asks high-risk systems for such documents in its
articles 9 to 15.

`--fix` fills in a digest that is missing. When a file was changed on purpose, review it and write its new digest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.insert_key import insert_beside
from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.pipelines.dvc_projects import file_command
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.records.card import Card, Evidence
from mlops_gitops.records.project import NEEDED_EVIDENCE
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file that is missing, unpinned or changed, and one for each type a card lacks."""
    project = context.policy.project
    needed = project.evidence if project else NEEDED_EVIDENCE
    tracking = context.head.tracking
    for model_card in context.head.records(card.KIND, Card):
        document = context.head.document(model_card.path)
        for type in needed.get(model_card.risk, ()):
            if type not in {evidence.type for evidence in model_card.evidence}:
                message = f"a card of risk class {model_card.risk} needs evidence of type {type}"
                help = f"commit the file, then list it under mlops.evidence: {{id: …, type: {type}, path: …}}"
                yield document.problem(RULE.id, message, ("mlops", "risk", "class"), help=help)
        names = Counter(evidence.id for evidence in model_card.evidence)
        for n, evidence in enumerate(model_card.evidence):
            route = ("mlops", "evidence", n)
            if names[evidence.id] > 1:
                yield document.problem(RULE.id, f"the id {evidence.id!r} appears twice", (*route, "id"))
            kind = context.head.kind_of(evidence.path)
            if kind:
                message = f"{evidence.path} is a file of kind {kind.name}, and proves nothing about the model"
                yield document.problem(RULE.id, message, (*route, "path"), help="name the report itself")
            else:
                yield from _check_file(tracking, document, route, evidence)


def _check_file(tracking: Tracking, document: Document, route: Route, evidence: Evidence) -> Iterator[Diagnostic]:
    """What is wrong with a file that DVC or Git keeps, or that is missing."""
    output = tracking.output(evidence.path)
    if output and output.cached:
        yield from _pinned(document, route, "md5", evidence.md5, str(output.pin.md5), evidence.path)
        return
    try:
        data = tracking.tree.stored(evidence.path)
    except Unreadable as error:
        yield document.problem(RULE.id, f"{evidence.path} {error}", (*route, "path"))
        return
    if data is None:
        help = f"commit it, or: {file_command(tracking.tree, 'add', evidence.path)}"
        yield document.problem(RULE.id, f"there is no {evidence.path}", (*route, "path"), help=help)
    else:
        yield from _pinned(document, route, "sha256", evidence.sha256, sha256(data), evidence.path)


def _pinned(
    document: Document, route: Route, key: str, stated: str | None, digest: str, path: str
) -> Iterator[Diagnostic]:
    if stated is None:
        place = (*route, key)
        blank = key in document.data["mlops"]["evidence"][route[-1]] and not document.source_text(place)
        filled = document.rewrite_fix(place, f' "{digest}"', f"write {key}: {digest}") if blank else None
        fix = filled or insert_beside(document, route, "path", key, digest)
        help = f"add {key}: {digest}" + (" (validate --fix does)" if fix else "")
        yield document.problem(RULE.id, f"{path} is not pinned by its {key}", (*route, "path"), help=help, fix=fix)
    elif stated != digest:
        message = f"{path} is not what this card cites: its {key} is {digest}"
        yield document.problem(RULE.id, message, (*route, key), help="review it, then write its new digest")


def _with(path: str, pin: str) -> Edit:
    evidence = f"  evidence: [{{id: it, type: evaluation, path: {path}{pin}}}]\n"
    return Edit("models/churn/README.md", "  limitations:", f"{evidence}  limitations:")


_NOTE = "models/churn/note.md"
# Of "Little.\n", written out: importing a rule digests nothing.
_LITTLE = "6406104e71501788894c0a7937cdd594c27771e91c1c81b1052e0c05915d76ff"
RULE = Rule(
    "card-evidence",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    waivable=True,
    ok=(
        (Edit(_NOTE, None, "Little.\n"), _with(_NOTE, f", sha256: '{_LITTLE}'")),
        (_with("data/holdout.csv", f", md5: '{'d' * 32}'"),),
    ),
    bad=(
        (_with("dvc.yaml", f", sha256: '{'0' * 64}'"),),
        (_with("dvc.yaml", ""),),
        (_with(_NOTE, ""),),
        (_with("data/holdout.csv", f", md5: '{'c' * 32}'"),),
        (Edit("models/churn/README.md", "class: limited", "class: high"),),
    ),
)
