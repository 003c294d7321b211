"""A new promotion record is about the very files it names: manifest, artifacts, decisions, desired state.

People approve a record, and what runs is what the record names: if the two were not the same, they would have
approved something else. It compares the digests of a new record with the release manifest and its artifacts, the
manifest with what history added, each decision with the file it was, and the release with the desired state of the
same change. A rollback or an adoption has no gates and no upstream records, and says why; neither has what follows the
opening of a rollout.

Do not fix a record by hand: undo it, and run the command that writes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.document import Route
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.examples import PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file that is not what the record says."""
    for record in context.promotions():
        for route, message in _faults(context, record):
            document = context.head.document(record.path)
            yield document.problem(RULE.id, message, ("predicate", *route) if route[0] != "subject" else route)


def _faults(context: Context, record: Promotion) -> Iterator[tuple[Route, str]]:
    head = context.head
    release = head.release(record.model, record.release)
    manifest = stored_if_possible(head.tree, release.path) if release else None
    if release is None or manifest is None:
        yield ("release",), f"there is no valid manifest of {record.model} {record.release}"
    elif record.data["subject"] != record_subject(release, manifest):
        yield ("subject",), f"the digests are not those of {release.path}"
    if (
        manifest
        and release
        and (entry := _added_before(context, record))
        and entry.digest != "sha256:" + sha256(manifest)
    ):
        yield ("release",), f"{release.path} is not what commit {entry.commit.sha[:10]} added"
    if release and context.ledger and context.changes.get(release.path) != "A" and not _added_before(context, record):
        yield ("release",), f"no commit of the base's history adds {release.path}"
    if record.action == "adopt":
        yield from _adoption(context, record)
    if not record.is_gated:
        yield from _ungated(record)
    state = head.state(record.environment, record.model)
    if state is None or (state.release, state.rolling) != (record.in_force, record.rolling):
        yield ("release",), f"{record.environment} is not set to {record.release} in the same change"
    for n, decision in enumerate(record.predicate["decisions"]):
        data = stored_if_possible(head.tree, decision["path"])
        if data is None or sha256(data) != decision["sha256"]:
            yield ("decisions", n, "sha256"), f"{decision['path']} is not the decision this record depends on"


def _added_before(context: Context, record: Promotion) -> Entry | None:
    return context.ledger.manifest(record.model, record.release) if context.ledger else None


def _adoption(context: Context, record: Promotion) -> Iterator[tuple[Route, str]]:
    before = context.base.state(record.environment, record.model) if context.base else None
    if before and before.release not in (None, record.release):
        yield (
            ("release",),
            f"{record.environment} runs {before.release}: an adoption records what runs, it changes nothing",
        )


def _ungated(record: Promotion) -> Iterator[tuple[Route, str]]:
    for name in ("gates", "upstream"):
        if record.predicate[name]:
            yield (name,), f"a record of action {record.action} has no {name}"
    if record.action in (*BACK, "adopt") and not record.predicate["why"].strip():
        yield ("why",), f"a record of action {record.action} says why"


RULE = Rule(
    "promotion-content",
    __doc__,
    check,
    Scope.BASE,
    bad=((PROMOTED_TO_PRODUCTION,),),
)
