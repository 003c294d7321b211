"""A new release of a retraining, or one that live windows judge, agrees with the records of both.

A manifest can be written by hand, with windows that nobody watched and a cause that nobody had. It looks at the records
on the branch of monitoring records: a retraining of that cause must have proposed that version with that very manifest,
and each window must have on record the digest that the manifest has, and the release that it names as its baseline. It
is undecided (exit code 3) where there is not yet a record of the retraining, or, of a manifest that it does not hold to
be the proposed one, of a window.

Let `mlops-gitops monitor` record the windows, run the job `propose` again where it was stopped, or retrain.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each thing that the records have against a new manifest."""
    for path, faults in context.pull.record_faults.items() if context.pull else ():
        span = context.head.document(path).span(("version",))
        for message, undecided in faults:
            yield Diagnostic(RULE.id, Severity.ERROR, message, span, undecided=undecided)


RULE = Rule("release-records", __doc__, check, Scope.PULL, about="Release", standing=True)
