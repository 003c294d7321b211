"""What stays where it is after a rollback: targets whose devices cannot go back to an earlier release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.text import join_names
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of, is_reached


def unmoved(plan: DesiredState | None) -> tuple[str, ...]:
    """The targets that a rollback by a desired state leaves as they are, sorted."""
    return tuple(sorted(target.name for target in (plan.targets if plan else ()) if not target.reversible))


def staying_targets(ledger: Ledger | None, environment: str, model: str) -> tuple[str, ...]:
    """The targets that the newest rollback left as they are; none once a later release has reached all targets."""
    chain = ledger.chain(environment, model) if ledger else []
    records = (entry.record for entry in reversed(chain) if isinstance(entry.record, Promotion))
    return next((record.stays for record in records if not record.wave), ())


def staying_words(stays: tuple[str, ...]) -> str:
    """Which targets stay, and what helps, in a sentence; "" without any."""
    if not stays:
        return ""
    verb = "stays as it is" if len(stays) == 1 else "stay as they are"
    return f"{join_names([*stays])} {verb} (reversible: false): the way on is a higher release"


def kept_entries(context: Context, environment: str, model: str, target: str) -> dict[str, Entry]:
    """The devices that keep a release which was taken back, each with the record that brought it.

    They are those that it had reached, by the waves and the roster of that time. Raises Undecided where these are not
    known.
    """
    kept: dict[str, Entry] = {}
    current = context.ledger.current(environment, model) if context.ledger else None
    in_force = _promotion(current).release if current else None
    for entry in _left_behind(context.ledger, environment, model, target):
        if _promotion(entry).release != in_force:
            kept |= {device: entry for device in _reached(context, entry, target) if device not in kept}
    return kept


def _left_behind(ledger: Ledger | None, environment: str, model: str, target: str) -> Iterator[Entry]:
    """The last record of each release that may still run on a target which rollbacks left as it is, newest first."""
    is_taken_back = False
    for entry in reversed(ledger.chain(environment, model) if ledger else []):
        record = _promotion(entry)
        if record.action in BACK and target not in record.stays:
            return
        if record.action not in BACK and (is_taken_back or not record.wave):
            yield entry
        if record.action not in BACK and not record.wave:
            return  # it came to every device
        is_taken_back = record.action in BACK


def _reached(context: Context, entry: Entry, target: str) -> list[str]:
    """The devices of a target that a record, and the waves before it, had reached. Raises Undecided."""
    record = _promotion(entry)
    if not record.wave:
        tree = context.at(entry.commit.sha) if context.at else None
        state = tree.state(record.environment, record.model) if tree else None
        return list(_groups(tree, state, target)) if tree and state else _unknown(record)
    taken = running_rollout(context.ledger, context.at, record.environment, record.model, record.sequence + 1)
    if taken is None or taken.plan is None or taken.tree is None or taken.rollout is None:
        return _unknown(record)
    waves, groups = taken.rollout.until(record.wave), _groups(taken.tree, taken.plan, target)
    return [device for device, group in groups.items() if is_reached(waves, target, device, group)]


def _unknown(record: Promotion) -> NoReturn:
    raise Undecided(f"which devices {record.path} had reached is not known", help="mlops-gitops audit")


def _groups(tree: Snapshot, state: DesiredState, target: str) -> dict[str, str]:
    roster = next((other.roster for other in state.targets if other.name == target), None)
    return devices_of(stored_if_possible(tree.tree, roster) or b"") if roster else {}


def _promotion(entry: Entry) -> Promotion:
    if not isinstance(entry.record, Promotion):
        raise TypeError(entry.record.path)  # a ledger's chain holds nothing else
    return entry.record
