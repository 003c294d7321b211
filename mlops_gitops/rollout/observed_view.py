"""What people and dashboards read of the targets of a rollout: what each is to run beside what it was seen to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.core.table import Table
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.evidence.observation import Observation, ObservationRecord
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.rollout import Wave
from mlops_gitops.records.target import Target
from mlops_gitops.repository.observations import Observations
from mlops_gitops.rollout.evidence.small_waves import what_it_proves
from mlops_gitops.rollout.evidence.times import time_in_words
from mlops_gitops.rollout.evidence.wave_evidence import TargetEvidence
from mlops_gitops.rollout.rollout_state import RolloutState

_PROOFS = {"intent": "intent, not bytes", "bytes": "bytes, by digest"}


@frozen
class Seen:
    """A target, whether a wave has reached it, the newest report, and why that does not count.

    A report `is_earlier` where it is about the record of an earlier wave.
    """

    target: Target
    is_reached: bool
    newest: ObservationRecord | None = None
    fault: str = ""
    is_earlier: bool = False


@frozen
class ObservedView:
    """The targets of a plan beside the observations about them; `record` is what says what is to run.

    `stays` are the targets that the newest rollback left as they are.
    """

    state: RolloutState
    plan: DesiredState
    record: Promotion | None
    observations: Observations
    stays: tuple[str, ...] = ()

    def table(self) -> Table | None:
        """A row for each target; None where nobody observes any."""
        seen = list(self._targets())
        if not any(each.target.observe for each in seen):
            return None
        rows = tuple((each.target.name, self._wanted(each), *_cells(each)) for each in seen)
        return Table("observed", ("target", "desired", "observed", "trust", "proof", "report"), rows)

    def lines(self) -> list[str]:
        """What the wave that it is in can prove by its devices, a sentence for each of its rosters."""
        return [what_it_proves(each.newest.observation, wave) for each in self._targets() for wave in self._waves(each)
                if each.newest and each.target.roster and each.newest.observation.counts.total]  # fmt: skip

    def to_json(self) -> list[dict[str, Any]]:
        """The same as data."""
        return [
            {
                "target": each.target.name,
                "observer": each.target.observe.by if each.target.observe else None,
                "release": self._release(each),
                "observation": each.newest.path if each.newest else None,
                "counts": asdict(each.newest.observation.counts) if each.newest else None,
                "traffic": each.newest.observation.traffic if each.newest else None,
                "trust": each.newest.observation.trust if each.newest else None,
                "proof": each.newest.observation.proof if each.newest else None,
                "seen": each.newest.observation.end if each.newest else None,
                "why": (each.fault or each.newest.observation.why or None) if each.newest else None,
            }
            for each in self._targets()
        ]

    def _targets(self) -> Iterator[Seen]:
        running = self.state.running
        waves = running.rollout.until(running.record.wave) if running and running.rollout else ()
        faults = {record.digest: why for found in self._evidence() for record, why in found.ignored}
        for target in self.plan.targets:
            reached = running is None or any(target.name in wave.targets for wave in waves)
            newest = self.observations.newest(target.name)
            fault = faults.get(newest.digest, "") if newest else ""
            is_earlier = newest is not None and (not self.record or newest.observation.record != self.record.digest)
            yield Seen(target, reached, newest, fault, is_earlier)

    def _evidence(self) -> tuple[TargetEvidence, ...]:
        evidence = self.state.hold.evidence
        return evidence.targets if evidence else ()

    def _waves(self, seen: Seen) -> Iterator[Wave]:
        wave = self.state.running.wave if self.state.running else None
        if wave is not None and seen.target.name in wave.targets and not (seen.fault or seen.is_earlier):
            yield wave

    def _release(self, seen: Seen) -> str | None:
        running = self.state.running
        if running and seen.is_reached:
            return running.record.release
        return None if self._stays(seen) else self.state.in_force

    def _wanted(self, seen: Seen) -> str:
        return "stays as it is" if self._stays(seen) else self._release(seen) or "nothing"

    def _stays(self, seen: Seen) -> bool:
        """Whether a rollback left it as it is, and nothing has reached it since."""
        return seen.target.name in self.stays and not (self.state.running and seen.is_reached)


def _cells(seen: Seen) -> tuple[str, ...]:
    if seen.target.observe is None:
        return "nobody observes it", "—", "—", "—"
    if seen.newest is None:
        return "no report yet", "—", "—", "—"
    found: Observation = seen.newest.observation
    traffic = f", {found.traffic:g} % of traffic" if found.traffic is not None else ""
    words = f"{found.release}: {found.counts.words()}{traffic}"
    words += f", in the wave {found.wave}" if seen.is_earlier and found.wave else ""
    words += f" (does not count: it {seen.fault})" if seen.fault else ""
    return words, found.trust, _PROOFS[found.proof], time_in_words(found.moment)
