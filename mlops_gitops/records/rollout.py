"""How a release reaches its targets step by step: the waves of a desired state, and the one that it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.kind import WrongValue, counts
from mlops_gitops.records.duration import duration
from mlops_gitops.records.evidence.requirements import (
    Require,
    WaveWatch,
    read_require,
    read_watches,
    watch_faults,
)
from mlops_gitops.records.evidence.trust import CLAIMED, SIGNED
from mlops_gitops.records.target import Target

WHOLE = 100  # percent: of the traffic, of a fleet
LEVEL = 0.05  # how often a wave may pass, or fail, by chance alone


@frozen
class Rolling:
    """The release that is on its way, and the wave it is in."""

    release: str
    wave: str


@frozen
class Wave:
    """One step: which targets get the release, and how much of each.

    `traffic` is the share of the requests, in percent, that its file targets send to the release. Of a roster it is the
    devices of `groups` (none for all), and of those a share of `percent`. `hold` is how long it stays before the next
    one. `approvals` are those that the step into this wave needs, by role. `require` is what its devices must show, and
    `watches` are numbers about the release, which are looked at `looks` times while it holds. Where they show neither
    at the end of the hold, it stays for `extend` more and is looked at once more.
    """

    name: str
    targets: tuple[str, ...]
    traffic: int = WHOLE
    hold: timedelta = timedelta()
    groups: tuple[str, ...] = ()
    percent: int = WHOLE
    approvals: Mapping[str, int] = {}
    require: Require = Require()
    watches: tuple[WaveWatch, ...] = ()
    looks: int = 1
    extend: timedelta = timedelta()


@frozen
class Rollout:
    """The waves of a desired state, in order, and the role that approves a change of them.

    `evidence` is the least trust in a report that counts, `level` how often a wave may pass or fail by chance. With
    `aborts` a failed wave is rolled back by itself, else somebody approves that.
    """

    owner: str
    waves: tuple[Wave, ...]
    evidence: str = CLAIMED
    level: float = LEVEL
    aborts: bool = False

    def wave(self, name: str | None) -> Wave | None:
        """The wave of a name."""
        return next((wave for wave in self.waves if wave.name == name), None)

    def until(self, name: str | None) -> tuple[Wave, ...]:
        """The waves up to one and with it; none where there is no such wave."""
        names = [wave.name for wave in self.waves]
        return self.waves[: names.index(name) + 1] if name in names else ()

    def after(self, name: str | None) -> Wave | None:
        """The wave that follows one; None for the last."""
        behind = self.waves[len(self.until(name)) :]
        return behind[0] if behind else None


def read_rollout(data: Mapping[str, Any], targets: Sequence[Target]) -> Rollout:
    """The rollout of a valid document. Raises WrongValue for waves that do not bring every target all the way."""
    rollout = Rollout(
        data["owner"], tuple(map(_wave, data["waves"])), data.get("evidence", CLAIMED), data.get("level", LEVEL),
        data.get("abort") == "automatic",
    )  # fmt: skip
    for fault in _faults(rollout, data["waves"], {target.name: target for target in targets}):
        raise WrongValue(f"rollout: {fault}", "rollout", "waves")
    return rollout


def _wave(data: Mapping[str, Any]) -> Wave:
    return Wave(
        data["name"], tuple(data["targets"]), int(data.get("traffic", WHOLE)),
        duration(data["hold"]) if "hold" in data else timedelta(), tuple(data.get("groups", ())),
        int(data.get("percent", WHOLE)), counts(data.get("approvals", {})), read_require(data.get("require", {})),
        read_watches(data.get("watches", ())), int(data.get("looks", 1)),
        duration(data["extend"]) if "extend" in data else timedelta(),
    )  # fmt: skip


def _faults(rollout: Rollout, written: Sequence[Mapping[str, Any]], targets: Mapping[str, Target]) -> Iterator[str]:
    names = [wave.name for wave in rollout.waves]
    yield from (f"two waves are called {name}" for name in sorted(set(names)) if names.count(name) > 1)
    if rollout.waves[0].approvals:
        yield f"the first wave, {names[0]}, opens with the approvals of its environment: leave its own out"
    for wave, data in zip(rollout.waves, written, strict=True):
        yield from _wave_faults(wave, data, targets)
        yield from _evidence_faults(wave, data, targets)
    yield from _policy_faults(rollout, targets)
    for name, target in targets.items():
        steps = [wave for wave in rollout.waves if name in wave.targets]
        yield from _course_faults(target, steps)


def _wave_faults(wave: Wave, data: Mapping[str, Any], targets: Mapping[str, Target]) -> Iterator[str]:
    known = [targets[name] for name in wave.targets if name in targets]
    missing = [name for name in wave.targets if name not in targets]
    yield from (f"the wave {wave.name} names {name}, and there is no such target" for name in missing)
    if wave.extend and not wave.hold:
        yield f"the wave {wave.name} has extend, and no hold that it extends"
    for key, kind in (("traffic", "files"), ("groups", "roster"), ("percent", "roster")):
        if key in data and (other := next((target for target in known if target.kind != kind), None)):
            has = "a roster" if other.kind == "roster" else "files"
            yield f"the wave {wave.name} has {key}, and {other.name} has {has}: {key} is for {kind} alone"


def _evidence_faults(wave: Wave, data: Mapping[str, Any], targets: Mapping[str, Target]) -> Iterator[str]:
    """What a wave asks for and no report could say."""
    known = [targets[name] for name in wave.targets if name in targets]
    if "require" in data and (other := next((target for target in known if target.kind != "roster"), None)):
        yield f"the wave {wave.name} has require, and {other.name} has files: require is for roster alone"
    yield from (f"the wave {wave.name} {fault}" for fault in watch_faults(wave.watches))
    for key in ("require", "watches"):
        if key in data and (blind := next((target.name for target in known if target.observe is None), "")):
            yield f"the wave {wave.name} has {key}, and nobody observes {blind}: give that target observe:"
    for key in ("looks", "extend"):
        if key in data and not any(watch.is_rate for watch in wave.watches):
            yield f"the wave {wave.name} has {key}, and no rate among its watches that is looked at"


def _policy_faults(rollout: Rollout, targets: Mapping[str, Target]) -> Iterator[str]:
    """What the whole rollout asks for and no report of a target could meet."""
    if rollout.evidence != CLAIMED or rollout.aborts:
        asks = f"evidence: {rollout.evidence}" if rollout.evidence != CLAIMED else "abort: automatic"
        blind = [target.name for target in targets.values() if target.observe is None]
        yield from (f"{asks}, and nobody observes {name}: give that target observe:" for name in blind)
    if rollout.evidence == SIGNED:
        with_files = [target.name for target in targets.values() if target.kind == "files"]
        yield from (
            f"evidence: signed, and {name} has files: only devices sign what they report" for name in with_files
        )


def _course_faults(target: Target, steps: Sequence[Wave]) -> Iterator[str]:
    if not steps:
        yield f"no wave names the target {target.name}, so it would never get the release"
    elif target.kind == "roster":
        last = steps[-1]
        if last.groups or last.percent != WHOLE:
            yield f"the last wave of {target.name}, {last.name}, leaves devices out: it needs percent 100 and no groups"
        shares = [wave.percent for wave in steps if not wave.groups]
        if shares != sorted(shares):
            yield f"the percent of {target.name} must not fall from wave to wave: {', '.join(map(str, shares))}"
    else:
        yield from _traffic_faults(target, steps)


def _traffic_faults(target: Target, steps: Sequence[Wave]) -> Iterator[str]:
    shares = [wave.traffic for wave in steps]
    if shares[-1] != WHOLE:
        yield f"the last wave of {target.name}, {steps[-1].name}, has traffic {shares[-1]}: it must end with 100"
    if any(later <= earlier for earlier, later in pairwise(shares)):
        yield f"the traffic of {target.name} must grow from wave to wave: {', '.join(map(str, shares))}"
    sets = [value for file in target.files for value in file.values.values()]
    if shares[0] != WHOLE and not any("{traffic}" in value for value in sets):
        yield f"{target.name} sets no field to {{traffic}}, so {steps[0].name} would send it everything at once"
