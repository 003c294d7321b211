"""What people and dashboards read of a rollout: its waves, what each target is to run, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of, is_reached
from mlops_gitops.rollout.evidence.times import time_in_words
from mlops_gitops.rollout.evidence.wave_evidence import FAILED, HOLDING, PENDING, STALLED, UNDECIDED, UPDATING
from mlops_gitops.rollout.rollout_state import FROZEN, OPEN, PAUSED, READY, SETTLED, RolloutState
from mlops_gitops.rollout.staying import staying_words, unmoved

_IN_WORDS = {
    OPEN: "its wave is not proven yet", HOLDING: "its wave holds", READY: "ready for the next step",
    FROZEN: "stopped by a freeze", PAUSED: "paused by decision", UNDECIDED: "could not tell how far it is",
    PENDING: "no report shows it yet", UPDATING: "its targets are on their way", FAILED: "its wave failed",
    STALLED: "its time has passed, and reports are missing",
}  # fmt: skip


@frozen
class RolloutView:
    """A model in an environment: its state, the desired state that judges it, its tree, and what the targets say."""

    model: str
    environment: str
    state: RolloutState
    plan: DesiredState
    tree: Snapshot
    values: tuple[TargetValue, ...]

    @property
    def waves(self) -> tuple[Wave, ...]:
        """The waves that judge it, or that the next promotion takes."""
        return self.plan.rollout.waves if self.plan.rollout else ()

    def headline(self) -> str:
        """What is in force and what is on its way, in a line."""
        in_force = f"{self.model} {self.state.in_force}" if self.state.in_force else f"nothing of {self.model}"
        begin = f"{self.environment}: {in_force} is in force"
        running = self.state.running
        if running is None:
            return f"{begin}, and nothing is on its way"
        return f"{begin}, {running.record.release} is on its way: {_IN_WORDS.get(self.state.name, self.state.name)}"

    def following(self) -> str:
        """What happens next, and when at the earliest, in a sentence."""
        running, hold = self.state.running, self.state.hold
        place = f"{self.model} --in {self.environment}"
        if running is None:
            takes = f"opens the wave {self.waves[0].name}" if self.waves else "reaches every target at once"
            return f"a promotion {takes}"
        step = self._step_words()
        if self.state.name == READY:
            return f"{step}, now: mlops-gitops advance {place}"
        if self.state.name == FAILED:
            back = self.state.in_force or "nothing"
            stays = staying_words(unmoved(self.plan))
            return f"it goes back to {back}{f' ({stays})' if stays else ''}, now: mlops-gitops advance {place}"
        when = f", at the earliest {time_in_words(hold.until)}" if hold.until and self.state.name == HOLDING else ""
        return f"{step}{when}" if when else f"{step}, and first: {hold.help or hold.reason}"

    def _step_words(self) -> str:
        step = self.state.step
        if step is None or step.wave is None:
            return "it settles"
        names = ", ".join(wave.name for wave in step.skipped)
        return f"the wave {step.wave.name}" + (f", past {names}" if names else "")

    def wave_table(self) -> Table | None:
        """A row for each wave; None without waves."""
        rows = tuple(
            (wave.name, ", ".join(wave.targets), self._share(wave), self._approvals(n), _hold(wave),
             self._place(n) or "—") for n, wave in enumerate(self.waves)
        )  # fmt: skip
        return Table("waves", ("wave", "targets", "share", "approvals", "hold", "state"), rows) if rows else None

    def target_table(self) -> Table | None:
        """A row for each field that a record set, as the files are to say it; None where none did."""
        rows = tuple((value.target, value.field, value.value) for value in self.values)
        return Table("desired", ("target", "field", "value"), rows) if rows else None

    def _approvals(self, number: int) -> str:
        """What the step into a wave needs; the first is a promotion of the environment."""
        if number == 0:
            return f"those of {self.environment}"
        return ", ".join(f"{role} {count}" for role, count in self.waves[number].approvals.items()) or "none"

    def _share(self, wave: Wave) -> str:
        rosters = [target for target in self.plan.targets if target.name in wave.targets and target.roster]
        parts = [f"{wave.traffic} % of traffic"] if len(rosters) < len(wave.targets) else []
        for target in rosters:
            reached, every = self._devices(wave, target.name, str(target.roster))
            parts.append(f"{reached} of {every} devices")
        return ", ".join(parts)

    def _devices(self, wave: Wave, target: str, roster: str) -> tuple[int, int]:
        """How many devices of a roster have the release once a wave has come, and how many there are."""
        devices = devices_of(stored_if_possible(self.tree.tree, roster) or b"")
        waves = self.plan.rollout.until(wave.name) if self.plan.rollout else ()
        return sum(is_reached(waves, target, *device) for device in devices.items()), len(devices)

    def _place(self, number: int) -> str:
        """Where the rollout is by a wave's number: it is here, done, next or later."""
        if self.state.running is None:
            return ""
        names = [wave.name for wave in self.waves]
        here = names.index(str(self.state.running.record.wave)) if self.state.running.record.wave in names else -1
        return "here" if number == here else "done" if number < here else "next" if number == here + 1 else "later"

    def to_json(self) -> dict[str, Any]:
        """The view as data."""
        running, hold = self.state.running, self.state.hold
        rolling = {"release": running.record.release, "wave": running.record.wave} if running else None
        return {
            "version": 1, "model": self.model, "environment": self.environment, "state": self.state.name,
            "in_force": self.state.in_force, "rolling": rolling,
            "record": running.newest.digest if running else None,
            "since": _iso(hold.since), "not_before": _iso(hold.until), "reason": hold.reason or None,
            "next": self._next(), "waves": list(self._wave_data()),
            "targets": [value.to_data() for value in self.values],
        }  # fmt: skip

    def _next(self) -> dict[str, Any] | None:
        running = self.state.running
        if running is None or self.state.name == SETTLED:
            return None
        step = self.state.step
        if step is None or step.wave is None:
            return {"action": "settle", "wave": None}
        skipped = {"skipped": [wave.name for wave in step.skipped]} if step.skipped else {}
        return {"action": "advance", "wave": step.wave.name, **skipped}

    def _wave_data(self) -> Iterator[dict[str, Any]]:
        for n, wave in enumerate(self.waves):
            rosters = {target.name: target.roster for target in self.plan.targets if target.roster}
            named = {name: self._devices(wave, name, str(rosters[name])) for name in wave.targets if name in rosters}
            yield {
                "name": wave.name, "targets": list(wave.targets), "traffic": wave.traffic, "percent": wave.percent,
                "groups": list(wave.groups), "hold_seconds": int(wave.hold.total_seconds()),
                "extend_seconds": int(wave.extend.total_seconds()),
                "approvals": dict(wave.approvals) if n else None, "place": self._place(n) or None,
                "devices": {name: {"reached": reached, "of": every} for name, (reached, every) in named.items()},
            }  # fmt: skip


def _hold(wave: Wave) -> str:
    """How long a wave holds, and what an extension adds."""
    return f"{_span(wave.hold)}, at most {_span(wave.extend)} more" if wave.extend else _span(wave.hold)


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min" if minutes else "none"


def _iso(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
