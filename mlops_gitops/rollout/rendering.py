"""What a desired state's targets say of its release, and which of it is guarded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import Promotion, TargetValue
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.rollout.target_kind import ReleaseFacts, kind_of


@frozen
class Rendering:
    """The values that a release has in the targets, and for each target why it has none.

    `stays` names the targets that a rollback leaves as they are.
    """

    values: tuple[TargetValue, ...]
    faults: tuple[tuple[str, str], ...] = ()
    stays: tuple[str, ...] = ()


def render(state: DesiredState, facts: ReleaseFacts) -> Rendering:
    """The fields of all targets, filled in for a release."""
    values: list[TargetValue] = []
    faults: list[tuple[str, str]] = []
    for target in state.targets:
        try:
            values += list(kind_of(target.kind).values(target, facts))
        except ValueError as error:
            faults.append((target.name, str(error)))
    return Rendering(tuple(values), tuple(faults))


def release_facts(release: Release, ledger: Ledger | None) -> ReleaseFacts:
    """What is known of a release by the history: the commit that added its manifest, which merging does not change."""
    entry = ledger.manifest(release.model, release.version) if ledger else None
    return ReleaseFacts(release, entry.commit.sha if entry else None)


def recorded_in(state: DesiredState, record: Promotion | None) -> list[TargetValue]:
    """What the newest record set in the fields that a desired state names; nothing without a record.

    That is what is guarded where no release is in force, to render.
    """
    fields = {
        TargetValue(target.name, file.path, file.select, field, "").place
        for target in state.targets
        for file in target.files
        for field in file.values
    }
    return [value for value in record.targets if value.place in fields] if record else []


def guarded(rendered: Sequence[TargetValue], record: Promotion | None) -> Iterator[TargetValue]:
    """What each field must say: what the newest record set, else what the release in force renders.

    A later edit of `targets:` counts from the next promotion on.
    """
    recorded = {value.place: value for value in record.targets} if record else {}
    return (recorded.get(value.place, value) for value in rendered)
