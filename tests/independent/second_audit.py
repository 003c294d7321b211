"""A second audit, slow and simple, written from the rules alone: which changes of a history nothing explains.

It shares no code with the package. A finding is the commit, "" where there is none, the file, and what is lacking:
`change` for a change that no record explains or a record that does not hold, `receipt` for approvals of a record that
are not proven, `policy` for the same of what judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from independent.approvals import met, roles_of
from independent.ledger import Commit, Entry, History, Tree, place
from independent.plumbing import Objects
from independent.policy import POLICY, Policy, policy_digest
from independent.promotions import BACK, Judge, release_faults
from independent.steps_of_waves import drifted, has_held, is_step, shrunk, steers, unrendered
from independent.timing import has_soaked, is_frozen
from independent.waves import in_force, rolling

Finding = tuple[str, str, str]
_FOLDERS = ("releases", "environments", "promotions", "decisions", "governance/packs", "models")
_HARMLESS = {"README.md", ".gitkeep", ".gitignore", "CODEOWNERS"}
_WHOLE = ("releases/", "environments/", "promotions/", "decisions/", "governance/packs/")


def unexplained(folder: Path, rev: str) -> set[Finding]:
    """Every change along the first parents of a revision that nothing explains or proves."""
    objects = Objects(folder)
    try:
        history = History(objects, rev)
        policy = Policy(history)
        changed = ((commit, path) for commit in history.line for path in _changes(history, policy, commit))
        found = {(commit.sha[:10], path, "change") for commit, path in changed}
        found |= {(history.line[-1].sha[:10], path, "change") for path in _tip(history.line[-1].tree)}
        found |= {(sha[:10], path, "receipt") for sha, path in _receipts(history, policy)}
        return found | {(sha[:10], path, "policy") for sha, path in policy.unexplained()}
    finally:
        objects.close()


def _changes(history: History, policy: Policy, commit: Commit) -> Iterator[str]:
    """The files of a commit that it may not change so."""
    judge = Judge(history, commit)
    if judge.base.project is not None and judge.head.project is None:
        yield "mlops.yaml"
    yield from _on_record(judge)
    yield from _states(judge)
    yield from _promotions(judge, policy)
    yield from _decisions(judge)
    yield from drifted(judge)
    yield from shrunk(judge)
    for path in commit.changes:
        record = judge.head.record(path) if path in judge.head.files and place(path)[0] else {}
        if record is None or (record and not judge.head.agrees(path)):
            yield path


def _on_record(judge: Judge) -> Iterator[str]:
    """Releases, promotions and decisions that were valid are never changed or removed."""
    for path, status in judge.commit.changes.items():
        if status != "A" and place(path)[0] in ("release", "promotion", "decision") and judge.base.record(path):
            yield path


def _states(judge: Judge) -> Iterator[str]:
    """What a desired state says changes only with a record that says so, or back to the newest one."""
    said = [(r["environment"], r["model"], (in_force(r), rolling(r))) for _, r in judge.added("promotion")]
    project = judge.head.project
    for path in judge.commit.changes:
        kind, parts = place(path)
        if kind != "state":
            continue
        before, after = (_stated(tree, path) for tree in (judge.base, judge.head))
        environment, model = parts["environment"], parts["model"]
        chain = judge.chain(environment, model)
        restored = bool(chain) and (in_force(chain[-1].data), rolling(chain[-1].data)) == after
        retired = after == (None, None) and project is not None and environment not in project["environments"]
        if before != after and (environment, model, after) not in said and not restored and not retired:
            yield path


def _stated(tree: Tree, path: str) -> tuple[str | None, object]:
    """The release in force and what is rolling by a file, valid or not."""
    data = tree.data(path)
    if not isinstance(data, dict):
        return None, None
    return (str(data["release"]) if "release" in data else None), data.get("rolling")


def _promotions(judge: Judge, policy: Policy) -> Iterator[str]:
    """New promotions hold, and so do the releases that are new or promoted."""
    seen, named = set(), {}
    for path, record in judge.added("promotion"):
        key = (record["environment"], record["model"])
        sound = judge.is_sound(path, record, first=key not in seen) and is_step(judge, record)
        listed = record["action"] == "adopt" and policy.in_baseline(judge.commit)
        if not (sound or listed) or not _in_time(judge, path, record):
            yield path
        seen.add(key)
        named[f"releases/{record['model']}/{record['release']}.yaml"] = None
    for path in {**dict(judge.added("release")), **named}:
        release = judge.head.record(path)
        if release is not None and any(release_faults(judge, path, release)):
            yield path


def _in_time(judge: Judge, path: str, record: dict[str, Any]) -> bool:
    """Whether a promotion was merged while nothing was frozen, and an adoption while adoptions were allowed."""
    entry = next((e for e in judge.history.entries if (e.commit, e.path) == (judge.commit, path)), None)
    receipt = judge.history.receipt(entry) if entry else None
    if receipt is None or not receipt.says("merged_at"):
        return True
    merged = datetime.fromisoformat(receipt.says("merged_at")).astimezone(UTC)
    frozen = record["action"] not in BACK and is_frozen(judge, record["environment"], merged)
    return (
        has_held(judge, record, merged)
        and (has_soaked(judge, record, merged) or judge.override(record, "soak"))
        and judge.may_adopt(record, merged.date())
        and (not frozen or judge.override(record, "freeze"))
    )


def _decisions(judge: Judge) -> Iterator[str]:
    """A new decision is of a member of its role; one that states the policy states that of its tree."""
    project = judge.policy.project
    for path, data in judge.added("decision"):
        where = data["subject"].get("environment")
        if project and data["role"] not in roles_of(project, data["by"]):
            yield path
        if project and where and where not in project["environments"]:
            yield path
        if data["type"] == "policy" and data["subject"]["policy"] != policy_digest(judge.head):
            yield path
        if not steers(judge, data):
            yield path


def _tip(tree: Tree) -> Iterator[str]:
    """What the last tree alone shows."""
    newest: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for path, record in tree.of_kind("promotion"):
        key = (record["environment"], record["model"])
        if key not in newest or record["sequence"] > newest[key][1]["sequence"]:
            newest[key] = path, record
    for path, state in tree.of_kind("state"):
        _, record = newest.pop((state["environment"], state["model"]), ("", {}))
        wanted = (in_force(record), rolling(record)) if record else (None, None)
        if (state.get("release"), state.get("rolling")) != wanted:
            yield path
        yield from unrendered(tree, state, record)
    known = tree.project["environments"] if tree.project else {}
    owed = ((path, environment) for (environment, _), (path, data) in newest.items() if data["action"] != "stop")
    yield from (path for path, environment in owed if environment in known)
    for path in tree.files:
        if _is_twin(path):
            yield path
        inside = path.startswith(_WHOLE) and path.rsplit("/", 1)[-1] not in _HARMLESS
        if (inside and not place(path)[0]) or (tree.record(path) and not tree.agrees(path)):
            yield path


def _is_twin(path: str) -> bool:
    """Whether a laptop that ignores case takes a path for one of the tool's."""
    named = {"mlops.yaml", "mlops-gitops.yaml", "FREEZE"}
    small = {name.lower() for name in named}
    folders = [folder for folder in _FOLDERS if path.lower().startswith(f"{folder}/")]
    return (path.lower() in small and path not in named) or any(not path.startswith(f"{f}/") for f in folders)


def _receipts(history: History, policy: Policy) -> Iterator[tuple[str, str]]:
    """The records whose approvals are not proven, and receipts of records that are not there."""
    for entry in history.entries:
        if not _is_proven(history, policy, entry):
            yield entry.commit.sha, entry.path
    owed = {entry.tag for entry in history.entries}
    for tag, receipt in history.receipts.items():
        if tag not in owed and not tag.startswith(POLICY) and receipt.says("path"):
            yield "", receipt.says("path")


def _is_proven(history: History, policy: Policy, entry: Entry) -> bool:
    if not history.proven(entry):
        return False
    demands = policy.record_demands(entry)
    asked = entry.data["requested_by"] if entry.kind == "promotion" else {}
    excluded = {asked[key] for key in ("login", "email") if key in asked} | history.writers(entry.commit)
    approvals = history.receipts[entry.tag].says("approvals") or []
    return demands is not None and met(demands, approvals, excluded)
