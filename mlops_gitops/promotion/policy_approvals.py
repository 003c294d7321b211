"""The approvals of a policy change, and of a decision that states the whole policy: by the policy before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.records import card, kpis, monitoring, pack, project
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.project import FREEZE, Project
from mlops_gitops.repository.policy_files import is_dvc_settings
from mlops_gitops.repository.snapshot import Entry, Snapshot


def approvals_by_file(
    base: Snapshot, head: Snapshot, judge: Project, paths: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Every file of the policy that differs, with the approvals its change needs by the base's project.

    `paths` are all the files that differ: the settings of DVC may lie in any folder. A card is among them where it
    takes back what it says of risk.
    """
    found = {path: dict(judge.policy_approvals) for path in sorted(paths) if is_dvc_settings(path)}
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
    return found | _monitoring_approvals(base, head, judge)


def changed_packs(base: Snapshot, head: Snapshot) -> list[str]:
    """The packs of the repository whose data differ, or that are in one of two trees alone."""
    paths = sorted({path for tree in (base, head) for path, kind in tree.index.items() if kind is pack.KIND})
    return [path for path in paths if _pack_data(base, path) != _pack_data(head, path)]


def _pack_data(tree: Snapshot, path: str) -> str:
    return digest(tree.document(path).data) if tree.tree.exists(path) else ""


def cards_taken_back(base: Snapshot, head: Snapshot) -> dict[str, list[str]]:
    """Each card that says less of risk than on the base, by what judges it: a lower class, a flag or text that is gone.

    Whoever could lower a class alone would choose what a model must meet.
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
    """The approvals of a decision that states the whole policy: the policy's own, and one of each owner's role."""
    owners = {kpi.owner for model in base.records(kpis.KIND, Kpis) for kpi in model.kpis}
    owners |= {plan.owner for plan in base.records(monitoring.KIND, Monitoring)}
    wanted = dict.fromkeys(sorted(owner for owner in owners if owner and owner in judge.roles), 1)
    return highest_counts(wanted, judge.policy_approvals)


def highest_counts(*counts: Mapping[str, int]) -> dict[str, int]:
    """The highest count of each role."""
    roles = sorted({role for count in counts for role in count})
    return {role: max(count.get(role, 0) for count in counts) for role in roles}


def bytes_differ(base: Snapshot, head: Snapshot, path: str) -> bool:
    """Whether a file has other bytes in two trees, or is in one of them alone."""
    return read_if_possible(base.tree, path) != read_if_possible(head.tree, path)


def _added_or_removed(base: Snapshot, head: Snapshot, path: str) -> bool:
    return base.tree.exists(path) != head.tree.exists(path)


def _monitoring_approvals(base: Snapshot, head: Snapshot, judge: Project) -> dict[str, dict[str, int]]:
    """Each monitoring.yaml that differs, with one member of its owner on the base; of a new one, of whom it names."""
    found = {}
    for path in sorted(path for tree in (base, head) for path, kind in tree.index.items() if kind is monitoring.KIND):
        before, after = _plan(base, path), _plan(head, path)
        if (before is None) != (after is None) or (bytes_differ(base, head, path) and _data(before) != _data(after)):
            found[path] = _owner(before or after, judge) or dict(judge.policy_approvals)
    return found


def _plan(tree: Snapshot, path: str) -> Entry | None:
    """A monitoring.yaml that is read where it lies; None for a draft in comments."""
    return tree.entry(path, monitoring.KIND) if tree.index.get(path) is monitoring.KIND else None


def _data(entry: Entry | None) -> str:
    return digest(entry.document.data if entry else None)


def _owner(entry: Entry | None, judge: Project) -> dict[str, int]:
    """One member of the role that answers for a monitoring.yaml; empty where the project does not know it."""
    plan = entry.record if entry else None
    return {plan.owner: 1} if isinstance(plan, Monitoring) and plan.owner in judge.roles else {}


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
