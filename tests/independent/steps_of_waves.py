"""What the steps of a rollout may do, and what may change while it runs: for the second audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from independent.ledger import Tree, place
from independent.promotions import Judge
from independent.waves import (
    Running,
    Value,
    devices,
    guarded,
    highest,
    hold,
    merged_at,
    plan_digest,
    rendered,
    rosters,
    running,
    said,
    same_place,
    settled,
)
from independent.waves import fields as target_fields


def _rolls(judge: Judge, record: dict[str, Any]) -> Running | None:
    return running(judge.chain(record["environment"], record["model"]))


def _state(tree: Tree, record: dict[str, Any]) -> Any:
    return tree.record(f"environments/{record['environment']}/{record['model']}.yaml")


def is_step(judge: Judge, record: dict[str, Any]) -> bool:
    """Whether a record is the next step of its rollout, or opens one, and sets what that step sets."""
    rolls = _rolls(judge, record)
    if rolls and record["action"] in ("promote", "open", "adopt"):
        return False
    if record["action"] in ("promote", "open") and not _opens(judge, record):
        return False
    if record["action"] in ("advance", "settle") and not _goes_on(judge, rolls, record):
        return False
    if record.get("stays", []) != _stays(judge, record, rolls):
        return False
    return bool(record.get("targets", []) == _values(judge, record, rolls))


def _stays(judge: Judge, record: dict[str, Any], rolls: Running | None) -> list[str]:
    """The targets that a record must leave as they are: those that cannot go back, where it goes back."""
    state = (rolls.plan if rolls else None) or _state(judge.base, record)
    targets = state.get("targets", {}) if state and record["action"] in ("rollback", "stop") else {}
    return sorted(name for name, target in targets.items() if not target.get("reversible", True))


def _opens(judge: Judge, record: dict[str, Any]) -> bool:
    state = _state(judge.base, record)
    if state is None or "rollout" not in state:
        return bool(record["action"] == "promote")
    first, head = state["rollout"]["waves"][0]["name"], _state(judge.head, record)
    plans = [plan_digest(tree, each) for tree, each in ((judge.base, state), (judge.head, head)) if each]
    return record["action"] == "open" and record["wave"] == first and plans == [record["rollout"]] * 2


def _goes_on(judge: Judge, rolls: Running | None, record: dict[str, Any]) -> bool:
    return rolls is not None and not _is_paused(judge, rolls) and _follows(judge, rolls, record)


def _follows(judge: Judge, rolls: Running, record: dict[str, Any]) -> bool:
    if rolls.plan is None or record["release"] != rolls.data["release"]:
        return False
    ahead = rolls.waves[len(rolls.until(rolls.data["wave"])) :]
    if not ahead or record["action"] == "settle":
        return not ahead and record["action"] == "settle"
    brought: list[dict[str, Any]] = []
    for wave in ahead:
        brought.append(wave)
        if not judge.override(record, "wave", wave["name"]):
            break
    return record["wave"] == brought[-1]["name"] and record["approvals"] == highest(brought)


def _is_paused(judge: Judge, rolls: Running) -> bool:
    paused = False
    for position, data, _ in judge.decisions():
        about = data["subject"]
        covers = all(about.get(name) == rolls.data[name] for name in ("model", "release", "environment"))
        if covers and position > rolls.opened.position and data["type"] in ("pause", "resume"):
            paused = data["type"] == "pause"
    return paused


def has_held(judge: Judge, record: dict[str, Any], merged: datetime) -> bool:
    """Whether the wave before a step had held by then, or an override that the record lists ends its hold."""
    rolls = _rolls(judge, record)
    if record["action"] not in ("advance", "settle") or rolls is None:
        return True
    newest = rolls.entries[-1]
    since = merged_at(judge.history, newest)
    if rolls.plan is None or not judge.history.proven(newest) or since is None:
        return False
    wave = rolls.until(rolls.data["wave"])[-1]
    return merged >= since + hold(wave) or judge.override(record, "hold", rolls.data["wave"])


# ── what is set ──


def _values(judge: Judge, record: dict[str, Any], rolls: Running | None) -> list[Value]:
    """What a record must set."""
    state = (rolls.plan if rolls else None) or _state(judge.base, record)
    release = judge.release(record["model"], record["release"])
    if state is None or release is None:
        return []
    if left := _stays(judge, record, rolls):
        return _left(judge, record, rolls, state, set(left))
    if record["action"] == "stop" and rolls:
        return _as_said(state, rolls.opened.commit.base)
    if record["action"] not in ("open", "advance", "settle") or "rollout" not in state:
        return list(rendered(state, release))
    name = rolls.data["wave"] if record["action"] == "settle" and rolls else record.get("wave")
    names = [wave["name"] for wave in state["rollout"]["waves"]]
    waves = state["rollout"]["waves"][: names.index(name) + 1] if name in names else []
    shares = {target: wave.get("traffic", 100) for wave in waves for target in wave["targets"]}
    found = []
    for target in state["targets"]:
        if target in shares:
            found += rendered(state, release, {target}, shares[target])
        else:
            found += _in_force(judge, record, rolls, state, target)
    return found


def _left(judge: Judge, record: dict[str, Any], rolls: Running | None, state: Any, left: set[str]) -> list[Value]:
    """What a record that goes back sets, where some targets stay: these say what the newest record set in them."""
    chain = judge.chain(record["environment"], record["model"])
    newest, current = (each[-1].data if each else {} for each in (chain, settled(chain)))
    found = []
    for target in state["targets"]:
        if target not in left and record["action"] == "stop" and rolls:
            found += _as_said(state, rolls.opened.commit.base, {target})
        elif target not in left:
            found += rendered(state, judge.release(record["model"], record["release"]), {target})
        else:
            release = judge.release(record["model"], current["release"]) if current else None
            values = rendered(state, release, {target}) if release else []
            values = values if current else list(target_fields(state, {target}))
            recorded = [next((r for r in newest.get("targets", []) if same_place(r, each)), None) for each in values]
            found += [said or value for value, said in zip(values, recorded, strict=True) if said or release]
    return found


def _in_force(judge: Judge, record: dict[str, Any], rolls: Running | None, state: Any, target: str) -> list[Value]:
    """What a target says that no wave has reached."""
    chain = settled(judge.chain(record["environment"], record["model"]))
    if not chain:
        return _as_said(state, rolls.opened.commit.base if rolls else judge.base, {target})
    current = chain[-1].data
    release = judge.base.record(f"releases/{record['model']}/{current['release']}.yaml")
    recorded = current.get("targets", [])
    values = rendered(state, release, {target}) if release else []
    return [next((r for r in recorded if same_place(r, each)), each) for each in values]


def _as_said(state: Any, tree: Tree, names: set[str] | None = None) -> list[Value]:
    return [{**each, "value": said(tree, each)} for each in target_fields(state, names)]


def drifted(judge: Judge) -> Iterator[str]:
    """The files of targets that say something else than a new record sets, or than before without one."""
    new = {(record["environment"], record["model"]): record for _, record in judge.added("promotion")}
    for record in new.values():
        yield from (each["path"] for each in record.get("targets", []) if said(judge.head, each) != each["value"])
    for _, state in judge.base.of_kind("state"):
        here = _state(judge.head, state)
        if (state["environment"], state["model"]) in new or not state.get("targets") or here is None:
            continue
        chain = judge.chain(state["environment"], state["model"])
        newest = chain[-1].data if chain else None
        edited = _rendered_now(judge, here)
        for each in guarded(state, _running_release(judge.head, state), newest):
            recorded = newest is not None and any(same_place(r, each) for r in newest.get("targets", []))
            other = None if recorded else next((e["value"] for e in edited if same_place(e, each)), None)
            after = said(judge.head, each)
            allowed = after is not None and after in (said(judge.base, each), each["value"], other)
            if each["path"] in judge.commit.changes and not allowed:
                yield each["path"]


def _rendered_now(judge: Judge, state: Any) -> list[Value]:
    release = _running_release(judge.head, state)
    return rendered(state, release) if release else []


def _running_release(tree: Tree, state: Any) -> Any:
    return tree.record(f"releases/{state['model']}/{state['release']}.yaml") if state.get("release") else None


def unrendered(tree: Tree, state: Any, newest: dict[str, Any]) -> Iterator[str]:
    """The files of targets that do not say what they must, at the tip."""
    for each in guarded(state, _running_release(tree, state), newest or None):
        if said(tree, each) != each["value"]:
            yield each["path"]


def shrunk(judge: Judge) -> Iterator[str]:
    """The rosters that lost a device of a rollout that runs."""
    pairs = {(e.data["environment"], e.data["model"]) for e in judge.before if e.kind == "promotion"}
    for environment, model in sorted(pairs):
        rolls = running(judge.chain(environment, model))
        if rolls is None or rolls.plan is None or rolls.tree is None:
            continue
        path = f"environments/{environment}/{model}.yaml"
        head = judge.head.record(path) or rolls.plan
        for name, roster in rosters(rolls.plan).items():
            now = rosters(head).get(name)
            touched = any(each in judge.commit.changes for each in (roster, now, path))
            if touched and devices(rolls.tree, roster) - devices(judge.head, now):
                yield now or path


# ── decisions ──


def steers(judge: Judge, data: dict[str, Any]) -> bool:
    """Whether a new decision about a rollout is about one that runs, and a wave of it that can be skipped."""
    about = data["subject"]
    if data["type"] not in ("pause", "resume") and "wave" not in about:
        return True
    names = _waves(judge, about)
    if names is None or ("wave" in about and names and about["wave"] not in names):
        return False
    return about.get("skip") != "wave" or not names or about["wave"] not in (names[0], names[-1])


def _waves(judge: Judge, about: dict[str, Any]) -> list[str] | None:
    """The names of the waves of the rollout that a decision is about; None where none runs."""
    same = ("environment", "model", "release")
    for _, record in judge.added("promotion"):
        if record["action"] == "open" and all(record[name] == about.get(name) for name in same):
            state = _state(judge.base, record)
            return [wave["name"] for wave in state["rollout"]["waves"]] if state and "rollout" in state else []
    rolls = running(judge.chain(about.get("environment", ""), about["model"]))
    if rolls is None or rolls.data["release"] != about["release"]:
        return None
    return [wave["name"] for wave in rolls.waves]


def plan_changes(judge_base: Tree, head: Tree, changes: dict[str, str]) -> dict[str, str]:
    """Each file that a commit changes of what judges a rollout, with the role that approves it."""
    found = {}
    for path in changes:
        if place(path)[0] == "state":
            before, after = judge_base.record(path), head.record(path)
            ruling = before if before and "rollout" in before else after
            plans = [_plan(tree, path) for tree in (judge_base, head)]
            if ruling and "rollout" in ruling and plans[0] != plans[1]:
                found[path] = ruling["rollout"]["owner"]
    for _, state in judge_base.of_kind("state"):
        if "rollout" in state:
            found |= {path: state["rollout"]["owner"] for path in rosters(state).values() if path in changes}
    return found


def _plan(tree: Tree, path: str) -> Any:
    data = tree.data(path)
    return (data.get("targets"), data.get("rollout")) if isinstance(data, dict) else None
