"""What people do to a rollout in a random sequence: as they should, and in each way past its waves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml
from independent import steps
from independent.steps import PROJECT, Record, compose, records_of, state_path, versions
from independent.team import DECISION, PROMOTION, RELEASE, Team

from mlops_gitops.core.canonical import digest, sha256

STAGING, DEPLOY, ROSTER = state_path("staging"), "deploy/churn.yaml", "fleets/tills.csv"
DEVICES = "device,group\ntill-1,pilot\ntill-2,pilot\ntill-3,rest\n"
WAVES = """  waves:
    - {name: canary, targets: [api], traffic: 10, hold: 3h}
    - {name: cloud, targets: [api], approvals: {data-science: 1}}
    - {name: fleet, targets: [tills], hold: 1h}
"""
PLAN = f"""targets:
  api:
    files:
      - path: {DEPLOY}
        set: {{uri: "m/{{md5}}", traffic: "{{traffic}}"}}
  tills: {{roster: {ROSTER}}}
rollout:
  owner: operations
{WAVES}"""
Value = dict[str, Any]


def _state(release: str | None, rolling: dict[str, str] | None, plan: str) -> bytes:
    lines = ["apiVersion: mlops-gitops/v1", "kind: DesiredState", "model: churn", "environment: staging"]
    lines += [f'release: "{release}"'] if release else []
    lines += [f'rolling: {{release: "{rolling["release"]}", wave: "{rolling["wave"]}"}}'] if rolling else []
    return ("\n".join(lines) + f"\n{plan}").encode()


def _plan(team: Team) -> str:
    """The targets and waves of the desired state as they are written now."""
    text = team.text(STAGING) if STAGING in team.files else ""
    return text[text.index("targets:") :] if "targets:" in text else ""


def _chain(team: Team) -> list[Record]:
    return [record["predicate"] for _, record in records_of(team, "staging")]


def _rolls(team: Team) -> list[Record]:
    """The records of the rollout that runs."""
    chain = _chain(team)
    rest = [number for number, record in enumerate(chain) if "wave" not in record]
    return chain[rest[-1] + 1 :] if rest else chain


def _in_force(chain: list[Record]) -> str | None:
    found = [record["release"] for record in chain if "wave" not in record and record["action"] != "stop"]
    return found[-1] if found else None


def _md5(team: Team, version: str) -> str:
    return str(yaml.safe_load(team.text(f"{RELEASE}churn/{version}.yaml"))["artifacts"][0]["md5"])


def _deploy(uri: str, traffic: object) -> bytes:
    return f"uri: {uri}\ntraffic: {traffic}\n".encode()


def _said(files: dict[str, bytes]) -> list[Value]:
    data = yaml.safe_load(files[DEPLOY])
    return [_value(name, str(data[name])) for name in ("uri", "traffic")]


def _value(field: str, value: str) -> Value:
    return {"target": "api", "path": DEPLOY, "select": {}, "field": field, "value": value}


def _set_to(team: Team, version: str, traffic: int) -> list[Value]:
    return [_value("uri", f"m/{_md5(team, version)}"), _value("traffic", str(traffic))]


# ── a plan ──


def plan(team: Team) -> None:
    """Staging takes what comes in waves, from what it runs or from the first release on."""
    if _plan(team) or PROJECT not in team.files or not versions(team):
        return
    chain = _chain(team)
    release = _in_force(chain)
    deploy = _deploy(f"m/{_md5(team, release)}", 100) if release else _deploy("m/none", 0)
    if release and f"{RELEASE}churn/{release}.yaml" not in team.files:
        return
    team.bring("plan waves", {STAGING: _state(release, None, PLAN), DEPLOY: deploy, ROSTER: DEVICES.encode()}, "squash")


def change_plan(team: Team) -> None:
    """Weaker or other waves, or a device more or fewer, mostly while a rollout runs."""
    if not _plan(team):
        return
    path, old, new = team.draw.choice([
        (STAGING, "hold: 3h", "hold: 1h"), (STAGING, ", approvals: {data-science: 1}", ""),
        (STAGING, "traffic: 10", "traffic: 20"), (STAGING, "owner: operations", "owner: data-science"),
        (STAGING, "kind: DesiredState", "kind: DesiredState  # churn"),
        (STAGING, "  api:\n", "  api:\n    reversible: false\n"),
        (STAGING, "tills.csv}", "tills.csv, reversible: false}"),
        (ROSTER, "till-3,rest\n", ""), (ROSTER, "till-3,rest\n", "till-3,rest\ntill-4,rest\n"),
    ])  # fmt: skip
    text = team.text(path) if path in team.files else ""
    if old in text and not (new and new in text) and "till-4" not in text:
        team.bring(f"plan: {path}: {old} becomes {new}", {path: text.replace(old, new).encode()})


# ── records ──


def opens(team: Team) -> None:
    """The first wave of a release, mostly of a new one while nothing rolls."""
    known = [version for version in versions(team) if version != _in_force(_chain(team))]
    if _plan(team) and known and (not _rolls(team) or team.chance(0.2)):
        _bring(team, "open", known[-1] if team.chance(0.8) else team.draw.choice(known), "canary")


def advance(team: Team) -> None:
    """The next wave or the settlement, mostly once the wave before has held."""
    rolls, plan = _rolls(team), _plan(team)
    if not rolls or not plan:
        return
    names = [wave["name"] for wave in yaml.safe_load(plan)["rollout"]["waves"]]
    here = rolls[-1]["wave"]
    following = names[names.index(here) + 1 :] if here in names else names
    wave = following[0] if following and team.chance(0.85) else team.draw.choice([*names, ""])
    for _ in range(team.draw.choice([0, 2, 3, 3, 3])):
        team.bring("somebody works", {"docs/notes.md": f"{team.repository.time}\n".encode()}, "squash")
    _bring(team, "advance" if wave else "settle", rolls[-1]["release"], wave)


def take_back(team: Team) -> None:
    """A rollback, or a stop where nothing is in force; now and then of a release that only waves have brought."""
    chain, rolls = _chain(team), _rolls(team)
    back = _in_force(chain)
    if rolls and back is None:
        _bring(team, "stop", rolls[-1]["release"], "")
    elif chain and back:
        earlier = [r["release"] for r in chain if r["release"] != back]
        target = back if rolls and team.chance(0.8) else (earlier or [back])[-1]
        _bring(team, "rollback", target, "")


def past_the_waves(team: Team) -> None:
    """A promotion that brings everything at once, where waves are planned."""
    known = versions(team)
    if _plan(team) and known:
        _bring(team, "promote", known[-1], "")


def _bring(team: Team, action: str, version: str, wave: str) -> None:
    if f"{RELEASE}churn/{version}.yaml" not in team.files or DEPLOY not in team.files:
        return
    record = compose(team, action, "staging", version)
    if record is None:
        return
    said = record["predicate"]
    _complete(team, said, action, wave)
    lie = team.draw.choice([""] * 12 + list(LIES))
    changes = dict(_written(team, said))
    if lie and LIES[lie](said, changes) is False:
        lie = ""
    path = f"{PROMOTION}staging/churn/{said['sequence']:04d}.json"
    changes[path] = (json.dumps(record, indent=2) + "\n").encode()
    changes = {path: data for path, data in changes.items() if team.files.get(path) != data}
    team.bring(f"{action} {version} {wave} {lie}", changes)


def _complete(team: Team, said: Record, action: str, wave: str) -> None:
    """What only the records of a rollout have, as the plan on the branch has it."""
    chain, state = _chain(team), yaml.safe_load(team.files[STAGING]) if STAGING in team.files else {}
    said["why"] = said["why"] or "As agreed"
    newest = chain[-1] if chain else None
    ran = newest["release"] if newest and action in ("rollback", "stop") else _in_force(chain)
    said["replaces"] = ran if chain else None
    if wave:
        said["wave"] = wave
    if action == "open":
        roster = {ROSTER: sha256(team.files.get(ROSTER, b""))}
        said["rollout"] = digest({"targets": state["targets"], "rollout": state["rollout"], "rosters": roster})
    if action == "advance":
        waves = {each["name"]: each for each in state["rollout"]["waves"]}
        said["approvals"] = waves.get(wave, {}).get("approvals", {})
    said["decisions"] = [{"path": path, "sha256": sha256(team.files[path])} for path in _overrides(team, said)]
    if left := _left(team) if action in ("rollback", "stop") else []:
        said["stays"] = left
    if values := _values(team, said, action, wave):
        said["targets"] = values


def _overrides(team: Team, said: Record) -> list[str]:
    found = []
    for path in team.paths(DECISION):
        try:
            data = yaml.safe_load(team.files[path])
        except yaml.YAMLError:
            continue
        if isinstance(data, dict) and data.get("type") == "override" and "wave" in data.get("subject", {}):
            found += [path] if data["subject"].get("release") == said["release"] else []
    return found


def _left(team: Team) -> list[str]:
    """The targets that cannot go back."""
    targets = (yaml.safe_load(_plan(team)) or {}).get("targets", {})
    return sorted(name for name, target in targets.items() if not target.get("reversible", True))


def _values(team: Team, said: Record, action: str, wave: str) -> list[Value]:
    if "targets" not in _plan(team):
        return []
    if action in ("rollback", "stop") and "api" in _left(team):
        return list(_chain(team)[-1].get("targets", [])) or _said(team.files)
    if action == "stop":
        rolls = _rolls(team)
        first = f"{PROMOTION}staging/churn/{rolls[0]['sequence']:04d}.json"
        line = team.repository.line
        before = next((line[n - 1] for n, seen in enumerate(line) if first in seen.files), line[-1])
        return _said(before.files)
    return _set_to(team, said["release"], 10 if wave == "canary" else 100)


def _written(team: Team, said: Record) -> dict[str, bytes | None]:
    rolling = {"release": said["release"], "wave": said["wave"]} if "wave" in said else None
    release = said["replaces"] if rolling else None if said["action"] == "stop" else said["release"]
    found: dict[str, bytes | None] = {STAGING: _state(release, rolling, _plan(team))}
    if values := said.get("targets"):
        found[DEPLOY] = _deploy(*(value["value"] for value in values))
    return found


def _another_plan(said: Record, _: Any) -> bool | None:
    return None if "rollout" in said and said.update(rollout=f"sha256:{'8' * 64}") is None else False


def _fewer_approvals(said: Record, _: Any) -> bool | None:
    return None if said.get("approvals") and said.update(approvals={}) is None else False


def _other_values(said: Record, _: Any) -> bool | None:
    """A record that says it sets something else, as its file does not."""
    if "targets" not in said:
        return False
    said["targets"] = [{**value, "value": "55" if value["field"] == "traffic" else value["value"]}
                       for value in said["targets"]]  # fmt: skip
    return None


def _another_stays(said: Record, _: Any) -> bool | None:
    return None if said["action"] == "rollback" and said.update(stays=["web"]) is None else False


def _other_files(_: Record, changes: dict[str, bytes | None]) -> bool | None:
    """A file that says something else than its record."""
    return None if DEPLOY in changes and changes.update({DEPLOY: _deploy("m/evil", 100)}) is None else False


def _other_state(_: Record, changes: dict[str, bytes | None]) -> bool | None:
    return None if changes.pop(STAGING) else False


def _other_replaced(said: Record, _: Any) -> bool | None:
    said["replaces"] = "7.7.7"


LIES: dict[str, Callable[[Record, dict[str, bytes | None]], bool | None]] = {
    "by another plan": _another_plan,
    "without its approvals": _fewer_approvals,
    "that sets something else": _other_values,
    "that leaves another target": _another_stays,
    "whose file says something else": _other_files,
    "without the state": _other_state,
    "that replaces another": _other_replaced,
}


# ── by hand, and decisions ──


def by_hand(team: Team) -> None:
    """Somebody edits a target's file or what is rolling, or puts it right again."""
    if DEPLOY not in team.files or not _plan(team):
        return
    chain = _chain(team)
    told = _state(_in_force(chain), {name: chain[-1][name] for name in ("release", "wave")} if _rolls(team) else None,
                  _plan(team))  # fmt: skip
    newest = chain[-1].get("targets") if chain else None
    right = _deploy(*(value["value"] for value in newest)) if newest else team.files[DEPLOY]
    path, data = team.draw.choice([
        (DEPLOY, team.files[DEPLOY].replace(b"traffic: 10\n", b"traffic: 50\n")), (DEPLOY, right), (DEPLOY, right),
        (DEPLOY, team.files[DEPLOY] + b"# a note\n"), (DEPLOY, _deploy("m/evil", 100)), (STAGING, told),
        (STAGING, _state(_in_force(chain), None, _plan(team))),
    ])  # fmt: skip
    if team.files.get(path) != data:
        team.bring(f"by hand: {path}", {path: data})


def steer(team: Team) -> None:
    """A pause, a resume, or an override of a wave or its hold, mostly of what runs."""
    rolls = _rolls(team)
    version = rolls[-1]["release"] if rolls else "9.9.9"
    about = f'model: churn, release: "{version}", environment: staging'
    kind, subject, more = team.draw.choice([
        ("pause", about, ""), ("pause", about, ""), ("resume", about, ""),
        ("override", f"{about}, skip: hold, wave: canary", 'expires: "2099-12-31"\n'),
        ("override", f"{about}, skip: wave, wave: cloud", 'expires: "2099-12-31"\n'),
        ("override", f"{about}, skip: wave, wave: fleet", 'expires: "2099-12-31"\n'),
        ("lift", about, ""),
    ])  # fmt: skip
    head = f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {kind}\nsubject: {{{subject}}}\nrole: operations\n"
    path = f"{DECISION}s{len(team.repository.marks)}.yaml"
    team.bring(f"steer: {kind} {subject}", {path: f"{head}by: bob\nreason: As agreed.\n{more}".encode()})


WAVE_STEPS: dict[str, tuple[int, Callable[[Team], None]]] = {
    "plan waves": (3, plan),
    "change the plan": (6, change_plan),
    "open": (5, opens),
    "advance": (12, advance),
    "take back": (6, take_back),
    "past the waves": (1, past_the_waves),
    "by hand": (3, by_hand),
    "steer": (4, steer),
    "train": (2, steps.train),
    "release": (3, steps.release),
    "retire": (1, steps.retire),
    "touch tags": (4, steps.touch_tags),
    "turn round": (1, steps.turn_round),
}
