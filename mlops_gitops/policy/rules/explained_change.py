"""The release of a desired state changes only together with a promotion record.

An edit of `release:` by hand would put a model into use with no gate, no approval and nothing on record. It compares
the release of every desired state that changed since the base, and asks for a promotion record in the same change
that says so. To bring back what the newest record says is allowed, and so is removing the states of an environment
that mlops.yaml no longer has; the other keys of the file are not its matter.

Undo the edit, and run `mlops-gitops promote` or `mlops-gitops rollback`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import desired_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each release that was set, changed or removed by hand."""
    explained = {(record.environment, record.model, record.release) for record in context.promotions()}
    for path in sorted(context.changes):
        parts = desired_state.KIND.match(context.policy.folders, path)
        if parts is None:
            continue
        before, after = (_release(snapshot, path) for snapshot in (context.base, context.head))
        if before == after or (parts["environment"], parts["model"], after) in explained:
            continue
        if _restored(context, parts, after) or _retired(context, parts, after):
            continue
        message = f"{parts['environment']} was set from {before or 'nothing'} to {after or 'nothing'} without a record"
        command = f"mlops-gitops promote {parts['model']} --to {parts['environment']} --release {after or 'VERSION'}"
        help = f"undo the edit, and run: {command}"
        if after:
            yield context.head.document(path).problem(RULE.id, message, ("release",), help=help)
        else:
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), help)


def _restored(context: Context, parts: Mapping[str, str], after: str | None) -> bool:
    """Whether the change only brings back what the newest record says."""
    current = context.ledger.current(parts["environment"], parts["model"]) if context.ledger else None
    return current is not None and isinstance(current.record, Promotion) and current.record.release == after


def _retired(context: Context, parts: Mapping[str, str], after: str | None) -> bool:
    """Whether the environment itself goes with its states."""
    project = context.head.project
    return after is None and project is not None and parts["environment"] not in project.environments


def _release(snapshot: Snapshot | None, path: str) -> str | None:
    entry = snapshot.entry(path, desired_state.KIND) if snapshot else None
    data = entry.document.data if entry else None
    return str(data["release"]) if isinstance(data, dict) and "release" in data else None


RULE = Rule(
    "explained-change",
    __doc__,
    check,
    Scope.BASE,
    ok=((Edit("environments/staging/churn.yaml", "kind: DesiredState", "kind: DesiredState  # churn"),),),
    bad=(
        (Edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "1.1.0"'),),
        (Edit("environments/staging/churn.yaml", None, None),),
    ),
)
