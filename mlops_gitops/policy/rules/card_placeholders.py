"""No text of a model card is a placeholder.

Nearly every public card has the right headings, and below many of them stands "More information needed", a line of
the template, or a TODO. A placeholder in a field that releasing needs (`mlops:`) is an error: the question was not
answered. In the text of the card, and in `model-index`, it is a warning.

Write the answer. "Not known" is one, if it says what was not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mlops_gitops.cards.card_body import Prose
from mlops_gitops.cards.placeholders import placeholder, says_nothing, texts
from mlops_gitops.cards.template_text import TextPlaceholder, text_placeholders
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.policy.gathered import gathered
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context

_REQUIRED: tuple[Route, ...] = (
    ("intended_use",), ("out_of_scope",), ("limitations",), ("risk", "rationale"),
)  # fmt: skip


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a field, and warnings for the text."""
    for document in context.head.documents(card.KIND):
        block = document.data.get("mlops")
        for route, text in _fields(block if isinstance(block, dict) else {}):
            must_say = route in _REQUIRED or (route[-1] == "path" and not _leads_somewhere(context, text))
            found = placeholder(text) or (must_say and says_nothing(text) and text)
            if found:
                message = f"mlops.{'.'.join(map(str, route))} is not filled in: {_shown(found)}"
                yield document.problem(RULE.id, message, ("mlops", *route), help="write the answer in its place")
        yield from _results(document)
        yield from _in_text(document)


def _leads_somewhere(context: Context, path: str) -> bool:
    """Whether a path names a file that is known, or a folder above, which the schema refuses."""
    known = context.head.tree.exists(path) or context.head.tracking.output(path) is not None
    return known or path in (".", "..")


def _in_text(document: Document) -> Iterator[Diagnostic]:
    """Each place by itself while they are few; else one finding that leads to all of them."""
    found = list(text_placeholders(Prose(document)))
    blank = [place for place in found if not place.left]
    left = [place for place in found if place.left]
    yield from _gathered(blank, "a placeholder stands where the text should be: ",
                         "{count} placeholders stand where the text should be, the first of them ",
                         "write the text, or remove the section")  # fmt: skip
    yield from _gathered(left, "a comment for the author is left in a section that is written: ",
                         "{count} comments for the author are left in sections that are written, the first of them ",
                         "remove this comment")  # fmt: skip


def _gathered(places: Sequence[TextPlaceholder], message: str, summary: str, help: str) -> Iterator[Diagnostic]:
    found = [
        Diagnostic(RULE.id, Severity.WARNING, f"{message}{_shown(place.text)}", place.span, help) for place in places
    ]
    yield from gathered(found, f"{summary}{_shown(places[0].text)}" if places else "")


def _fields(block: dict[str, Any]) -> Iterator[tuple[Route, str]]:
    owners, artifacts = (
        listed if isinstance(listed := block.get(key), list) else [] for key in ("owners", "artifacts")
    )
    routes = [*_REQUIRED, *(("owners", n, key) for n in range(len(owners)) for key in ("name", "contact"))]
    routes += [("artifacts", n, "path") for n in range(len(artifacts))]
    for route in routes:
        value: Any = block
        for step in route:
            known = (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int))
            value = value[step] if known else None
        if isinstance(value, str):
            yield route, value


def _results(document: Document) -> Iterator[Diagnostic]:
    """What `model-index` says of its task and its data set."""
    for route, text in texts(document.data.get("model-index"), ("model-index",)):
        if route[-1] in ("type", "name") and (found := placeholder(text)):
            message = f"{'.'.join(map(str, route))} is not filled in: {_shown(found)}"
            yield document.problem(
                RULE.id, message, route, severity=Severity.WARNING, help="write the answer in its place"
            )


def _shown(text: Any) -> str:
    line = " ".join(str(text).split())
    return repr(line if len(line) <= 60 else line[:59] + "…")


_INDEX = (
    "model-index: [{name: churn, results: [{task: {type: 'To be written: which'}, dataset: {type: d, name: D}, "
    "metrics: []}]}]\n"
)
RULE = Rule(
    "card-placeholders",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
    ok=((Edit("models/churn/README.md", "# Churn", "# Churn\n\nIt sorts todo lists. `TODO` marks are kept.\n"),),),
    bad=(
        (
            Edit(
                "models/churn/README.md", "limitations: One country.", "limitations: 'To be written: where it is weak.'"
            ),
        ),
        (Edit("models/churn/README.md", "# Churn", "# Churn\n\n## Bias\n\n[More Information Needed]\n"),),
        (Edit("models/churn/README.md", "out_of_scope: Pricing.", "out_of_scope: N/A"),),
        (Edit("models/churn/README.md", "path: models/churn/model.skops", "path: 'To be written: the model file'"),),
        (Edit("models/churn/README.md", "mlops:\n", f"{_INDEX}mlops:\n"),),
    ),
)
