"""Rollouts in waves: for the second audit, from docs/how-to/roll-out-in-waves.md and its explanation alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from independent.ledger import Entry, History, Tree, canonical, sha256

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Value = dict[str, Any]


def is_wave(data: dict[str, Any]) -> bool:
    """Whether a record opens or enters a wave."""
    return "wave" in data


def in_force(data: dict[str, Any]) -> str | None:
    """The release in force after a record; None for none."""
    if data["action"] == "stop":
        return None
    found: str | None = data["replaces"] if is_wave(data) else data["release"]
    return found


def rolling(data: dict[str, Any]) -> dict[str, str] | None:
    """What is on its way after a record."""
    return {"release": data["release"], "wave": data["wave"]} if is_wave(data) else None


def settled(chain: list[Entry]) -> list[Entry]:
    """The records of a chain that each put a release in force."""
    return [entry for entry in chain if not is_wave(entry.data) and in_force(entry.data) is not None]


def plan_digest(tree: Tree, state: dict[str, Any]) -> str:
    """The digest of what judges a rollout."""
    digests = {}
    for path in rosters(state).values():
        data = tree.bytes_of(path)
        digests[path] = None if data is None else sha256(data).removeprefix("sha256:")
    return canonical({"targets": state.get("targets"), "rollout": state.get("rollout"), "rosters": digests})


def rosters(state: dict[str, Any]) -> dict[str, str]:
    """The roster of each target that has one."""
    return {name: each["roster"] for name, each in state.get("targets", {}).items() if "roster" in each}


def devices(tree: Tree, path: str | None) -> set[str]:
    """The devices of a roster."""
    rows = list(csv.reader(io.StringIO((tree.bytes_of(path or "") or b"").decode())))
    return {row[0] for row in rows[1:]} if rows[:1] == [["device", "group"]] else set()


@dataclass
class Running:
    """A rollout that runs: its records, and the desired state and tree that its opening digested."""

    entries: list[Entry]
    plan: dict[str, Any] | None
    tree: Tree | None

    @property
    def data(self) -> dict[str, Any]:
        """The record of the wave that it is in."""
        found: dict[str, Any] = self.entries[-1].data
        return found

    @property
    def waves(self) -> list[dict[str, Any]]:
        """Its waves."""
        return list(self.plan["rollout"]["waves"]) if self.plan else []

    @property
    def opened(self) -> Entry:
        """The record that opened it."""
        return self.entries[0]

    def until(self, name: str | None) -> list[dict[str, Any]]:
        """The waves up to one, and with it."""
        names = [wave["name"] for wave in self.waves]
        return self.waves[: names.index(name) + 1] if name in names else []


def running(chain: list[Entry]) -> Running | None:
    """The rollout at the end of a chain; None where none runs."""
    entries: list[Entry] = []
    for entry in reversed(chain):
        if not is_wave(entry.data):
            break
        entries.insert(0, entry)
    if not entries:
        return None
    opened = entries[0]
    for tree in (opened.commit.tree, opened.commit.base):
        state = tree.record(f"environments/{opened.data['environment']}/{opened.data['model']}.yaml")
        if state is not None and plan_digest(tree, state) == opened.data.get("rollout"):
            return Running(entries, state, tree)
    return Running(entries, None, None)


def highest(waves: list[dict[str, Any]]) -> dict[str, int]:
    """The approvals of several waves at once."""
    roles = {role for wave in waves for role in wave.get("approvals", {})}
    return {role: max(wave.get("approvals", {}).get(role, 0) for wave in waves) for role in roles}


def hold(wave: dict[str, Any]) -> timedelta:
    """How long a wave holds."""
    text = str(wave.get("hold", "0m"))
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def merged_at(history: History, entry: Entry) -> datetime | None:
    """When an entry was merged, as its receipt says."""
    receipt = history.receipt(entry)
    said = receipt.says("merged_at") if receipt else ""
    return datetime.fromisoformat(said).astimezone(UTC) if said else None


# ── what is set ──


def fields(state: dict[str, Any], names: set[str] | None = None) -> Iterator[Value]:
    """The fields that the targets of a state set, with their templates; `names` are the targets meant."""
    for name, target in state.get("targets", {}).items():
        for file in target.get("files", ()) if names is None or name in names else ():
            for field, template in file["set"].items():
                yield {"target": name, "path": file["path"], "select": file.get("select", {}), "field": field,
                       "value": template}  # fmt: skip


def rendered(state: dict[str, Any], release: dict[str, Any], names: set[str] | None = None, share: int = 100) -> Any:
    """What the fields say for a release."""
    md5 = release["artifacts"][0]["md5"]
    texts = {"{release}": release["version"], "{md5}": md5, "{traffic}": str(share)}
    found = []
    for each in fields(state, names):
        value = each["value"]
        for word, text in texts.items():
            value = value.replace(word, text)
        found.append({**each, "value": value})
    return found


def said(tree: Tree, each: Value) -> str | None:
    """What a field says in a tree."""
    data = tree.data(each["path"])
    found = data.get(each["field"]) if isinstance(data, dict) else None
    return None if found is None else str(found)


def same_place(one: Value, other: Value) -> bool:
    """Whether two values are of one field."""
    return all(one[name] == other[name] for name in ("path", "select", "field"))


def guarded(state: dict[str, Any], release: dict[str, Any] | None, newest: dict[str, Any] | None) -> list[Value]:
    """What the fields of a state must say: what the newest record set, else what the release in force renders."""
    recorded = newest.get("targets", []) if newest else []
    if state.get("release") is None:
        mine = list(fields(state))
        return [each for each in recorded if any(same_place(each, field) for field in mine)]
    if release is None:
        return []
    return [next((r for r in recorded if same_place(r, each)), each) for each in rendered(state, release)]
