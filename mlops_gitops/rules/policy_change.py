"""A change of what judges is approved by those it belongs to, and judged by the policy before it.

Whoever could lower a threshold, or take the approvals out of mlops.yaml, alone, would need no other way round. A change
of mlops.yaml, of the file FREEZE or of DVC's settings (`config` in any `.dvc/`) needs the roles of the base's
`policies.approvals`: by default one member of each role that an environment asks for. A change of a model's KPIs needs
one member of each role that owns a KPI which changes or goes, or of every owner where KPIs only come; one without an
owner is the project's matter. Of mlops.yaml and KPIs only data count, not comments or layout.

Let somebody it names approve the present head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops_gitops.approving import shortfalls
from mlops_gitops.canonical import digest
from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.policy_files import is_dvc_settings
from mlops_gitops.records import kpis, project
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.project import FREEZE, Project
from mlops_gitops.snapshot import Snapshot
from mlops_gitops.tree import read_if_possible


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role that has not approved a change of what judges."""
    its, pull = context.project, context.pull
    if context.base is None or context.base.project is None or its is None or pull is None:
        return
    for path, wanted in changed(context.base, context.head, its, pull.paths).items():
        for message, undecided in shortfalls(its, pull, wanted):
            where = f"this change of {path} is judged by the policy before it: {message}"
            span = context.head.document(path).span()
            yield Diagnostic(RULE.id, Severity.ERROR, where, span, undecided=undecided)


def changed(base: Snapshot, head: Snapshot, its: Project, paths: Iterable[str]) -> dict[str, dict[str, int]]:
    """Every file of the policy that differs, with the approvals its change needs by the base's project.

    `paths` are all the files that differ: the settings of DVC may lie in any folder.
    """
    found = {path: dict(its.policy_approvals) for path in sorted(paths) if is_dvc_settings(path)}
    if _made(base, head, FREEZE) or _bytes_differ(base, head, FREEZE):
        found[FREEZE] = dict(its.policy_approvals)
    for path in (project.PATH, *(path for path, kind in base.index.items() if kind is kpis.KIND)):
        if head.index.get(path) is base.index.get(path) and not _bytes_differ(base, head, path):
            continue
        before, after = (snapshot.document(path).data for snapshot in (base, head))
        if _made(base, head, path) or _differ(before, after):
            found[path] = _owners(base, its, path, after) or dict(its.policy_approvals)
    return found


def _made(base: Snapshot, head: Snapshot, path: str) -> bool:
    return base.tree.exists(path) != head.tree.exists(path)


def _bytes_differ(base: Snapshot, head: Snapshot, path: str) -> bool:
    return read_if_possible(base.tree, path) != read_if_possible(head.tree, path)


def _owners(base: Snapshot, its: Project, path: str, after: Any) -> dict[str, int]:
    """One member of each role that a change of KPIs is about; empty for what is the project's own matter."""
    entry = base.entry(path, kpis.KIND) if path != project.PATH else None
    if entry is None or not isinstance(entry.record, Kpis):
        return {}
    concerned = _concerned(entry.record, after if isinstance(after, dict) else {})
    owners = [kpi.owner for kpi in entry.record.kpis if kpi.id in concerned]
    unowned = any(owner is None or owner not in its.roles for owner in owners)
    wanted = dict(its.policy_approvals) if unowned else {}
    return wanted | {owner: max(1, wanted.get(owner, 0)) for owner in owners if owner and owner in its.roles}


def _concerned(before: Kpis, after: Mapping[str, Any]) -> set[str]:
    """The KPIs that change or go, those on data that change too; all of them where none does, or the file's head."""
    listed, data = after.get("kpis"), after.get("data")
    kept: dict[str, list[Any]] = {}
    for its in listed if isinstance(listed, list) else ():
        kept.setdefault(str(its.get("id")) if isinstance(its, dict) else "", []).append(its)
    there, then = before.source.get("data", {}), data if isinstance(data, dict) else {}
    found = {
        kpi.id
        for kpi, source in zip(before.kpis, before.source["kpis"], strict=True)
        if _differ([source], kept.get(kpi.id)) or _differ(there.get(kpi.data), then.get(kpi.data))
    }
    same_head = all(before.source.get(key) == after.get(key) for key in {*before.source, *after} - {"kpis", "data"})
    return found if found and same_head else {kpi.id for kpi in before.kpis}


def _differ(before: Any, after: Any) -> bool:
    return digest(before) != digest(after)


RULE = Rule("policy-change", __doc__, check, Scope.PULL, about="pull", standing=True)
