"""Job two, second half: a received run as a candidate, judged by the gates and written as the next release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.semver import next_minor
from mlops_gitops.documents.tree import Overlay, read_if_possible
from mlops_gitops.gates.result import GateResult
from mlops_gitops.orchestration.evaluate_gates import baselines, evaluate_gates
from mlops_gitops.orchestration.pull_context import base_context
from mlops_gitops.orchestration.retraining.renewed_profile import renewed_profile
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.promotion import manifest
from mlops_gitops.promotion.manifest import LivePlan, ReleasePlan, require_kpis
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.outcome import Cause
from mlops_gitops.retraining.renewed_card import renewed_card
from mlops_gitops.storage.data_store import DataStore


@frozen
class Candidate:
    """A model that a run made, on a base: the files that it changes in Git, and the release that it would be.

    `store` reads its bytes from where the run was received, not from the DVC remote. `live` are the windows that judge
    it, None where its own holdout does.
    """

    base: str
    before: Snapshot
    files: Mapping[str, bytes]
    release: Release
    kpis: Kpis
    store: DataStore
    live: LivePlan | None = None

    @property
    def head(self) -> Snapshot:
        """The base with the files of the candidate, and its manifest."""
        return Snapshot(Overlay({**self.files, self.release.path: self.release.render()}, self.before.tree))

    def with_files(self, files: Mapping[str, bytes]) -> Candidate:
        """The same candidate with other files beside its bytes. Raises Error."""
        after = Snapshot(Overlay(files, self.before.tree))
        plan = manifest.plan_release(after, after.tracking, self.kpis.model, self.live)
        remotes = {pin.path: pin.remote for pin in self.release.stored() if pin.remote}
        sha256s = {pin.path: pin.sha256 for pin in self.release.artifacts if pin.sha256}
        release = manifest.compose_manifest(after, after.tracking, plan, self.release.version, sha256s, remotes)
        return replace(self, files=files, release=replace(release, retraining_cause=self.release.retraining_cause))

    def caused_by(self, cause: Cause) -> Candidate:
        """The same candidate, whose manifest names the cause of the retraining."""
        return replace(self, release=replace(self.release, retraining_cause=cause.digest))

    def changes(self) -> dict[str, bytes]:
        """Every file of its pull request."""
        return {**self.files, self.release.path: self.release.render()}


def build_candidate(
    workspace: Workspace, base: str, model: str, files: Mapping[str, bytes], store: DataStore,
    live: LivePlan | None = None,
) -> Candidate:  # fmt: skip
    """The candidate of a received run, as the next minor version. Raises Error where no release can be made of it."""
    before = workspace.trusted(base)
    head = Snapshot(Overlay(files, before.tree))
    kpis, plan = require_kpis(before, model), manifest.plan_release(head, head.tracking, model, live)
    files = {**files, **renewed_profile(before, head, kpis, store, live)}
    head = Snapshot(Overlay(files, before.tree))
    versions = [release.version for release in before.releases(model)]
    release = _release(head, plan, next_minor(versions), store)
    return Candidate(base, before, files, release, kpis, store, live)


def _release(head: Snapshot, plan: ReleasePlan, version: str, store: DataStore) -> Release:
    remotes = {pin.path: store.require_remote(pin) for pin in plan.pins()}
    sha256s = store.sha256s(pin for pin in plan.artifacts if not pin.is_folder)
    return manifest.compose_manifest(head, head.tracking, plan, version, sha256s, remotes)


def judge_on_holdout(workspace: Workspace, candidate: Candidate, environment: str) -> tuple[GateResult, ...]:
    """The gates of a candidate on what its pipeline holds back, against the version in force in an environment."""
    kpis, release = candidate.kpis, candidate.release
    ledger = workspace.ledger(candidate.base)
    running = baselines(candidate.before, ledger, kpis, release, also=environment or None)
    return evaluate_gates(candidate.store, kpis, release.evaluation, running)


def with_claims(candidate: Candidate, results: tuple[GateResult, ...]) -> Candidate:
    """The candidate whose card claims what was measured. Raises Error for a card that cannot say it."""
    head, model = candidate.head, candidate.kpis.model
    path = head.path_of(card.KIND, model=model)
    entry = head.entry(path, card.KIND)
    if entry is None or not isinstance(entry.record, Card):
        raise Error(f"{path} is missing or not valid", help=f"mlops-gitops validate {path}")
    written = renewed_card(entry.document, entry.record, candidate.kpis, head.tracking, results)
    unchanged = written == read_if_possible(candidate.before.tree, path)
    return candidate if unchanged else candidate.with_files({**candidate.files, path: written})


def candidate_faults(workspace: Workspace, candidate: Candidate, today: date) -> list[Diagnostic]:
    """What the check of its pull request would refuse. Raises Error, Undecided."""
    head = candidate.head
    context = base_context(workspace, head, candidate.base, today)
    paths = {*candidate.changes(), *context.released_files()}
    found = [finding for finding in validate(context, Scope.BASE) if finding.span.path in paths]
    return [finding for finding in found if finding.severity is Severity.ERROR]
