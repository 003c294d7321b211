"""Which record says what a device of a fleet runs: the wave that has come to it, else the one in force."""

from __future__ import annotations

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of, is_reached


@frozen
class Device:
    """A device of a target with a roster."""

    target: str
    id: str


def device_entry(context: Context, environment: str, model: str, device: Device | None) -> Entry | None:
    """The entry of the record that says what runs; None where there is none.

    Without a device it is that of the release in force. Raises Error for a device that no roster has, and Undecided
    where the waves of a rollout are not known.
    """
    ledger, state = context.ledger, context.head.state(environment, model)
    current = ledger.current(environment, model) if ledger else None
    if device is None or state is None:
        return current
    groups = _groups(context.head, state, device)
    running = running_rollout(ledger, context.at, environment, model)
    if running is not None and (running.plan is None or running.tree is None or running.rollout is None):
        raise Undecided(f"{running.words}: its waves are not known", help="mlops-gitops audit")
    if running is not None and running.plan and running.tree and running.rollout:
        if any(target.name == device.target and target.roster for target in running.plan.targets):
            groups |= _groups(running.tree, running.plan, device)  # its roster judges it, and not a later one
        waves = running.rollout.until(running.record.wave)
        if device.id in groups and is_reached(waves, device.target, device.id, groups[device.id]):
            return running.newest
    if device.id not in groups:
        raise Error(f"the roster of {device.target} has no device {device.id}", help="add it, or leave out --device")
    return current


def _groups(tree: Snapshot, state: DesiredState, device: Device) -> dict[str, str]:
    """The group of each device of the target. Raises Error for a target that has no roster."""
    roster = next((target.roster for target in state.targets if target.name == device.target), None)
    if roster is None:
        rosters = ", ".join(target.name for target in state.targets if target.roster) or "none"
        reason = f"{state.environment} has no target {device.target} with a roster for {state.model}"
        raise Error(reason, help=f"those with one: {rosters}")
    return devices_of(stored_if_possible(tree.tree, roster) or b"")
