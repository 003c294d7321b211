"""The approvals of a policy change, and of a decision that states the whole policy: by the policy before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.records import card, kpis, monitoring, pack, project, retraining
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.project import FREEZE, Project
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.entry import Entry
from mlops_gitops.repository.policy_files import is_dvc_settings
from mlops_gitops.repository.rollout_plans import changed_plans
from mlops_gitops.repository.snapshot import Snapshot

_NAMING = (monitoring.KIND, retraining.KIND)


def approvals_by_file(
    base: Snapshot, head: Snapshot, judge: Project, paths: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Every file of the policy that differs, with the approvals its change needs by the base's project.

    `paths` are all the files that differ: the settings of DVC may lie in any folder. A card is among them where it
    takes back what it says of risk, and a desired state or a roster where they change what a rollout is judged by.
    """
    differing = sorted(paths)
    found = {path: dict(judge.policy_approvals) for path in differing if is_dvc_settings(path)}
    if _added_or_removed(base, head, FREEZE) or bytes_differ(base, head, FREEZE):
        found[FREEZE] = dict(judge.policy_approvals)
    named = (path for path in project.PATHS if path in base.project_paths or path in head.project_paths)
    for path in (*named, *(path for path, kind in base.index.items() if kind is kpis.KIND)):
        if head.index.get(path) is base.index.get(path) and not bytes_differ(base, head, path):
            continue
        before, after = (snapshot.document(path).data for snapshot in (base, head))
        if _added_or_removed(base, head, path) or _differ(before, after):
            found[path] = _owners(base, judge, path, after) or dict(judge.policy_approvals)
    for path in (*changed_packs(base, head), *cards_taken_back(base, head)):
        found[path] = dict(judge.policy_approvals)
    for path, owner in changed_plans(base, head, differing).items():
        found[path] = _known({owner: 1}, judge) or dict(judge.policy_approvals)
    return found | _approvals_named(base, head, judge)


def changed_packs(base: Snapshot, head: Snapshot) -> list[str]:
    """The packs of the repository whose data differ, or that are in one of two trees alone."""
    paths = sorted({path for tree in (base, head) for path, kind in tree.index.items() if kind is pack.KIND})
    return [path for path in paths if _pack_data(base, path) != _pack_data(head, path)]


def _pack_data(tree: Snapshot, path: str) -> str:
    return digest(tree.document(path).data) if tree.tree.exists(path) else ""


def cards_taken_back(base: Snapshot, head: Snapshot) -> dict[str, list[str]]:
    """Each card that says less of risk than on the base, by what judges it: a lower class, a flag or text that is gone.

    A person who could lower a class alone would choose what a model must meet.
    """
    found = {}
    for path in sorted(path for path, kind in base.index.items() if kind is card.KIND):
        before, after = (_card(tree, path) for tree in (base, head))
        if before is not None and bytes_differ(base, head, path) and (lost := card.taken_back(before, after)):
            found[path] = lost
    return found


def _card(tree: Snapshot, path: str) -> Card | None:
    entry = tree.entry(path, card.KIND)
    return entry.record if entry and isinstance(entry.record, Card) else None


def approvals_to_state(base: Snapshot, judge: Project) -> dict[str, int]:
    """The approvals of a decision that states the whole policy: the policy's own, and those of each of its files."""
    owners = {kpi.owner for model in base.records(kpis.KIND, Kpis) for kpi in model.kpis}
    owners |= {plan.owner for plan in base.records(monitoring.KIND, Monitoring)}
    owners |= {state.rollout.owner for state in base.planned_states if state.rollout}
    wanted = dict.fromkeys(sorted(owner for owner in owners if owner and owner in judge.roles), 1)
    deciding = [_known(policy.decides, judge) for policy in base.records(retraining.KIND, Retraining)]
    return highest_counts(wanted, judge.policy_approvals, *deciding)


def highest_counts(*counts: Mapping[str, int]) -> dict[str, int]:
    """The highest count of each role."""
    roles = sorted({role for count in counts for role in count})
    return {role: max(count.get(role, 0) for count in counts) for role in roles}


def bytes_differ(base: Snapshot, head: Snapshot, path: str) -> bool:
    """Whether a file has other bytes in two trees, or is in one of them alone."""
    before, after = (snapshot.tree.identity(path) for snapshot in (base, head))
    if before is not None and before == after:
        return False
    return read_if_possible(base.tree, path) != read_if_possible(head.tree, path)


def _added_or_removed(base: Snapshot, head: Snapshot, path: str) -> bool:
    return base.tree.exists(path) != head.tree.exists(path)


def _approvals_named(base: Snapshot, head: Snapshot, judge: Project) -> dict[str, dict[str, int]]:
    """Each file that names who approves it and differs, with those that it names on the base; of a new one, its own."""
    found = {}
    for path in sorted(path for tree in (base, head) for path, kind in tree.index.items() if kind in _NAMING):
        before, after = _naming(base, path), _naming(head, path)
        if (before is None) != (after is None) or (bytes_differ(base, head, path) and _data(before) != _data(after)):
            found[path] = _named(before or after, judge) or dict(judge.policy_approvals)
    return found


def _naming(tree: Snapshot, path: str) -> Entry | None:
    """A file that names who approves it, read where it lies; None for a draft in comments."""
    kind = tree.index.get(path)
    return tree.entry(path, kind) if kind in _NAMING and kind is not None else None


def _data(entry: Entry | None) -> str:
    return digest(entry.document.data if entry else None)


def _named(entry: Entry | None, judge: Project) -> dict[str, int]:
    """One member of the role that answers for a monitoring.yaml, or those that decide by a retraining.yaml.

    Empty where the project does not know a role of it.
    """
    record = entry.record if entry else None
    if isinstance(record, Monitoring):
        return _known({record.owner: 1}, judge)
    return _known(record.decides, judge) if isinstance(record, Retraining) else {}


def _known(wanted: Mapping[str, int], judge: Project) -> dict[str, int]:
    return dict(wanted) if wanted.keys() <= judge.roles.keys() else {}


def _owners(base: Snapshot, judge: Project, path: str, after: Any) -> dict[str, int]:
    """One member of each role whose KPIs change; empty where the project's own approvals count."""
    entry = base.entry(path, kpis.KIND) if path not in project.PATHS else None
    if entry is None or not isinstance(entry.record, Kpis):
        return {}
    concerned = _concerned(entry.record, after if isinstance(after, dict) else {})
    owners = [kpi.owner for kpi in entry.record.kpis if kpi.id in concerned]
    unowned = any(owner is None or owner not in judge.roles for owner in owners)
    wanted = dict(judge.policy_approvals) if unowned else {}
    return wanted | {owner: max(1, wanted.get(owner, 0)) for owner in owners if owner and owner in judge.roles}


def _concerned(before: Kpis, after: Mapping[str, Any]) -> set[str]:
    """The KPIs that change or go, or whose data change; all where none does, or where the head of the file changes."""
    listed, data = after.get("kpis"), after.get("data")
    kept: dict[str, list[Any]] = {}
    for listed_kpi in listed if isinstance(listed, list) else ():
        kept.setdefault(str(listed_kpi.get("id")) if isinstance(listed_kpi, dict) else "", []).append(listed_kpi)
    data_before, data_after = before.source.get("data", {}), data if isinstance(data, dict) else {}
    found = {
        kpi.id
        for kpi, source in zip(before.kpis, before.source["kpis"], strict=True)
        if _differ([source], kept.get(kpi.id)) or _differ(data_before.get(kpi.data), data_after.get(kpi.data))
    }
    same_head = all(before.source.get(key) == after.get(key) for key in {*before.source, *after} - {"kpis", "data"})
    return found if found and same_head else {kpi.id for kpi in before.kpis}


def _differ(before: Any, after: Any) -> bool:
    return digest(before) != digest(after)
