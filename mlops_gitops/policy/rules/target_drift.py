"""A field that a target guards changes only together with a promotion record.

An edit of the model's address or of its share of the traffic by hand would put something into use with no gate, no
approval and nothing on record. It compares the guarded fields of the base's targets with what the change makes of
them, and asks for a promotion record in the same change that sets them so. To bring back what the newest record set is
allowed, and so is to edit a field that no record set yet together with its target. The values of a new record must be
those that the base's targets render for its release; in a rollout those of its wave, by the targets it opened with, and
in a rollback a target that cannot go back (`reversible: false`) stays as it is, by name.

Undo the edit, and run `mlops-gitops promote` or `mlops-gitops rollback`. To stop guarding a field, remove it from
`targets:` in a pull request of its own, and change the file in the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.text import clipped, join_names
from mlops_gitops.documents.foreign.edit import read_field
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import Promotion, TargetValue
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.rendering import Rendering, guarded, recorded_in, release_facts, render
from mlops_gitops.rollout.wave_values import Step, step_values


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each guarded field that changed by hand, and each record whose values nothing renders."""
    base = context.base
    if base is None:
        return
    records = context.promotions()
    new = {(record.environment, record.model): record for record in records}
    for record in records:
        rendering = _set_for(context, record)
        if record.targets != rendering.values:
            message = f"its targets are not what the base's desired state renders for {record.model} {record.release}"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "targets"))
        if record.stays != rendering.stays:
            wanted = f"and those that cannot go back are {join_names([*rendering.stays]) or 'none'}"
            message = f"the targets that it leaves as they are: {join_names([*record.stays]) or 'none'}, {wanted}"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "stays"))
    for record in new.values():  # of two in one change the files say what the last one sets
        yield from _set_by(context, record)
    for state in _targeted(context, base):
        known = (state.environment, state.model) in new
        if not known and state.targets and context.head.state(state.environment, state.model) is not None:
            yield from _kept(context, base, state)


def _set_for(context: Context, record: Promotion) -> Rendering:
    """What a record must set and leave, by the base and what judges the rollout that runs."""
    release = context.head.release(record.model, record.release)
    if release is None:
        return Rendering(())
    return step_values(context, Step(record.action, record.environment, release, record.wave))


def _targeted(context: Context, base: Snapshot) -> Iterable[DesiredState]:
    """The desired states of the base whose targets the change may touch."""
    if context.targeted is None:
        return base.states()
    found = (base.state(environment, model) for environment, model in sorted(context.targeted))
    return (state for state in found if state is not None)


def _rendered(context: Context, state: DesiredState | None, version: str | None) -> tuple[TargetValue, ...]:
    release = context.head.release(state.model, version) if state and version else None
    if state is None or release is None:
        return ()
    return render(state, release_facts(release, context.ledger)).values


def _set_by(context: Context, record: Promotion) -> Iterator[Diagnostic]:
    """The fields that a new record says it sets, and that do not say so."""
    for value in record.targets:
        found = _value(context.head, value)
        if found != value.value:
            yield _changed(value, found, f"{record.path} sets it to {value.value!r}")


def _kept(context: Context, base: Snapshot, state: DesiredState) -> Iterator[Diagnostic]:
    """The fields that say neither what they said, nor what the newest record set.

    One that no record set yet may be edited together with the target that names it.
    """
    entry = context.ledger.newest(state.environment, state.model) if context.ledger else None
    record = entry.record if entry and isinstance(entry.record, Promotion) else None
    recorded = {value.place for value in record.targets} if record else set()
    head = context.head.state(state.environment, state.model)
    edited = {value.place: value.value for value in _rendered(context, head, state.release)}
    rendered = _rendered(context, state, state.release) if state.release else recorded_in(state, record)
    for value in guarded(rendered, record):
        if value.path not in context.changes:
            continue
        before, after = _value(base, value), _value(context.head, value)
        allowed = (before, value.value, None if value.place in recorded else edited.get(value.place))
        if after is None or after not in allowed:
            yield _changed(value, after, f"it was {clipped(str(before), 120)!r}, and no record sets it")


def _value(snapshot: Snapshot, value: TargetValue) -> str | None:
    """What a field says; None where it cannot be read alone."""
    try:
        return read_field(snapshot.tree, value.where).scalar.value
    except EditRefusal:
        return None


def _changed(value: TargetValue, found: str | None, reason: str) -> Diagnostic:
    says = "cannot be read any more" if found is None else f"is {clipped(found, 120)!r}"
    message = f"{value.path}: {value.field} of the target {value.target} {says}: {reason}"
    help = "undo the edit, and promote or roll back"
    return Diagnostic(RULE.id, Severity.ERROR, message, Span(value.path), help)


_SECOND = "promotions/staging/churn/0002.json"
_FIELD = '{"target": "eu", "path": "deploy/churn.yaml", "select": {}, "field": "uri", "value": "x"}'
_SET = f'"decisions": [],\n    "targets": [{_FIELD}]'

RULE = Rule(
    "target-drift",
    __doc__,
    check,
    Scope.BASE,
    bad=(
        (
            Edit(_SECOND, '"sequence": 1', '"sequence": 2', copy="promotions/staging/churn/0001.json"),
            Edit(_SECOND, '"decisions": []', _SET),
        ),
    ),
    about="DesiredState",
)
