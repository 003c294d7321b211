"""No value of a file is one thing to one YAML parser and another thing to the next.

`no` is text in YAML 1.2, which this tool reads, and false in YAML 1.1, which PyYAML, Go and Ruby read; `010` is 10 to
one and 8 to the other, `12:30` text or 750. The person who approves such a file cannot know what another tool reads.
It looks at keys and values without quotes, at merge keys (`<<`), which YAML 1.2 does not have, and at a `%YAML` line
that asks for another version; in a model card, at the keys that the card's schema knows.

Put text in quotes, which `validate --fix` does, and write numbers without a leading zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span
from mlops_gitops.core.yaml_versions import other_reading, other_version
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document, PlainText
from mlops_gitops.documents.schema_messages import MERGE
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.entry import Entry


def check(context: Context) -> Iterator[Diagnostic]:
    """An error at each place."""
    for entry in context.head.entries():
        if entry.may_differ:
            reported = {(problem.span.line, problem.span.column) for problem in entry.problems}
            found = _differences(entry.document, entry)
            yield from (error for error in found if (error.span.line, error.span.column) not in reported)


def _differences(document: Document, entry: Entry) -> Iterator[Diagnostic]:
    if version := other_version(document.source or ""):
        line = 1 + document.line_offset
        span = Span(document.path, line, 1, line, len(version) + 1)
        message = f"{version}: files are read as YAML 1.2"
        yield Diagnostic(RULE.id, Severity.ERROR, message, span, "remove the line")
    is_card = entry.kind.name == "ModelCard"  # by its name: few files need the module of cards
    known = set(schema_validation.schema(entry.kind.schema)["properties"]) - {"model-index"}
    for found in document.plain_texts():
        if not is_card or found.route[0] in known:
            yield from _difference(document, found)
        elif found.text == MERGE and found.is_key and len(found.route) == 1:
            message = "the merge key << is read by some YAML parsers and not by others"
            yield Diagnostic(RULE.id, Severity.ERROR, message, found.span, "write the keys here instead")


def _difference(document: Document, found: PlainText) -> Iterator[Diagnostic]:
    other = other_reading(found.text)
    if not other:
        return
    number = not isinstance(found.value, str)
    here = str(found.value) if number else "text"
    message = f"{found.text} is {here} to some YAML parsers, and {other} to others"
    quoted = f'"{found.text}"'
    help, fix = f"put it in quotes: {quoted}", None
    if number:
        help = f"write {here}" + ("" if other == "text" else f", or {other} if that is meant")
    elif not document.is_shared(found.route):
        fix = Fix(f"put {found.text} in quotes", (Replacement(found.span, quoted),))
    yield Diagnostic(RULE.id, Severity.ERROR, message, found.span, help, fix=fix)


RULE = Rule(
    "ambiguous-values",
    __doc__,
    check,
    Scope.FILE,
    waivable=True,
    about="file",
    ok=((Edit("models/churn/README.md", "license: apache-2.0", 'license: apache-2.0\nlanguage: ["no", en]'),),),
    bad=(
        (Edit("models/churn/README.md", "license: apache-2.0", "license: apache-2.0\nlanguage: no"),),
        (Edit("mlops.yaml", "{operations: 1}", "{operations: 010}"),),
        (Edit("mlops.yaml", "apiVersion", "%YAML 1.1\n---\napiVersion"),),
    ),
)
