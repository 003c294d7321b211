"""What people do to a repository in a random sequence: as they should, and in each way of falsifying its history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from independent.team import DECISION, PROMOTION, RELEASE, Team, parsed

from mlops_gitops.core.canonical import digest, rounded, sha256
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.repository.snapshot import Snapshot

KPIS, PROJECT, CARD = "models/churn/kpis.yaml", "mlops.yaml", "models/churn/README.md"
ENVIRONMENTS = ("staging", "production")
LOW = "0.9.0"  # a version below all others
Record = dict[str, Any]


def state_path(environment: str) -> str:
    """Where a desired state lies."""
    return f"environments/{environment}/churn.yaml"


def _state(environment: str, release: str, more: str = "") -> bytes:
    head = "apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: churn\n"
    return f'{head}environment: {environment}\nrelease: "{release}"\n{more}'.encode()


def versions(team: Team) -> list[str]:
    found = [path.split("/")[2].removesuffix(".yaml") for path in team.paths(f"{RELEASE}churn/")]
    return sorted((v for v in found if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", v)), key=_order)


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def records_of(team: Team, environment: str) -> list[tuple[str, Record]]:
    found = [(path, parsed(team.files[path])) for path in team.paths(f"{PROMOTION}{environment}/churn/")]
    return [(path, record) for path, record in found if record and "predicate" in record]


def _hits(team: Team, version: str) -> float | None:
    """The accuracy of a release, by the bytes that it pins: the sample's model is how many of fifty it gets right."""
    pinned = re.search('md5: "([0-9a-f]+)"', team.text(f"{RELEASE}churn/{version}.yaml"))
    found = (each.accuracy for each in team.repository.trainings if pinned and each.artifact == pinned[1])
    return next(found, None)


# ── releases ──


def train(team: Team) -> None:
    """Another model is merged."""
    other = team.draw.choice(team.repository.trainings)
    changes = {path: data for path, data in other.files.items() if data != team.files[path]}
    if changes:
        team.bring(f"train a model that is right in {other.accuracy:.0%}", changes, "squash")


def release(team: Team) -> None:
    """A release of what is merged; now and then a version too low, of other bytes or beside another one."""
    known, text = versions(team), _manifest(team)
    if text is None or not known:
        return
    major, minor, patch = _order(known[-1])
    version = team.draw.choice([f"{major}.{minor + 1}.0"] * 5 + [f"{major}.{minor}.{patch + 1}", LOW])
    below = team.draw.choice([known[-1]] * 6 + ["7.7.7", version])
    below = "" if version == LOW else below  # so that nothing else is wrong with it
    wrong = team.draw.choice([""] * 5 + ["artifact", "card"])
    manifest = _renamed(team, text, version, below, wrong)
    changes = {f"{RELEASE}churn/{version}.yaml": manifest}
    if team.chance(0.1):
        other = f"{major}.{minor + 2}.0"
        changes[f"{RELEASE}churn/{other}.yaml"] = _renamed(team, text, other, known[-1], "")
    if changes.keys() - team.files.keys():
        team.bring(f"release {version} {wrong}", {p: d for p, d in changes.items() if p not in team.files})


def _manifest(team: Team) -> str | None:
    """The manifest that real commands wrote for the model that is merged."""
    merged = team.files["dvc.lock"]
    return next((each.manifest for each in team.repository.trainings if each.files["dvc.lock"] == merged), None)


def _renamed(team: Team, text: str, version: str, supersedes: str, wrong: str) -> bytes:
    text = re.sub("^version: .*", f'version: "{version}"', text, flags=re.MULTILINE)
    text = re.sub("^supersedes: .*\n", "", text, flags=re.MULTILINE)
    text += f'supersedes: "{supersedes}"\n' if supersedes else ""
    for path in (KPIS, CARD):
        own = sha256(team.files.get(path, b""))
        text = re.sub(f'(path: {path}\n  sha256: )"[0-9a-f]+"', rf'\g<1>"{own}"', text)
    if wrong == "artifact":
        text = re.sub('md5: "[0-9a-f]{4}', 'md5: "0000', text, count=1)
    if wrong == "card":
        text = re.sub(f'(path: {CARD}\n  sha256: )"[0-9a-f]{{4}}', r'\g<1>"0000', text)
    return text.encode()


# ── promotions ──


def promote(team: Team) -> None:
    """A promotion, mostly of the newest release to where it may go, and mostly a true record."""
    environment, known = team.draw.choice(ENVIRONMENTS), versions(team)
    if not known:
        return
    version = known[-1] if team.chance(0.6) else team.draw.choice(known)
    if environment == "production" and team.chance(0.8):
        ran = [record["predicate"]["release"] for _, record in records_of(team, "staging")]
        version = ran[-1] if ran else version
    _enter(team, "promote", environment, version)


def roll_back(team: Team) -> None:
    """A rollback, mostly to something that has run there."""
    environment = team.draw.choice(ENVIRONMENTS)
    ran = [record["predicate"]["release"] for _, record in records_of(team, environment)]
    earlier = [release for release in ran if release != ran[-1]] or ran
    known = versions(team)
    if earlier and known:
        _enter(team, "rollback", environment, team.draw.choice(earlier if team.chance(0.8) else known))


def adopt(team: Team) -> None:
    """An adoption, which is allowed where nothing is on record and mlops.yaml says until when."""
    known = versions(team)
    empty = [environment for environment in ENVIRONMENTS if not records_of(team, environment)]
    if known:
        where = empty if empty and team.chance(0.8) else [*ENVIRONMENTS, "canary"]
        _enter(team, "adopt", team.draw.choice(where), team.draw.choice(known))


def _enter(team: Team, action: str, environment: str, version: str) -> None:
    record = compose(team, action, environment, version)
    if record is None:
        return
    said = record["predicate"]
    sequence, state = said["sequence"], _state(environment, version)
    lie = team.draw.choice([""] * 14 + list(LIES))
    if lie and LIES[lie](team, record) is False:
        lie = ""
    if lie == "at another path":
        sequence += 5
    changes: dict[str, bytes | None] = {
        f"{PROMOTION}{environment}/churn/{sequence:04d}.json": (json.dumps(record, indent=2) + "\n").encode()
    }
    if not team.chance(0.04):
        changes[state_path(environment)] = state
    changes = {path: data for path, data in changes.items() if team.files.get(path) != data}
    if team.chance(0.04):
        changes[PROJECT] = team.files.get(PROJECT, b"") + b"# by the way\n"
    team.bring(f"{action} {version} to {environment} {lie}", changes)


def compose(team: Team, action: str, environment: str, version: str) -> Record | None:
    """A true record, as the tool writes one."""
    snapshot = Snapshot(Overlay(team.files))
    manifest = snapshot.release("churn", version)
    if manifest is None:
        return None
    chain = records_of(team, environment)
    last = chain[-1][1] if chain else None
    gated = action in ("promote", "open")
    data = team.files[manifest.path]
    digests = [(pin.path, {"sha256": pin.sha256, "md5": pin.md5}) for pin in manifest.artifacts]
    predicate = {
        "model": "churn", "environment": environment, "sequence": last["predicate"]["sequence"] + 1 if last else 1,
        "action": action, "release": version, "replaces": last["predicate"]["release"] if last else None,
        "previous": digest(last) if last else None, "upstream": _upstream(team, environment, version) if gated else [],
        "policy": snapshot.policy_digest("churn") or f"sha256:{'0' * 64}",
        "gates": _gates(team, snapshot, version) if gated else [], "rules": [], "decisions": [],
        "requested_by": {"email": "alice@example.org", "via": "command line"}, "why": "" if gated else "As agreed",
        "tool": "mlops-gitops 0.1.0", "created": "2026-06-01T00:00:00Z",
    }  # fmt: skip
    if action == "adopt":
        kpis, project = snapshot.kpis("churn"), snapshot.project
        target = project.environments.get(environment) if project else None
        predicate["skipped"] = {
            "gates": [kpi.id for kpi in kpis.kpis if kpi.gate] if kpis else [],
            "order": list(target.after) if target else [],
        }
    named = [*digests, (manifest.path, {"sha256": sha256(data)})]
    subject = [{"name": name, "digest": each} for name, each in named]
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subject,
            "predicateType": "mlops-gitops/promotion/v1", "predicate": predicate}  # fmt: skip


def _upstream(team: Team, environment: str, version: str) -> list[dict[str, str]]:
    """The newest record of the release in staging that has a receipt of met approvals."""
    if environment != "production":
        return []
    for _, record in reversed(records_of(team, "staging")):
        tag = team.repository.tags.get(f"churn#staging#{record['predicate']['sequence']}")
        proven = tag is not None and '"approved": "met"' in (tag.message or "") and digest(record) in str(tag.message)
        if record["predicate"]["release"] == version and proven:
            return [{"environment": "staging", "record": digest(record)}]
    return []


def _gates(team: Team, snapshot: Snapshot, version: str) -> list[Record]:
    kpis, value = snapshot.kpis("churn"), _hits(team, version)
    if kpis is None:
        return []
    found = []
    for kpi in kpis.kpis:
        if kpi.id == "latency":
            found.append({"id": "latency", "metric": "metrics.json:p95_ms", "outcome": "passed", "on_fail": "block",
                          "value": 12.5, "n": None, **kpi.gate.conditions(), "better": "lower"})  # fmt: skip
        elif kpi.gate:
            found.append(_accuracy(team, kpi.gate.conditions(), value))
    return found


def _accuracy(team: Team, conditions: Record, value: float | None) -> Record:
    chain = records_of(team, "production")
    last = chain[-1][1] if chain else None
    before = _hits(team, last["predicate"]["release"]) if last else None
    gate = {"id": "accuracy", "metric": "accuracy", "outcome": "passed", "on_fail": "block", "value": value, "n": 50,
            **conditions, "baseline": None, "change": None, "better": "higher"}  # fmt: skip
    if last and value is not None and before is not None:
        gate["baseline"] = {"environment": "production", "release": last["predicate"]["release"],
                            "record": digest(last), "value": before}  # fmt: skip
        gate["change"] = rounded(value - before)
        unpaired = {"n": 50, "value": value, "unpaired": [0, 0]}
        gate = {**gate, "paired": unpaired}
    return gate


# ── lies in a record ──


def _set(name: str, value: Any) -> Callable[[Team, Record], bool | None]:
    def lie(_: Team, record: Record) -> bool | None:
        if record["predicate"][name] == value:
            return False
        record["predicate"][name] = value
        return None

    return lie


def _no_gate(_: Team, record: Record) -> bool | None:
    gates = record["predicate"]["gates"]
    return None if gates and gates.pop() else False


def _low_value(_: Team, record: Record) -> bool | None:
    """A gate that its own number misses."""
    for gate in record["predicate"]["gates"]:
        if gate["id"] == "latency":
            gate["value"] = 41.5
            return None
    return False


def _low_threshold(_: Team, record: Record) -> bool | None:
    for gate in record["predicate"]["gates"]:
        if gate["id"] == "accuracy" and "at_least" in gate:
            gate["at_least"] = 0.1
            return None
    return False


def _other_baseline(_: Team, record: Record) -> bool | None:
    for gate in record["predicate"]["gates"]:
        if gate.get("baseline"):
            gate["baseline"]["record"] = f"sha256:{'2' * 64}"
            return None
    return False


def _other_bytes(_: Team, record: Record) -> None:
    record["subject"][0]["digest"]["md5"] = "3" * 32


LIES: dict[str, Callable[[Team, Record], bool | None]] = {
    "with another previous": _set("previous", f"sha256:{'1' * 64}"),
    "with another number": _set("sequence", 9),
    "that replaces nothing": _set("replaces", None),
    "by another policy": _set("policy", f"sha256:{'4' * 64}"),
    "without upstream": _set("upstream", []),
    "without a reason": _set("why", " "),
    "without a gate": _no_gate,
    "with a value that misses": _low_value,
    "with a threshold of its own": _low_threshold,
    "with another baseline": _other_baseline,
    "of other bytes": _other_bytes,
    "at another path": lambda *_: None,
}


# ── by hand ──


def edit_state(team: Team) -> None:
    """Somebody edits a desired state: another release, a comment, or what the newest record says."""
    environment = team.draw.choice(ENVIRONMENTS)
    path, known = state_path(environment), versions(team)
    chain = records_of(team, environment)
    if not known:
        return
    newest = chain[-1][1]["predicate"]["release"] if chain else known[0]
    new = team.draw.choice([*known, newest, newest, None])
    more = team.draw.choice(["", "# a note\n"])
    data = None if new is None else _state(environment, new, more)
    if team.files.get(path) != data:
        team.bring(f"edit {path} to {new} {more.strip()}", {path: data})


def tamper(team: Team) -> None:
    """Somebody edits or removes what is on record, or puts it back as it once was."""
    folder = team.draw.choice([RELEASE, PROMOTION, PROMOTION, DECISION])
    once = {path: seen.files[path] for seen in team.repository.line for path in seen.files if path.startswith(folder)}
    if not once:
        return
    path = team.draw.choice(sorted(once))
    new = team.draw.choice([None, once[path], b"{\n", once[path].replace(b"churn", b"churns", 1)])
    if path.endswith(".yaml") and team.chance(0.5):
        new = once[path] + b"# a note\n"
    if team.files.get(path) != new:
        size = "remove" if new is None else f"write {len(new)} bytes of"
        team.bring(f"{size} {path}", {path: new})


def stray(team: Team) -> None:
    """A file where none belongs, or one that says something else than its path."""
    odd = {
        "promotions/staging/churn/notes.txt": b"By hand\n",
        "releases/churn/1.0.0.yml": b"kind: Release\n",
        "environments/canary/churn.yaml": _state("staging", "1.0.0"),
        "decisions/README.md": b"# Decisions\n",
        "decisions/later.yaml": b"kind: Decision\n",
        "Environments/staging/churn.yaml": _state("staging", "1.0.0"),
        "MLOPS.yaml": b"kind: Project\n",
        "docs/notes.md": b"Nothing of ours\n",
    }
    path = team.draw.choice(sorted(odd))
    team.bring(f"stray {path}", {path: None if path in team.files else odd[path]})


# ── decisions and policy ──


def decide(team: Team) -> None:
    """A decision, mostly of somebody of the role."""
    known = versions(team)
    if not known:
        return
    version = team.draw.choice(known)
    about = f'model: churn, release: "{version}"'
    kind, subject, more = team.draw.choice([
        ("quarantine", f"{{{about}}}", ""),
        ("lift", f"{{{about}}}", ""),
        ("lift", f"{{{about}, environment: production}}", ""),
        ("override", f"{{{about}, environment: production, skip: order}}", 'expires: "2026-12-31"\n'),
        ("policy", f'{{policy: "{digest_of(Snapshot(Overlay(team.files)))}"}}', ""),
        ("override", f"{{{about}, environment: staging, skip: freeze}}", 'expires: "2026-12-31"\n'),
        ("override", f"{{{about}, environment: production, skip: soak}}", 'expires: "2026-12-31"\n'),
        ("policy", f'{{policy: "sha256:{"5" * 64}"}}', ""),
    ])  # fmt: skip
    by = team.draw.choice(["bob", "bob", "bob", "mallory"])
    text = f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {kind}\nsubject: {subject}\nrole: operations\n"
    path = f"{DECISION}d{len(team.repository.marks)}.yaml"
    team.bring(f"decide {kind} {subject} by {by}", {path: f"{text}by: {by}\nreason: As agreed.\n{more}".encode()})


def change_policy(team: Team) -> None:
    """Another threshold, other approvals, adoptions allowed, another environment, or a comment."""
    path, old, new = team.draw.choice([
        (KPIS, r"at_least: 0\.[0-9]+", f"at_least: {team.draw.choice(['0.5', '0.8', '0.85', '0.9'])}"),
        (KPIS, r"at_most: [0-9]+", f"at_most: {team.draw.choice([30, 40, 60])}"),
        (KPIS, r"\Z", "# a note\n"),
        (PROJECT, r"staging: \{.*\}", f"staging: {team.draw.choice(['{}', '{approvals: {operations: 1}}'])}"),
        (PROJECT, r"\Z", 'policies: {adopt: {until: "2099-12-31", approvals: {data-science: 1}}}\n'),
        (PROJECT, r"\Z", 'policies: {adopt: {until: "2026-01-01", approvals: {data-science: 1}}}\n'),
        (PROJECT, r"\Z", "  canary: {approvals: {operations: 1}}\n"),
        (PROJECT, r"order: (ever|current)", f"order: {team.draw.choice(['ever', 'current'])}"),
        (PROJECT, r"staging: \{\}", "staging: {soak: 2h, hold_while_soaking: true}"),
        (PROJECT, r"staging: \{approvals: \{operations: 1\}\}", "staging: {approvals: {operations: 1}, soak: 3h}"),
        (PROJECT, r"\Z", 'policies: {freeze: [{from: "2026-01-01", to: "2099-01-01", reason: A fair}]}\n'),
        (PROJECT, r"login: carol", "login: dora"),
        (PROJECT, r"login: dora", "login: carol"),
        (PROJECT, r"\nroles:", "\nrules:"),
        (PROJECT, r"\nrules:", "\nroles:"),
        (".dvc/config", r"\Z", "# a note\n"),
    ])  # fmt: skip
    if path not in team.files or (new.startswith("policies") and "policies:" in team.text(path)):
        return
    if "canary" in new and ("canary" in team.text(path) or "policies:" in team.text(path)):
        return
    text = re.sub(old, lambda _: new, team.text(path), count=1)
    if text != team.text(path):
        team.bring(f"policy: {path}: {new.strip()}", {path: text.encode()})


def retire(team: Team) -> None:
    """The project goes or comes back, nothing may be promoted for a while, or an environment goes with its state."""
    gone = next((seen.files[PROJECT] for seen in team.repository.line[::-1] if PROJECT in seen.files), None)
    if PROJECT not in team.files:
        team.bring("mlops.yaml comes back", {PROJECT: gone})
    elif team.chance(0.3):
        team.bring("mlops.yaml goes", {PROJECT: None})
    elif team.chance(0.6):
        team.bring("FREEZE", {"FREEZE": None if "FREEZE" in team.files else b"A fair\n"})
    else:
        text = re.sub(r"  production: .*\n", "", team.text(PROJECT))
        path = state_path("production")
        if text != team.text(PROJECT) and path in team.files:
            team.bring("production goes", {PROJECT: text.encode(), path: None})


# ── tags ──


def touch_tags(team: Team) -> None:
    """A receipt is removed, moved, forged, made lightweight or invented."""
    tags = team.repository.tags
    if not tags:
        return
    name = team.draw.choice(sorted(tags))
    tag, target = tags[name], team.draw.choice(team.repository.line).sha
    what = team.draw.choice(["remove", "move", "lighten", "invent", "requester", "nobody", "unmet", "other", "foreign"])
    if what == "remove":
        del tags[name]
    elif what == "invent":
        name = team.draw.choice(["churn#staging#77", "churn@v9.9.9", f"mlops-gitops/policy/{'6' * 40}"])
        tags[name] = type(tag)(target, tag.message)
    elif what == "move":
        tags[name] = type(tag)(target, tag.message)
    else:
        tags[name] = type(tag)(tag.target, None if what == "lighten" else _forged(tag.message, what))
    team.lines.append(f"tag {name}: {what}")


def _forged(message: str | None, what: str) -> str | None:
    if message is None:
        return None
    head, _, body = message.partition("\n\n")
    facts = json.loads(body)
    if what in ("requester", "nobody"):
        facts["approvals"] = [{"role": role, "by": "alice"} for role in ("data-science", "operations")]
        facts["approvals"] = facts["approvals"] if what == "requester" else []
    facts |= {"unmet": {"approved": "unmet"}, "other": {"digest": f"sha256:{'7' * 64}"},
              "foreign": {"forge": "github"}}.get(what, {})  # fmt: skip
    return f"{head}\n\n{json.dumps(facts, indent=2)}\n"


def turn_round(team: Team) -> None:
    """Somebody pushes a merge of the branch into their own."""
    if len(team.repository.line) > 6:
        team.turn_round()


STEPS: dict[str, tuple[int, Callable[[Team], None]]] = {
    "train": (2, train),
    "release": (4, release),
    "promote": (8, promote),
    "roll back": (4, roll_back),
    "adopt": (2, adopt),
    "edit a state": (3, edit_state),
    "tamper": (3, tamper),
    "stray": (1, stray),
    "decide": (4, decide),
    "change the policy": (4, change_policy),
    "retire": (2, retire),
    "touch tags": (4, touch_tags),
    "turn round": (1, turn_round),
}
