"""What a target is to show now: by the newest record, the plan that judges it, and the roster of its opening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import join_names
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import STOP, Promotion, TargetValue
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.records.target import Target
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of, is_reached, keys_of
from mlops_gitops.rollout.evidence.times import later
from mlops_gitops.rollout.observing.observer import Expected, Fleet
from mlops_gitops.rollout.rendering import guarded, release_facts, render
from mlops_gitops.rollout.staying import kept_entries

_AHEAD = timedelta(hours=1)  # clocks of devices differ


@frozen
class Subject:
    """What is observed: a target of a model in an environment, by the newest record there.

    `plan` and `tree` are those that judge it: of a rollout that runs, those of its opening.
    """

    target: Target
    entry: Entry
    plan: DesiredState
    tree: Snapshot
    running: RunningRollout | None

    @property
    def record(self) -> Promotion:
        """The record that says what is to run."""
        return _promotion(self.entry)

    @property
    def is_reached(self) -> bool:
        """Whether the record brings the release to the target: of a rollout, whether a wave has reached it."""
        rollout = self.running.rollout if self.running else None
        waves = rollout.until(self.record.wave) if rollout else ()
        return rollout is None or any(self.target.name in wave.targets for wave in waves)

    def merged_at(self, ledger: Ledger) -> datetime | None:
        """When the forge merged the record, as its receipt says; None without one."""
        receipt = ledger.receipt(self.entry)
        return receipt.merged_at if receipt else None


def find_subject(context: Context, environment: str, model: str, name: str) -> Subject:
    """The subject of a name. Raises Error where nothing runs there, or nobody observes such a target."""
    ledger = context.ledger
    entry = ledger.newest(environment, model) if ledger else None
    if ledger is None or entry is None or (isinstance(entry.record, Promotion) and entry.record.action == STOP):
        raise Error(f"{environment} runs nothing of {model}", help="mlops-gitops status")
    running = running_rollout(ledger, context.at, environment, model)
    if running is not None and running.plan is None:
        raise Undecided(f"{running.words}: its waves are not known", help="mlops-gitops audit")
    plan = running.plan if running else context.head.state(environment, model)
    tree = running.tree if running and running.tree else context.head
    targets = {target.name: target for target in plan.targets} if plan else {}
    if plan is None or name not in targets:
        raise Error(f"{environment} has no target {name} of {model}", help=f"it has {join_names([*targets]) or 'none'}")
    if targets[name].observe is None:
        raise Error(f"nobody observes the target {name}", help=f"{plan.path}: targets: {{{name}: {{observe: …}}}}")
    return Subject(targets[name], entry, plan, tree, running)


def expected(context: Context, subject: Subject) -> Expected:
    """What the target is to show. Raises Error where the release lacks what its units are known by."""
    target, record, ledger = subject.target, subject.record, context.ledger
    observe, release = target.observe, context.head.release(record.model, record.release)
    if ledger is None or observe is None or release is None:
        raise Error(f"there is no valid manifest of {record.model} {record.release}", help="mlops-gitops validate")
    before = _release_before(context, subject)
    commits = [commit.sha for commit in ledger.commits]
    place = commits.index(subject.entry.commit.sha)
    found = Expected(
        record.release, observe, commits=frozenset(commits[place:]), earlier=frozenset(commits[:place]),
        traffic=asked_traffic(subject),
    )  # fmt: skip
    if target.roster is not None:
        fleet = _fleet(subject, release, [before, *_kept_releases(context, subject)])
        since, until = _last_seen(ledger, subject), later(context.moment, _AHEAD)
        return replace(found, fleet=replace(fleet, since=since, until=until))
    values = guarded(list(_rendered(subject, release, ledger)), record)
    return replace(found, values=tuple(values), before=tuple(_rendered(subject, before, ledger)))


def _last_seen(ledger: Ledger, subject: Subject) -> datetime | None:
    """When the record was merged, or the last report about it handed in: what devices signed until then counts no more.

    None where neither is known.
    """
    record = subject.record
    newest = ledger.observations(record.environment, record.model).newest(subject.target.name)
    is_same = newest is not None and newest.observation.record == record.digest
    return newest.observation.moment if newest and is_same else subject.merged_at(ledger)


def fleet_size(subject: Subject) -> int:
    """How many devices of the target's roster the waves have reached."""
    return len(_reached(subject)[0])


def keeps_keys(subject: Subject) -> bool:
    """Whether the waves have reached devices, and each has a key."""
    reached, _, keys = _reached(subject)
    return subject.target.roster is not None and bool(reached) and all(keys.get(device) for device in reached)


def _promotion(entry: Entry) -> Promotion:
    if not isinstance(entry.record, Promotion):
        raise TypeError(entry.record.path)  # a ledger's chain holds nothing else
    return entry.record


def _release_before(context: Context, subject: Subject) -> Release | None:
    """What ran before: of a rollout the release in force, else what the record replaces."""
    version = subject.record.replaces
    return context.head.release(subject.record.model, version) if version else None


def asked_traffic(subject: Subject) -> int | None:
    """The share of the newest wave that names the target, in percent; None where no field of it says the share.

    It is all of it where no rollout runs, and none before the first wave that names it.
    """
    running = subject.running
    if not subject.target.splits_traffic:
        return None
    if running is None or running.rollout is None:
        return 100
    shares = [
        wave.traffic for wave in running.rollout.until(subject.record.wave) if subject.target.name in wave.targets
    ]
    return shares[-1] if shares else 0


def _without_traffic(target: Target, values: Iterator[TargetValue]) -> Iterator[TargetValue]:
    """The fields that name the release: what a field says of traffic, a status shows better."""
    shared = {
        (file.path, tuple(sorted(file.select.items())), field)
        for file in target.files
        for field, template in file.values.items()
        if "{traffic}" in template
    }
    return (value for value in values if value.place not in shared)


def _rendered(subject: Subject, release: Release | None, ledger: Ledger) -> Iterator[TargetValue]:
    """The fields that name a release, as it renders them."""
    if release is None:
        return iter(())
    alone = replace(subject.plan, targets=(subject.target,))
    return _without_traffic(subject.target, iter(render(alone, release_facts(release, ledger)).values))


def _kept_releases(context: Context, subject: Subject) -> list[Release | None]:
    """The releases that devices keep which could not go back."""
    record = subject.record
    entries = kept_entries(context, record.environment, record.model, subject.target.name).values()
    versions = {_promotion(entry).release for entry in entries} - {record.release}
    return [context.head.release(record.model, version) for version in sorted(versions)]


def _fleet(subject: Subject, release: Release, before: Sequence[Release | None]) -> Fleet:
    reached, others, keys = _reached(subject)
    artifact = subject.target.artifact
    return Fleet(
        {device: keys.get(device, "") for device in reached},
        others,
        _digests(release, artifact, subject.target.name),
        frozenset(digest for old in before for pin in _pins(old, artifact) for digest in _digests_of(pin)),
    )


def _reached(subject: Subject) -> tuple[list[str], frozenset[str], dict[str, str]]:
    """The devices that the waves have reached, the others of the roster, and the keys of all."""
    roster = stored_if_possible(subject.tree.tree, str(subject.target.roster)) or b""
    groups, running, name = devices_of(roster), subject.running, subject.target.name
    if running is None or running.rollout is None:
        return list(groups), frozenset(), keys_of(roster)
    waves = running.rollout.until(subject.record.wave)
    reached = [device for device, group in groups.items() if is_reached(waves, name, device, group)]
    return reached, frozenset(groups) - frozenset(reached), keys_of(roster)


def _digests(release: Release, artifact: str | None, target: str) -> frozenset[str]:
    """The digests by which devices name a release. Raises Error where it has several artifacts and none is named."""
    pins = _pins(release, artifact)
    if len(pins) != 1:
        reason = f"{release.model} {release.version} has {len(pins) or 'no such'} artifacts"
        help = f"one of: {', '.join(pin.path for pin in release.artifacts)}"
        raise Error(
            f"{reason}, so the target {target} must say whose digest its devices report: artifact: …", help=help
        )
    return frozenset(_digests_of(pins[0]))


def _pins(release: Release | None, artifact: str | None) -> list[Pin]:
    return [pin for pin in (release.artifacts if release else ()) if artifact in (None, pin.path)]


def _digests_of(pin: Pin) -> list[str]:
    return [digest for digest in (pin.sha256, pin.md5) if digest]
