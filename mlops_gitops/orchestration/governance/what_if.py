"""Past promotions under other KPIs, another project or another pack: read from a file, looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

from mlops_gitops.audit.replay import promotion_entries
from mlops_gitops.audit.what_if.answer import Answer, Objection, Past, judge
from mlops_gitops.audit.what_if.other_policy import OtherPolicy
from mlops_gitops.audit.what_if.recorded_gates import GateThen, gate_objection, result_objection
from mlops_gitops.compliance.assess import assess
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.subject import Counts, Evidence, Subject
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.result import GateResult, Outcome
from mlops_gitops.orchestration.evaluate_gates import accepting_decisions, baselines, evaluate_gates
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.read_other import Other
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.decisions import accept_decision
from mlops_gitops.promotion.preconditions import ungated
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.pack import Pack
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.packs_in_force import packs_in_force
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime.isolated import isolated, one_line

_NOT_MEASURED = "without --data no bytes are looked for"


@frozen
class Question:
    """What is asked: the other KPIs, project or pack with its bytes, from which day on, and whether to measure.

    `on` is the day by which a pack is applied, None for that of each promotion.
    """

    other: Other
    data: bytes
    since: date | None
    measure: bool
    on: date | None = None


@frozen
class WhatIf:
    """A history and a question about it."""

    workspace: Workspace
    ledger: Ledger
    question: Question

    @property
    def tip(self) -> Snapshot:
        """The branch as it is."""
        return self.workspace.at(self.ledger.commits[-1].sha)

    def considered(self) -> list[tuple[Entry, Promotion]]:
        """The records that the question is about: of KPIs and packs, those that gates let in."""
        other, since, enforced = self.question.other, self.question.since, self.enforced()
        return [
            (entry, record)
            for entry, record in promotion_entries(self.ledger)
            if (since is None or entry.commit.day >= since)
            and (isinstance(other, Project) or record.is_gated)
            and (not isinstance(other, Kpis) or record.model == other.model)
            and (not isinstance(other, Pack) or not enforced or record.environment in enforced)
        ]

    def enforced(self) -> tuple[str, ...]:
        """The environments that packs are enforced in today; none where they are in no environment."""
        return self.tip.project.enforced if self.tip.project else ()

    def promotions(self) -> list[Past]:
        """Every record considered, with its answer. One that cannot be looked at stops none of the others."""
        return [self._past(entry, record) for entry, record in self.considered()]

    def _past(self, entry: Entry, record: Promotion) -> Past:
        found = isolated(lambda: tuple(self._objections(entry, record)))
        objections = (Objection("replay", one_line(found), unknown=True),) if isinstance(found, Error) else found
        return Past(
            record.path, record.digest, entry.commit.day.isoformat(), record.model, record.environment, record.release,
            judge(objections), objections,
        )  # fmt: skip

    def _objections(self, entry: Entry, record: Promotion) -> Iterator[Objection]:
        other = self.question.other
        if isinstance(other, Pack):
            yield from self._pack_objections(entry, record, (other,), self.question.on or entry.commit.day)
            return
        policy = OtherPolicy(self.ledger, self.workspace.at, self._files)
        yield from policy.objections(entry, record)
        if isinstance(other, Kpis):
            yield from self._gate_objections(entry, record, other)
        elif record.is_gated and record.environment in other.enforced and (bases := policy.bases(entry)):
            yield from self._newly_enforced(entry, record, *bases)

    def _files(self, tree: Snapshot) -> Mapping[str, bytes]:
        """The other file at its place in a tree."""
        other = self.question.other
        path = tree.path_of(kpis.KIND, model=other.model) if isinstance(other, Kpis) else tree.project_path
        return {path: self.question.data}

    # ── gates ──

    def _gate_objections(self, entry: Entry, record: Promotion, other: Kpis) -> Iterator[Objection]:
        if (refusal := ungated(other)) is not None:
            yield Objection("gates", refusal.message)
            return
        context = self._context(entry, record)
        then = context.policy.kpis(record.model) if entry.commit.parent else None
        known = {kpi.id: kpi for kpi in then.kpis} if then else {}
        recorded = {gate["id"]: gate for gate in record.predicate["gates"]}
        measured: Mapping[str, GateResult] | None = None
        for kpi in other.kpis:
            accepted = accept_decision(context, kpi, record.model, record.release, record.environment)
            found = gate_objection(kpi, other, GateThen(known.get(kpi.id), then, recorded.get(kpi.id)), accepted)
            if found and found.unknown and self.question.measure:
                measured = self._measured(entry, record, context, other) if measured is None else measured
                found = _measured_objection(measured.get(kpi.id), found)
            yield from [found] if found else []

    def _measured(self, entry: Entry, record: Promotion, context: Context, other: Kpis) -> Mapping[str, GateResult]:
        release = context.head.release(record.model, record.release)
        if release is None or context.base is None or context.ledger is None:
            return {}
        accepted = accepting_decisions(context, other, record.release, record.environment)
        running = baselines(context.base, context.ledger, other, release)
        store = self.workspace.store_at(entry.commit.parent or entry.commit.sha)
        cache = self.workspace.measurement_cache()
        results = evaluate_gates(store, kpis_of(other, release), release.evaluation, running, accepted, cache)
        return {result.id: result for result in results}

    def never_promoted(self) -> list[Past]:
        """The releases of the model that no record promotes, measured by the other KPIs and by those they came with."""
        other, since = self.question.other, self.question.since
        if not isinstance(other, Kpis) or not self.question.measure:
            return []
        promoted = {record.release for _, record in promotion_entries(self.ledger) if record.model == other.model}
        return [
            self._never(entry, entry.record, other)
            for entry in self.ledger.entries
            if isinstance(entry.record, Release) and entry.record.model == other.model
            and entry.record.version not in promoted and (since is None or entry.commit.day >= since)
        ]  # fmt: skip

    def _never(self, entry: Entry, release: Release, other: Kpis) -> Past:
        tree = self.workspace.at(entry.commit.sha)
        own = tree.kpis(release.model)
        now, then = (self._release_objections(entry, release, tree, judging) for judging in (other, own))
        return Past(
            release.path, entry.digest, entry.commit.day.isoformat(), release.model, "", release.version,
            judge(now, sound=Answer.PASSES), now, judge(then, sound=Answer.PASSES),
        )  # fmt: skip

    def _release_objections(
        self, entry: Entry, release: Release, tree: Snapshot, judging: Kpis | None
    ) -> tuple[Objection, ...]:
        if judging is None:
            return (Objection("KPIs", "there were none that are valid", unknown=True),)
        running = baselines(tree, self.ledger.until(entry.position), judging, release)
        store, cache = self.workspace.store_at(entry.commit.sha), self.workspace.measurement_cache()
        measure = partial(evaluate_gates, store, kpis_of(judging, release), release.evaluation, running, cache=cache)
        found = isolated(measure)
        if isinstance(found, Error):
            return (Objection("gates", one_line(found), unknown=True),)
        objections = (_measured_objection(result, None) for result in found if result.gate)
        return tuple(objection for objection in objections if objection)

    # ── packs ──

    def _newly_enforced(self, entry: Entry, record: Promotion, then: Snapshot, other: Snapshot) -> Iterator[Objection]:
        """What the packs of the other project object to, without those that were enforced here then."""
        enforced = then.project is not None and record.environment in then.project.enforced
        try:
            known = {pack.digest for pack in packs_in_force(then)} if enforced else set()
            judging = tuple(pack for pack in packs_in_force(other) if pack.digest not in known)
        except Undecided as error:
            yield Objection("known-pack", error.message, unknown=True)
            return
        yield from self._pack_objections(entry, record, judging, entry.commit.day)

    def _pack_objections(
        self, entry: Entry, record: Promotion, judging: tuple[Pack, ...], day: date
    ) -> Iterator[Objection]:
        context = self._context(entry, record, day)
        store = self.workspace.store_at(entry.commit.parent or entry.commit.sha)
        evidence = evidence_of(store, context.head.tree) if self.question.measure else _NOT_LOOKED_FOR
        release = context.head.release(record.model, record.release)
        subject = Subject(context, record.model, release, record.environment, evidence)
        for result in assess(judging, subject):
            if result.is_open and result.severity == "error":
                says = "; ".join(found.says for found in result.findings if found.status is result.status)
                yield Objection(result.row.id, says, unknown=result.status is Status.UNAVAILABLE)

    def _context(self, entry: Entry, record: Promotion, day: date | None = None) -> Context:
        at, parent = self.workspace.at, entry.commit.parent
        changes = {change.path: change.status for change in entry.commit.changes}
        base = at(parent) if parent else None
        ledger = self.ledger.until(entry.position)
        return Context(at(entry.commit.sha), day or entry.commit.day, base, ledger, changes, at=at)


def _measured_objection(result: GateResult | None, unknown: Objection | None) -> Objection | None:
    """What a measured gate objects to; where its data are gone that is unknown, by the reason of the measurement."""
    if result is None:
        return unknown
    if result.outcome is Outcome.NOT_AVAILABLE:
        return Objection(result.id, result.reason, unknown=True)
    return result_objection(result)


def _no_counts(pin: Pin, _: Mapping[str, str]) -> Counts:
    raise Undecided(f"{pin.path}: {_NOT_MEASURED}", help="add --data")


def _not_looked_for(_: Pin) -> str:
    return _NOT_MEASURED


_NOT_LOOKED_FOR = Evidence(_not_looked_for, _no_counts)
