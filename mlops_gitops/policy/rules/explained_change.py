"""The release of a desired state, and what is rolling there, change only together with a promotion record.

An edit of `release:` by hand would put a model into use with no gate, no approval and nothing on record. It compares
`release:` and `rolling:` of every desired state that changed since the base, and asks for a promotion record in the
same change that says so. To bring back what the newest record says is allowed, and so is removing the states of an
environment that mlops.yaml no longer has; the other keys of the file are not its matter.

Undo the edit, and run `mlops-gitops promote` or `mlops-gitops rollback`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import asdict
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import desired_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_Stated: TypeAlias = tuple[str | None, Any]  # the release in force, and `rolling:` as it is written
_NOTHING: _Stated = (None, None)


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each release that was set, changed or removed by hand."""
    explained = [(record.environment, record.model, *_stated_by(record)) for record in context.promotions()]
    for path in sorted(context.changes):
        parts = desired_state.KIND.match(context.policy.folders, path)
        if parts is None:
            continue
        before, after = (_stated(snapshot, path) for snapshot in (context.base, context.head))
        if before == after or (parts["environment"], parts["model"], *after) in explained:
            continue
        if _restored(context, parts, after) or _retired(context, parts, after):
            continue
        message = f"{parts['environment']} was set from {_words(before)} to {_words(after)} without a record"
        command = f"mlops-gitops promote {parts['model']} --to {parts['environment']} --release {after[0] or 'VERSION'}"
        help = f"undo the edit, and run: {command}"
        if after[0]:
            route = ("release",) if before[0] != after[0] else ("rolling",)
            yield context.head.document(path).problem(RULE.id, message, route, help=help)
        else:
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), help)


def _stated_by(record: Promotion) -> _Stated:
    return record.in_force, asdict(record.rolling) if record.rolling else None


def _restored(context: Context, parts: Mapping[str, str], after: _Stated) -> bool:
    """Whether the change only brings back what the newest record says."""
    newest = context.ledger.newest(parts["environment"], parts["model"]) if context.ledger else None
    return newest is not None and isinstance(newest.record, Promotion) and _stated_by(newest.record) == after


def _retired(context: Context, parts: Mapping[str, str], after: _Stated) -> bool:
    """Whether the environment itself goes with its states."""
    project = context.head.project
    return after == _NOTHING and project is not None and parts["environment"] not in project.environments


def _stated(snapshot: Snapshot | None, path: str) -> _Stated:
    """The release and what is rolling by a file, valid or not."""
    entry = snapshot.entry(path, desired_state.KIND) if snapshot else None
    data = entry.document.data if entry else None
    if not isinstance(data, dict):
        return _NOTHING
    return (str(data["release"]) if "release" in data else None), data.get("rolling")


def _words(stated: _Stated) -> str:
    release, rolling = stated
    words = release or "nothing"
    if rolling is None:
        return words
    parts = (rolling.get("release"), rolling.get("wave")) if isinstance(rolling, dict) else ("?", "?")
    return f"{words} (rolling out {parts[0]} in {parts[1]})"


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
