"""What each record of a rollout sets in the targets: the release where a wave has come, what is in force elsewhere."""

from __future__ import annotations

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.foreign.edit import read_field
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import BACK, STOP, Promotion, TargetValue
from mlops_gitops.records.release import Release
from mlops_gitops.records.rollout import Rollout
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.rendering import Rendering, guarded, recorded_in, release_facts, render
from mlops_gitops.rollout.staying import unmoved


@frozen
class Step:
    """What a record does: its action, the release that it is about, where, and the wave that it opens or enters."""

    action: str
    environment: str
    release: Release
    wave: str | None = None


def step_values(context: Context, step: Step) -> Rendering:
    """The fields that a step sets in the targets, by the base, its ledger and what judges the rollout that runs.

    A wave sets all of them: those of the targets it has not come to say what they said.
    """
    model = step.release.model
    running = running_rollout(context.ledger, context.at, step.environment, model)
    state = context.base.state(step.environment, model) if context.base else None
    plan = running.plan if running and running.plan else state
    if plan is None:
        return Rendering(())
    if step.action in BACK:
        return _back(context, plan, running, step)
    if step.action not in ("open", "advance", "settle") or plan.rollout is None:
        return render(plan, release_facts(step.release, context.ledger))
    wave = running.record.wave if step.action == "settle" and running else step.wave
    return _waves(context, plan, plan.rollout, replace(step, wave=wave))


def _back(context: Context, plan: DesiredState, running: RunningRollout | None, step: Step) -> Rendering:
    """The release to go back to, or what was said before; targets that cannot go back keep what they say."""
    moved = replace(plan, targets=tuple(target for target in plan.targets if target.reversible))
    held = replace(plan, targets=tuple(target for target in plan.targets if not target.reversible))
    if step.action == STOP and running is not None:
        found = _before(context, moved, running)
    else:
        found = render(moved, release_facts(step.release, context.ledger))
    kept = _kept(context, held)
    both = (*found.values, *kept.values)
    values = [value for target in plan.targets for value in both if value.target == target.name]
    return Rendering(tuple(values), (*found.faults, *kept.faults), unmoved(plan))


def _kept(context: Context, plan: DesiredState) -> Rendering:
    """What the newest record set in the targets, else what the release in force renders, whatever the files say."""
    ledger = context.ledger
    newest = ledger.newest(plan.environment, plan.model) if ledger else None
    current = ledger.current(plan.environment, plan.model) if ledger else None
    record = newest.record if newest and isinstance(newest.record, Promotion) else None
    if current is None or not isinstance(current.record, Promotion):
        return Rendering(tuple(recorded_in(plan, record)))
    release = _release(context.base, current.record)
    if release is None:
        return Rendering((), tuple((target.name, "no release is in force") for target in plan.targets))
    found = render(plan, release_facts(release, ledger))
    return Rendering(tuple(guarded(found.values, record)), found.faults)


def _waves(context: Context, plan: DesiredState, rollout: Rollout, step: Step) -> Rendering:
    """The release with the traffic of the newest wave that names a target; in other targets what is in force."""
    shares = {name: wave.traffic for wave in rollout.until(step.wave) for name in wave.targets}
    facts = release_facts(step.release, context.ledger)
    values: dict[str, list[TargetValue]] = {target.name: [] for target in plan.targets}
    faults: list[tuple[str, str]] = []
    for target in plan.targets:
        if target.name in shares:
            found = render(replace(plan, targets=(target,)), replace(facts, traffic=shares[target.name]))
            values[target.name] += found.values
            faults += found.faults
    kept, kept_faults = _in_force(context, plan, frozenset(shares))
    for value in kept:
        values[value.target].append(value)
    ordered = tuple(value for target in plan.targets for value in values[target.name])
    return Rendering(ordered, (*faults, *kept_faults))


def _in_force(
    context: Context, plan: DesiredState, reached: frozenset[str]
) -> tuple[list[TargetValue], tuple[tuple[str, str], ...]]:
    """What the targets that no wave has reached say: what the record in force set, else what its release renders.

    Where no release is in force they say what they said before the first rollout.
    """
    others = replace(plan, targets=tuple(target for target in plan.targets if target.name not in reached))
    entry = context.ledger.current(plan.environment, plan.model) if context.ledger else None
    record = entry.record if entry and isinstance(entry.record, Promotion) else None
    if record is None and context.base is not None:
        running = running_rollout(context.ledger, context.at, plan.environment, plan.model)
        found = _said(others, context.base) if running is None else _before(context, others, running)
        return list(found.values), found.faults
    release = _release(context.base, record) if record else None
    if release is None:
        return [], tuple((target.name, "no release is in force") for target in others.targets)
    found = render(others, release_facts(release, context.ledger))
    return list(guarded(found.values, record)), found.faults


def _before(context: Context, plan: DesiredState, running: RunningRollout) -> Rendering:
    """What the targets said before the first rollout of a model opened."""
    parent = running.entries[0].commit.parent
    if context.at is None or parent is None:
        return Rendering((), tuple((target.name, "what it said before is not known") for target in plan.targets))
    return _said(plan, context.at(parent))


def _said(plan: DesiredState, tree: Snapshot) -> Rendering:
    """What the fields of targets say in a tree, whether a record set it or a person."""
    values: list[TargetValue] = []
    faults: list[tuple[str, str]] = []
    for target in plan.targets:
        for file in target.files:
            for field in file.values:
                value = TargetValue(target.name, file.path, file.select, field, "")
                try:
                    values.append(replace(value, value=read_field(tree.tree, value.where).scalar.value))
                except EditRefusal as refusal:
                    faults.append((target.name, refusal.message))
    return Rendering(tuple(values), tuple(faults))


def _release(base: Snapshot | None, record: Promotion) -> Release | None:
    return base.release(record.model, record.release) if base else None
