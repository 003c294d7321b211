"""Diagnostics: what a command exits with for what was found."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, exit_code

ERROR, UNDECIDED = (
    Diagnostic("rule", Severity.ERROR, "no", Span("a.yaml"), undecided=value) for value in (False, True)
)
WARNING, NOTE = (Diagnostic("rule", severity, "no", Span("a.yaml")) for severity in (Severity.WARNING, Severity.NOTE))


@cases(
    "found, code",
    [
        ([], 0),
        ([WARNING, NOTE], 0),
        ([ERROR], 1),
        ([UNDECIDED], 3),
        ([WARNING, UNDECIDED], 3),
        ([UNDECIDED, ERROR], 1),
        ([ERROR, UNDECIDED, UNDECIDED], 1),
    ],
)
def test_an_error_fails_and_an_undecided_one_alone_is_undecided(found: list[Diagnostic], code: int) -> None:
    assert exit_code(found) == code
