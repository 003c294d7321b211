"""A promotion says by which packs it was judged: those of the base.

A pull request that weakens a pack must not be judged by the weaker one, and an auditor must know which text of a pack
judged a release. Each new record of a promotion holds id, version and digest of every pack that the base's mlops.yaml
names, and none where it names none. A pack that comes with this tool changes with the tool's version; the history is
replayed by whatever version, so there its digest is compared where the versions are equal.

Merge the change of the pack first, then run the promotion again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Undecided
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.pack import Pack
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import is_own, packs_in_force
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that names other packs than the base, or one where the base's are not valid."""
    base = context.base
    if base is None or base.project is None:
        return
    for record in context.promotions():
        try:
            judging = packs_in_force(base) if record.is_gated else ()
        except Undecided as error:
            yield context.head.document(record.path).problem(RULE.id, error.message, help=error.help)
            continue
        if message := _fault(base, record, judging, live=context.pull is not None):
            yield context.head.document(record.path).problem(
                RULE.id, message, ("predicate", "packs"), help=f"run again: {record.command()}"
            )


def _fault(base: Snapshot, record: Promotion, judging: Sequence[Pack], *, live: bool) -> str:
    """What is wrong with the packs of a record; `live` where it is judged now, not replayed by a later version."""
    stated: Sequence[Mapping[str, str]] = record.predicate.get("packs", ())
    names, wanted = [pin["id"] for pin in stated], [pack.id for pack in judging]
    if names != wanted:
        return f"this record was judged by {_listed(names)}, and the base names {_listed(wanted)}"
    for pin, pack in zip(stated, judging, strict=True):
        comparable = live or is_own(base, pack.id) or pin["version"] == pack.version
        if comparable and pin != pack.pin():
            return f"this record was judged by another {pack.id} than the base's, version {pack.version}"
    return ""


def _listed(ids: Sequence[str]) -> str:
    return f"the packs {', '.join(ids)}" if ids else "no pack"


_STRANGER = f'{{"id": "eu-ai-act", "version": "2026.11", "digest": "sha256:{"0" * 64}"}}'
RULE = Rule(
    "promotion-packs",
    __doc__,
    check,
    Scope.BASE,
    ok=((PROMOTED_TO_PRODUCTION,),),
    bad=(
        (
            PROMOTED_TO_PRODUCTION,
            Edit(PRODUCTION_RECORD, '"gates": [', f'"packs": [{_STRANGER}],\n    "gates": ['),
        ),
    ),
)
