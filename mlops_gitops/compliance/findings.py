"""Results to findings: warnings where something can be done, and errors in a promotion to an enforced environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.compliance.assess import Result
from mlops_gitops.compliance.result import Place, Status
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.repository.context import Context

RULE = "governance"


def warnings(context: Context, results: Iterable[Result]) -> Iterator[Diagnostic]:
    """A warning for each requirement that is not met, and for each attestation that is about to end, in its file."""
    for result in results:
        for finding in result.findings:
            if finding.soon:
                yield _at(context, finding.place, finding.soon, Severity.WARNING, "attest it again before that day")
        if result.status is Status.FAILED and result.findings[0].place:
            yield _at(context, result.findings[0].place, sentence(result), Severity.WARNING, result.help)


def errors(context: Context, results: Iterable[Result], record: str) -> Iterator[Diagnostic]:
    """What keeps a promotion out of an enforced environment, at the place to fix, or at its `record`.

    A requirement of severity error that is not met is an error; one whose evidence is out of reach is undecided.
    """
    for result in results:
        if result.is_open:
            severity = Severity.ERROR if result.severity == "error" else Severity.WARNING
            undecided = result.status is Status.UNAVAILABLE and severity is Severity.ERROR
            place = result.findings[0].place or Place(record)
            yield _at(context, place, sentence(result), severity, result.help, undecided=undecided)


def sentence(result: Result) -> str:
    """What is not met, after what asks for it."""
    worst = next((f.says for f in result.findings if f.status is result.status), result.says)
    return f"{result.row.id}, {result.row.title} ({result.row.source.article}): {worst}"


def _at(
    context: Context, place: Place | None, message: str, severity: Severity, help: str, *, undecided: bool = False
) -> Diagnostic:
    where = place or Place(context.head.project_path)
    span = context.head.document(where.path).span(where.route)
    return Diagnostic(RULE, severity, message, span, help, undecided=undecided)
