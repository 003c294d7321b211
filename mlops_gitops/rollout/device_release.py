"""Which record says what a device of a fleet runs: the wave that has reached it, else the one in force."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.tree import read_if_possible, stored_if_possible
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of, is_reached
from mlops_gitops.rollout.staying import kept_entries


@frozen
class Device:
    """A device of a target with a roster."""

    target: str
    id: str


@frozen
class Fleet:
    """The devices of a target, and which record says what each of them runs.

    `groups` has the group of each device; `current` is the entry of the record in force, None where nothing is;
    `newest` is that of the wave that a rollout is in, and `waves` are those that have come. `kept` has the entries of
    devices that keep a release which was taken back, since they cannot go back.
    """

    target: str
    groups: Mapping[str, str]
    current: Entry | None
    newest: Entry | None = None
    waves: tuple[Wave, ...] = ()
    kept: Mapping[str, Entry] = {}

    def entry(self, device: str) -> Entry | None:
        """What a device of the fleet runs; None where nothing is in force."""
        is_new = self.newest and is_reached(self.waves, self.target, device, self.groups[device])
        return self.newest if is_new else self.kept.get(device, self.current)


def fleet(context: Context, environment: str, model: str, target: str) -> Fleet:
    """The devices of a target by a ledger, the roster of a rollout that runs beside that of the head.

    Raises Error for a target that has no roster, and Undecided where the waves of a rollout are not known.
    """
    state = context.head.state(environment, model)
    groups = _groups(context.head, state, target) if state else {}
    current = context.ledger.current(environment, model) if context.ledger else None
    kept = kept_entries(context, environment, model, target)
    running = running_rollout(context.ledger, context.at, environment, model)
    if running is None:
        return Fleet(target, groups, current, kept=kept)
    if running.plan is None or running.tree is None or running.rollout is None:
        raise Undecided(f"{running.words}: its waves are not known", help="mlops-gitops audit")
    if any(planned.name == target and planned.roster for planned in running.plan.targets):
        groups |= _groups(running.tree, running.plan, target)  # its roster judges it, and not a later one
    return Fleet(target, groups, current, running.newest, running.rollout.until(running.record.wave), kept)


def device_entry(context: Context, environment: str, model: str, device: Device | None) -> Entry | None:
    """The entry of the record that says what runs; None where there is none.

    Without a device it is that of the release in force. Raises Error for a device that no roster has, and Undecided
    where the waves of a rollout are not known.
    """
    if device is None or context.head.state(environment, model) is None:
        return context.ledger.current(environment, model) if context.ledger else None
    found = fleet(context, environment, model, device.target)
    if device.id not in found.groups:
        raise Error(f"the roster of {device.target} has no device {device.id}", help="add it, or leave out --device")
    return found.entry(device.id)


def recorded_release(context: Context, entry: Entry) -> Release:
    """The release that a record of a promotion is about.

    Raises Undecided where the desired state is not what the newest record says, or the manifest not the recorded one.
    """
    record, tree = _promotion(entry), context.head
    newest = context.ledger.newest(record.environment, record.model) if context.ledger else None
    state, stated = tree.state(record.environment, record.model), _promotion(newest) if newest else record
    if state is None or (state.release, state.rolling) != (stated.in_force, stated.rolling):
        reason = f"the desired state of {record.model} in {record.environment} is not what its newest record says"
        raise Undecided(reason, help="mlops-gitops audit")
    release = tree.release(record.model, record.release)
    manifest = read_if_possible(tree.tree, release.path) if release else None
    if release is None or manifest is None or record.data["subject"] != record_subject(release, manifest):
        reason = f"the manifest of {record.model} {record.release} is not the one that was promoted to"
        raise Undecided(f"{reason} {record.environment}", help="mlops-gitops audit")
    return release


def _promotion(entry: Entry) -> Promotion:
    if not isinstance(entry.record, Promotion):
        raise TypeError(entry.record.path)  # a ledger's chain holds nothing else
    return entry.record


def _groups(tree: Snapshot, state: DesiredState, target: str) -> dict[str, str]:
    """The group of each device of a target. Raises Error for a target that has no roster."""
    roster = next((other.roster for other in state.targets if other.name == target), None)
    if roster is None:
        rosters = [other.name for other in state.targets if other.roster]
        reason = f"{state.environment} has no target {target} with a roster for {state.model}"
        every = f"those with one: {', '.join(rosters) or 'none'}"
        raise Error(reason, help=did_you_mean(target, rosters, every))
    return devices_of(stored_if_possible(tree.tree, roster) or b"")
