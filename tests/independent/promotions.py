"""What a promotion record must say, by the tree before it and the history: for the second audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from independent.approvals import adopting
from independent.ledger import Commit, Entry, History, canonical, place, sha256
from independent.waves import in_force, rolling, running, settled

GATED, BACK = ("promote", "open"), ("rollback", "stop")


@dataclass
class Judge:
    """One commit, with what the history had before it."""

    history: History
    commit: Commit

    def __post_init__(self) -> None:
        self.before = self.history.before(self.commit)
        self.head, self.base = self.commit.tree, self.commit.base
        self.policy = self.base if self.base.project else self.head

    def added(self, kind: str) -> list[tuple[str, Any]]:
        """The valid records of a kind that the commit adds, where they belong."""
        paths = sorted(path for path, status in self.commit.changes.items() if status == "A")
        found = ((path, self.head.record(path)) for path in paths if place(path)[0] == kind)
        return [(path, data) for path, data in found if data is not None and self.head.agrees(path)]

    def chain(self, environment: str, model: str) -> list[Entry]:
        """The promotions of a model in an environment before the commit."""
        found = (entry for entry in self.before if entry.kind == "promotion")
        return [e for e in found if (e.data["environment"], e.data["model"]) == (environment, model)]

    def decisions(self) -> list[tuple[int, dict[str, Any], str]]:
        """The decisions in force: those on record that count, then those that the commit brings."""
        last = len(self.history.entries)
        on_record = [e for e in self.before if e.kind == "decision" and (not e.relaxes or self.history.proven(e))]
        found = [(entry.position, entry.data, entry.path) for entry in on_record]
        found += [(last, data, path) for path, data in self.added("decision")]
        day = f"{self.commit.day}"
        return [each for each in found if not each[1].get("expires") or f"{each[1]['expires']}" >= day]

    def release(self, model: str, version: str) -> Any:
        """A release of the commit's tree."""
        return self.head.record(f"releases/{model}/{version}.yaml")

    # ── promotions ──

    def is_sound(self, path: str, record: dict[str, Any], *, first: bool) -> bool:
        """Whether a new promotion record holds, apart from its approvals. `first` of its model and environment."""
        chain = self.chain(record["environment"], record["model"])
        checks = (
            first and self._continues(record, chain),
            self._about_its_files(path, record),
            self._judged_by_the_base(record),
            record["action"] not in GATED or self._gates_pass(record),
            record["action"] not in GATED or self._in_order(record),
            record["action"] == "stop" or not self.blocked(record["model"], record["release"], record["environment"]),
            record["action"] not in BACK or self._has_run(record, chain),
            self.may_adopt(record, self.commit.day),
        )
        return all(checks)

    def _continues(self, record: dict[str, Any], chain: list[Entry]) -> bool:
        last = chain[-1] if chain else None
        ran = (last.data["release"] if record["action"] in BACK else in_force(last.data)) if last else None
        wanted = (last.data["sequence"] + 1, last.digest, ran) if last else (1, None, None)
        if record["action"] == "adopt" and last:
            return False
        return (record["sequence"], record["previous"], record["replaces"]) == wanted

    def _about_its_files(self, path: str, record: dict[str, Any]) -> bool:
        model, version = record["model"], record["release"]
        place_of = f"releases/{model}/{version}.yaml"
        release, data = self.release(model, version), self.head.bytes_of(place_of)
        state = self.head.record(f"environments/{record['environment']}/{model}.yaml")
        if release is None or data is None or state is None:
            return False
        if (state.get("release"), state.get("rolling")) != (in_force(record), rolling(record)):
            return False
        pins = [(pin["path"], {name: pin.get(name) for name in ("sha256", "md5")}) for pin in release["artifacts"]]
        named = [*pins, (place_of, {"sha256": sha256(data)[7:]})]
        subject = [{"name": name, "digest": {k: v for k, v in each.items() if v}} for name, each in named]
        added = self.history.manifest(model, version, self.before)
        on_record = added.digest == sha256(data) if added else self.commit.changes.get(place_of) == "A"
        return (
            self.head.data(path)["subject"] == subject
            and on_record
            and self._plain(record)
            and all(sha256(self.head.bytes_of(d["path"]) or b"")[7:] == d["sha256"] for d in record["decisions"])
        )

    def _plain(self, record: dict[str, Any]) -> bool:
        """What is not judged has no gates, and mostly says why; an adoption changes nothing that ran."""
        if record["action"] in GATED:
            return True
        ran = self.base.record(f"environments/{record['environment']}/{record['model']}.yaml")
        if record["action"] == "adopt" and ran is not None and ran.get("release") not in (None, record["release"]):
            return False
        why = record["action"] in ("advance", "settle") or bool(record["why"].strip())
        return not record["gates"] and not record["upstream"] and why

    def _judged_by_the_base(self, record: dict[str, Any]) -> bool:
        project, kpis = self.base.project, self.base.data(f"models/{record['model']}/kpis.yaml")
        if project is None or kpis is None or record["environment"] not in project["environments"]:
            return False
        return bool(record["policy"] == canonical({"project": project, "kpis": kpis}))

    def _gates_pass(self, record: dict[str, Any]) -> bool:
        kpis = self.policy.data(f"models/{record['model']}/kpis.yaml")
        if kpis is None:
            return True  # what judges it is found wanting elsewhere
        wanted = [kpi for kpi in kpis["kpis"] if "gate" in kpi]
        if [gate["id"] for gate in record["gates"]] != [kpi["id"] for kpi in wanted]:
            return False
        return all(self._gate_passes(record, *pair) for pair in zip(wanted, record["gates"], strict=True))

    def _gate_passes(self, record: dict[str, Any], kpi: dict[str, Any], gate: dict[str, Any]) -> bool:
        asked, value = kpi["gate"], gate["value"]
        limits = {name: asked.get(name) for name in ("at_least", "at_most", "no_worse_than")}
        if any(gate.get(name) != limit for name, limit in limits.items()):
            return False
        good = value is not None and value >= asked.get("at_least", value) and value <= asked.get("at_most", value)
        if asked.get("no_worse_than"):
            good = good and self._no_worse(record, asked["no_worse_than"], gate)
        return good and gate["outcome"] == "passed"

    def _no_worse(self, record: dict[str, Any], asked: dict[str, Any], gate: dict[str, Any]) -> bool:
        chain, named = settled(self.chain(asked["baseline"], record["model"])), gate["baseline"]
        if not chain or named is None:
            return not chain and named is None and gate["change"] is None
        runs = {"environment": asked["baseline"], "release": chain[-1].data["release"], "record": chain[-1].digest}
        change = float(f"{gate['value'] - named['value']:.12g}")
        return named.items() >= runs.items() and gate["change"] == change and change >= -asked["by"]

    def _in_order(self, record: dict[str, Any]) -> bool:
        project = self.policy.project
        target = project["environments"].get(record["environment"]) if project else None
        if target is None:
            return True  # what judges it is found wanting elsewhere
        found = [self._standing(name, record, target.get("order", "ever")) for name in target.get("after", [])]
        upstream = [{"environment": e.data["environment"], "record": e.digest} for e in found if e]
        return record["upstream"] == upstream and (None not in found or self.override(record, "order"))

    def _standing(self, environment: str, record: dict[str, Any], order: str) -> Entry | None:
        chain = settled(self.chain(environment, record["model"]))
        for entry in chain[-1:] if order == "current" else chain[::-1]:
            if entry.data["release"] == record["release"] and self.history.proven(entry):
                return entry
        return None

    def override(self, record: dict[str, Any], skip: str, wave: str | None = None) -> bool:
        """Whether a decision that the record names lets it skip something; a wave or the hold of one by its name."""
        named = {each["path"] for each in record["decisions"]}
        for _, decision, path in self.decisions():
            about = decision["subject"]
            covers = (about.get("model"), about.get("release")) == (record["model"], record["release"])
            here = about.get("environment") in (None, record["environment"])
            asked = decision["type"] == "override" and (about.get("skip"), about.get("wave")) == (skip, wave)
            if asked and covers and here and path in named:
                return True
        return False

    def _has_run(self, record: dict[str, Any], chain: list[Entry]) -> bool:
        releases, rolls = [entry.data["release"] for entry in settled(chain)], running(chain)
        if record["action"] == "stop":
            return not releases and rolls is not None and rolls.data["release"] == record["release"]
        if rolls:
            return releases[-1:] == [record["release"]]
        return bool(releases) and record["release"] in releases and record["release"] != releases[-1]

    def may_adopt(self, record: dict[str, Any], day: Any) -> bool:
        """Whether the base lets models be adopted on a day, and an adoption lists what it skips."""
        if record["action"] != "adopt":
            return "skipped" not in record
        project = self.base.project
        allowed = adopting(project) if project else None
        if project is None or allowed is None or day > allowed[0]:
            return False
        kpis = self.base.data(f"models/{record['model']}/kpis.yaml") or {}
        gates = [kpi["id"] for kpi in kpis.get("kpis", ()) if "gate" in kpi]
        order = list(project["environments"].get(record["environment"], {}).get("after", []))
        return bool(record.get("skipped") == {"gates": gates, "order": order})

    # ── what may not run ──

    def blocked(self, model: str, version: str, environment: str) -> bool:
        """Whether a release is in quarantine, or held since a rollback in the environment."""
        release = self.release(model, version)
        return release is not None and (self._quarantined(release) or self._held(release, environment))

    def _quarantined(self, release: dict[str, Any]) -> bool:
        out: set[tuple[str, str]] = set()
        for _, decision, _ in self.decisions():
            about = decision["subject"]
            version = (about.get("model", ""), about.get("release", ""))
            if decision["type"] == "quarantine":
                out.add(version)
            elif decision["type"] == "lift" and "environment" not in about:
                out.discard(version)
        return any(self._holds(release, *version) for version in out)

    def _held(self, release: dict[str, Any], environment: str) -> bool:
        chain = self.chain(environment, release["model"])
        for entry in chain:
            left = entry.data["replaces"] if entry.data["action"] in BACK else None
            if not left or not self._holds(release, release["model"], left):
                continue
            lifted = any(
                place > entry.position
                and decision["type"] == "lift"
                and (decision["subject"].get("model"), decision["subject"].get("release")) == (release["model"], left)
                and decision["subject"].get("environment") in (None, environment)
                for place, decision, _ in self.decisions()
            )
            since = [e.data for e in chain if e.position >= entry.position and e.data["action"] != "stop"]
            back = any(data["release"] == release["version"] for data in since)
            if not lifted and not back:
                return True
        return False

    def _holds(self, release: dict[str, Any], model: str, version: str) -> bool:
        """Whether a release is that one, or has all of its bytes."""
        if (release["model"], release["version"]) == (model, version):
            return True
        other = self.release(model, version)
        return other is not None and _digests(other) <= _digests(release)


def _digests(release: dict[str, Any]) -> set[str]:
    return {pin["md5"] for pin in release["artifacts"]}


# ── releases ──


def precedence(version: str) -> tuple[int, ...]:
    """The order of versions without a pre-release."""
    return tuple(int(part) for part in re.split(r"\.", version))


def release_faults(judge: Judge, path: str, release: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a release that a commit adds or promotes, by the tree that added it."""
    model, new = release["model"], judge.commit.changes.get(path) == "A"
    added = judge.history.manifest(model, release["version"], judge.before)
    tree = judge.head if new else added.commit.tree if added else None
    if tree is None:
        return
    lock = tree.data("dvc.lock")["stages"]
    outs = {out["path"]: out["md5"] for stage in lock.values() for out in stage["outs"]}
    for pin in (*release["artifacts"], *release["evaluation"].values()):
        if "md5" in pin and outs.get(pin["path"]) != pin["md5"]:
            yield f"{pin['path']} has another digest in dvc.lock"
    for name in ("card", "kpis"):
        pin = release[name]
        if sha256(tree.bytes_of(pin["path"]) or b"")[7:] != pin["sha256"]:
            yield f"{pin['path']} has other bytes"
    if new:
        yield from _version_faults(judge, path, release)


def _version_faults(judge: Judge, path: str, release: dict[str, Any]) -> Iterator[str]:
    model, version = release["model"], release["version"]
    new = [found for found, data in judge.added("release") if data["model"] == model]
    if new[0] != path:
        yield "another version comes with it"
    known = [data["version"] for _, data in judge.base.of_kind("release") if data["model"] == model]
    line = [each for each in known if precedence(each)[:2] == precedence(version)[:2]]
    if (line or known) and precedence(version) <= max(map(precedence, line or known)):
        yield "it is not above those before it"
    if (below := release.get("supersedes")) is not None:
        there = judge.release(model, below) is not None
        if not there or precedence(below) >= precedence(version):
            yield f"it does not supersede {below}"
