"""The bytes of a promoted release are in the DVC remote."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity, Span


def check(context: Context) -> Iterator[Diagnostic]:
    """One undecided error for each file that is not there: it may only be out of reach."""
    for path, reason in sorted(context.pull.missing.items()) if context.pull else ():
        yield Diagnostic(RULE.id, Severity.ERROR, reason, Span(path), "dvc push", undecided=True)


RULE = Rule("bytes-present", __doc__, check, Scope.PULL)
