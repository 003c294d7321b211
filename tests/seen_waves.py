"""A rollout in one wave, and what was seen of it: 100 tills and an endpoint in the staging of the sample."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import rolling
from rolling import PLANNED, START, STATE

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import ROSTER
from mlops_gitops.policy.rule import Rule
from mlops_gitops.records.evidence.counts import Beside, Counts
from mlops_gitops.records.evidence.observation import Measure, Observation, ObservationRecord, statement
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.observations import Observations
from mlops_gitops.repository.running_rollout import plan_digest
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.rollout_state import RolloutState, rollout_state

HOUR = timedelta(hours=1)
FLEET = "    - {name: canary, targets: [tills], hold: 24h, require: {serving: 95 %, failed: 2, within: 72h}}\n"
REST = "    - {name: cloud, targets: [eu-api]}\n"


@dataclass(frozen=True)
class Case:
    """A rollout with waves, of which the first is called canary; `policy` are other keys of `rollout:`."""

    waves: str = FLEET + REST
    policy: str = ""
    keyed: bool = False  # whether the devices have keys

    @property
    def base(self) -> Snapshot:
        text = PLANNED[STATE].decode().split("rollout:")[0]
        lines = text.splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("        schema:"))
        lines.insert(at + 1, "    observe: kserve")
        text = "\n".join(lines).replace(f"{{roster: {ROSTER}}}", f"{{roster: {ROSTER}, observe: devices}}")
        text += f"\nrollout:\n  owner: operations\n{self.policy}  waves:\n{self.waves}"
        end = f",{base64.b64encode(bytes(32)).decode()}\n" if self.keyed else "\n"
        title = "device,group,key\n" if self.keyed else "device,group\n"
        roster = title + "".join(f"till-{n},pilot{end}" for n in range(100))
        found = Snapshot(Overlay({**PLANNED, STATE: text.encode(), ROSTER: roster.encode()}))
        assert found.state("staging", "churn"), found.entry(STATE, found.index[STATE])
        return found

    @property
    def opening(self) -> Promotion:
        state = self.base.state("staging", "churn")
        assert state is not None
        return rolling.record("open", 2, "canary", rollout=plan_digest(state, self.base))

    def records(self, *seen: Observation) -> list[ObservationRecord]:
        """The records of observations, chained for each target."""
        found: list[ObservationRecord] = []
        for each in seen:
            before = [record for record in found if record.observation.target == each.target]
            found.append(statement(each, before[-1] if before else None, "test", each.end))
        return found

    def context(self, after: timedelta, seen: Sequence[Observation], *new: Promotion) -> Context:
        """So long after the merge of the wave, with these observations on record."""
        records, base = self.records(*seen), self.base
        by_target = {target: tuple(record for record in records if record.observation.target == target)
                     for target in ("tills", "eu-api")}  # fmt: skip
        ledger = replace(rolling.ledger(self.opening), observations=lambda *_: Observations(by_target))
        context = rolling.context(ledger, *new, now=START + after)
        return replace(context, base=base, at=lambda _: base)

    def state(self, after: timedelta, *seen: Observation) -> RolloutState:
        return rollout_state(self.context(after, seen), "staging", "churn")

    def found(self, rule: Rule, after: timedelta, seen: Sequence[Observation], new: Promotion) -> list[str]:
        """What a rule finds in a change with a new record."""
        return [found.message for found in rule.check(self.context(after, seen, new))]

    def tills(self, after: timedelta, serving: int, failed: int = 0, **more: Any) -> Observation:
        """A report of the hundred tills; the others are silent, unless other counts are given."""
        counts = Counts(100, serving, failed=failed, silent=100 - serving - failed - sum(
            more.get(name, 0) for name in ("old", "fallback", "other", "updating")
        ), **{name: more.pop(name) for name in ("old", "fallback", "other", "updating") if name in more})  # fmt: skip
        return self.seen("tills", after, counts, "devices", "bytes", **more)

    def service(self, after: timedelta, share: float | None = 10, *, failed: bool = False, **more: Any) -> Observation:
        """A report of the endpoint, which gets a share of the traffic."""
        counts = Counts(1, failed=1) if failed else Counts(1, 1)
        return self.seen("eu-api", after, counts, "kserve", "intent", traffic=share, **more)

    def seen(
        self, target: str, after: timedelta, counts: Counts, observer: str, proof: str, **more: Any
    ) -> Observation:
        given = {
            "model": "churn", "environment": "staging", "target": target, "observer": observer, "release": "1.1.0",
            "record": self.opening.digest, "wave": "canary", "trust": "claimed", "by": {"email": "alice@example.org"},
            "report": "9" * 64, "start": "2026-01-08T10:00:00Z", "end": f"{START + after:%Y-%m-%dT%H:%M:%SZ}",
            "counts": counts, "beside": Beside(), "proof": proof,
        }  # fmt: skip
        return Observation(**(given | more))


def rate(name: str, hits: int, rows: int) -> Measure:
    """A counted share."""
    return Measure(name, hits, rows)
