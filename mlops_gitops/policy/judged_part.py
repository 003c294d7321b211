"""Which files of a head are judged: those that a change touches, and those that it could make wrong.

A release manifest and a record of another model say what they said on the base, and no rule reads more of them than
their own bytes, but for the newest record of each model. Where a change holds nothing but releases, records and
desired states, the cards, KPIs and states of other models are as they were too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.documents.kind import Kind
from mlops_gitops.records import desired_state, project, promotion, release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_ON_RECORD = (release.KIND, promotion.KIND)
_NAMED_BY_NOTHING = (*_ON_RECORD, desired_state.KIND)  # no file of another model names one of these


def judged_part(context: Context) -> tuple[Snapshot, bool]:
    """The head with the files that rules on files and on the tree judge, and whether a file of no kind can be new."""
    head, base = context.head, context.base
    if context.paths is None or base is None or base.project is None or head.only is not None:
        return head, True
    if not context.paths.isdisjoint(project.PATHS) or head.folders != base.folders:
        return head, True
    kinds = {path: head.kind_of(path) for path in context.paths}
    matched = (kind.match(head.folders, path) for path, kind in kinds.items() if kind)
    models = {parts["model"] for parts in matched if parts and "model" in parts}
    if all(kind in _NAMED_BY_NOTHING and context.changes.get(path) != "D" for path, kind in kinds.items()):
        index = head.index.items()
        return head.judging({path: kind for path, kind in index if _is_of(kind, head.folders, path, models)}), False
    return head.judging(dict(_touched(head, models))), True


def _touched(head: Snapshot, models: set[str]) -> Iterator[tuple[str, Kind]]:
    """All but the releases of other models, and of their records but the newest, where that one is valid."""
    others: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for path, kind in head.index.items():
        parts = kind.match(head.folders, path) if kind in _ON_RECORD else None
        if parts is None or parts["model"] in models:
            yield path, kind
        elif kind is promotion.KIND:
            others.setdefault((parts["environment"], parts["model"]), []).append((int(parts["sequence"]), path))
    for records in others.values():
        _, newest = max(records)
        entry = head.entry(newest, promotion.KIND)
        valid = entry is not None and entry.record is not None
        yield from ((path, promotion.KIND) for _, path in records if path == newest or not valid)


def _is_of(kind: Kind, folders: Mapping[str, str], path: str, models: set[str]) -> bool:
    """Whether a file is of one of these models, or of none."""
    parts = kind.match(folders, path) or {}
    return parts.get("model") is None or parts["model"] in models
