"""Job two: from what a run handed over to one pull request, or to an issue that says why there is none.

It runs nothing of the repository and nothing of the run. Each step can be repeated: the bytes are pushed before the
branch and the pull request are written, both of these at once, and the record and the issue follow from them.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence

from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error, Refused
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import Overlay, Tree
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.gates.result import GateResult, Outcome, worst
from mlops_gitops.gates.table import gate_summary
from mlops_gitops.git.fresh_clone import fresh_clone
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.propose import Files, OwnBranches, Proposal, propose
from mlops_gitops.orchestration.remeasure import remote_refusals
from mlops_gitops.orchestration.retraining.branches import CAUSE, DECIDED, MINUTES, RUN, family, open_retrainings
from mlops_gitops.orchestration.retraining.candidate import (
    Candidate,
    build_candidate,
    candidate_faults,
    judge_on_holdout,
    with_claims,
)
from mlops_gitops.orchestration.retraining.lay_out_windows import LaidOutWindows, LiveSource, lay_out_windows
from mlops_gitops.orchestration.retraining.live_judging import judge_on_windows, live_source
from mlops_gitops.orchestration.retraining.push_outputs import push_outputs
from mlops_gitops.orchestration.retraining.receive_run import HandOverRefused, ReceivedRun, receive_run
from mlops_gitops.orchestration.retraining.run_pipeline import PipelineRun, scratch_folder, write_clone_settings
from mlops_gitops.orchestration.retraining.training_keys import CandidateData
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.manifest import manifest_differences, profile_path
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.pull_requests.retraining_text import Retrained, retraining_text
from mlops_gitops.records import card
from mlops_gitops.records.release import KIND, Release
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.handover.handed_run import HandedRun
from mlops_gitops.retraining.handover.lock_changes import changed_outputs, stage_names
from mlops_gitops.retraining.outcome import Decision
from mlops_gitops.retraining.record import Run, RunOutcome
from mlops_gitops.retraining.set_params import place_of, value_at
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.scratch import scratch
from mlops_gitops.storage import handed_folder

_OUTCOMES = {
    Outcome.PASSED: RunOutcome.PROPOSED, Outcome.FAILED: RunOutcome.WORSE,
    Outcome.INCONCLUSIVE: RunOutcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE: RunOutcome.INCONCLUSIVE,
}  # fmt: skip
_REASON = 2000  # characters
EXIT_CODES = {RunOutcome.PROPOSED: PASSED, RunOutcome.INCONCLUSIVE: UNDECIDED}  # FAILED for the others


@frozen
class Conclusion:
    """What came of a run, why in sentences, the gates as far as they were judged, and the proposal, if there is one."""

    run: Run
    reasons: tuple[str, ...] = ()
    gates: tuple[GateResult, ...] = ()
    proposal: Proposal | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return EXIT_CODES.get(self.run.outcome, FAILED)


class Overtaken(Refused):
    """Another proposal is there already, or somebody's work is in its place: the run is not at fault."""


@frozen
class HandOver:
    """A folder that a finished run filled, what the run says of itself, and the decision and params it is held to."""

    folder: str
    claims: HandedRun
    decision: Decision
    pipeline: PipelineRun


def conclude(workspace: Workspace, handed: HandOver) -> Conclusion:
    """Takes, judges and proposes what a finished run handed over; nothing is on record or in an issue yet.

    Raises Undecided where that is unknown or cannot be written now: the same folder can be concluded again. Raises
    Overtaken.
    """
    base, policy = workspace.base(), handed.pipeline.policy
    with scratch(
        scratch_folder(workspace, f"{policy.model}-received"), f"a run of {policy.model} is received"
    ) as place:
        try:
            return _concluded(workspace, handed, base, place)
        except Overtaken:
            raise
        except HandOverRefused as error:
            return _failed(handed, error.reasons)
        except Error as error:
            if error.exit_code == UNDECIDED:
                raise
            return _failed(handed, [error.message])


def _concluded(workspace: Workspace, handed: HandOver, base: str, place: str) -> Conclusion:
    policy, cache = handed.pipeline.policy, os.path.join(place, "cache")
    tree = workspace.at(base).tree
    clone = fresh_clone(workspace.git, base, os.path.join(place, "files"))
    write_clone_settings(workspace, clone, tree, base, cache)
    windows = _windows(workspace, handed, base, os.path.join(place, "windows"))
    known = windows.files.tracked(tree) if windows else {}
    received = receive_run(Overlay(known, tree), policy, handed.pipeline.params, handed.folder, cache)
    if windows:
        handed_folder.keep(windows.files.copies, cache)
    return _Concluder(workspace, handed, base, clone, windows).conclude(received, known)


@frozen
class _Windows:
    """The live windows that judge, and where they come from."""

    source: LiveSource
    files: LaidOutWindows


def _windows(workspace: Workspace, handed: HandOver, base: str, folder: str) -> _Windows | None:
    """The windows laid out in a folder; None where the pipeline's own holdout judges. Raises Error, Undecided."""
    policy = handed.pipeline.policy
    if policy.evaluate is None:
        return None
    source = live_source(workspace, base, policy, handed.decision.environment, handed.claims.decided_at)
    return _Windows(source, lay_out_windows(source, folder))


def _failed(handed: HandOver, reasons: Sequence[str]) -> Conclusion:
    return Conclusion(_run(handed.claims, RunOutcome.FAILED, reasons[0]), tuple(reasons))


def _run(claims: HandedRun, outcome: RunOutcome, reason: str) -> Run:
    return Run(outcome, claims.started, claims.seconds / 60, clipped(reason, _REASON))


@frozen
class _Concluder:
    workspace: Workspace
    handed: HandOver
    base: str
    clone: Git
    windows: _Windows | None

    def conclude(self, received: ReceivedRun, known: Mapping[str, bytes]) -> Conclusion:
        """What came of a run; `known` are files that lay out the windows, which no run hands over."""
        model, decision = self.handed.pipeline.policy.model, self.handed.decision
        if not received.files:
            return self._ended(RunOutcome.INCONCLUSIVE, "the pipeline changed nothing: dvc repro found it up to date")
        store, live = Workspace(self.clone).store(self.base), self.windows.files.plan if self.windows else None
        files = {**known, **received.files}
        candidate = build_candidate(self.workspace, self.base, model, files, store, live)
        if decision.cause:
            candidate = candidate.caused_by(decision.cause)
        in_force = candidate.before.release(model, decision.release)
        if in_force is not None and candidate.release.has_artifacts_of(in_force):
            reason = f"the pipeline made exactly the model of {in_force.version}, byte for byte"
            return self._ended(RunOutcome.INCONCLUSIVE, reason)
        gates = self._judged(candidate)
        outcome = _OUTCOMES[worst(gates)]
        if outcome is not RunOutcome.PROPOSED:
            missed = [line for line in gate_summary(gates)[:-1] if line]
            return replace(self._ended(outcome, missed[0] if missed else ""), reasons=tuple(missed), gates=gates)
        candidate = with_claims(candidate, gates)
        if faults := candidate_faults(self.workspace, candidate, clock.today()):
            return replace(_failed(self.handed, [f"{fault.span}: {fault.message}" for fault in faults]), gates=gates)
        return self._proposed(self._pushed(candidate, received.cached, gates), in_force, gates)

    def _judged(self, candidate: Candidate) -> tuple[GateResult, ...]:
        if self.windows is None:
            return judge_on_holdout(self.workspace, candidate, self.handed.decision.environment)
        data = CandidateData(candidate.release, candidate.before, candidate.head.tracking, candidate.store)
        return judge_on_windows(self.windows.source, self.windows.files, data)

    def _ended(self, outcome: RunOutcome, reason: str) -> Conclusion:
        return Conclusion(_run(self.handed.claims, outcome, reason), (reason,))

    def _pushed(self, candidate: Candidate, outs: Sequence[str], gates: tuple[GateResult, ...]) -> Candidate:
        """The candidate with its bytes in the DVC remote. Raises Error, Undecided."""
        outs = [*outs, *(self.windows.files.copies if self.windows else ())]
        if not self._is_pushed(candidate, outs):
            candidate = self._with_bytes_pushed(candidate, outs, gates)
        for refusal in remote_refusals(candidate.store, candidate.head.tracking, candidate.release.stored()):
            raise refusal
        return candidate

    def _is_pushed(self, candidate: Candidate, outs: Sequence[str]) -> bool:
        """Whether a run that was stopped pushed them all. A remote that keeps versions says so only as it is pushed to.

        Where it cannot be known, DVC says why as it pushes.
        """
        tracking, store = candidate.head.tracking, Workspace(self.clone).store(self.base)
        pins = [output.pin for path in outs if (output := tracking.output(path)) and not output.pin.version_id]
        return len(pins) == len(outs) and not any(remote_refusals(store, tracking, pins))

    def _with_bytes_pushed(self, candidate: Candidate, outs: Sequence[str], gates: tuple[GateResult, ...]) -> Candidate:
        files = push_outputs(self.clone.root, candidate.before.tree, candidate.files, outs)
        if files != candidate.files:  # a remote that keeps versions: dvc.lock names them now
            return with_claims(candidate.with_files(files), gates)
        return candidate

    def _proposed(self, candidate: Candidate, in_force: Release | None, gates: tuple[GateResult, ...]) -> Conclusion:
        policy, decision, release = self.handed.pipeline.policy, self.handed.decision, candidate.release
        retrained = Retrained(
            release, in_force, decision, self.handed.claims, gates, self._params(candidate.before.tree), policy.decides
        )
        title, body = retraining_text(candidate.head, retrained)
        message = pull_text.commit_message(title, decision.why, _trailers(self.handed))
        change = ChangeSet(f"{family(policy.model)}{release.version}", candidate.changes(), message, title, body)
        own = OwnBranches(
            lambda before, files: is_retraining(before, files, policy),
            lambda _, files: files == change.files,
            lambda *_: (title, body),
        )
        try:
            _refuse_others(self.workspace, self.handed)
            proposal = propose(self.workspace.git, self.workspace.forge, change, self.base, own)
        except Refused as error:
            raise Overtaken(error.message, help=error.help) from error
        pull = proposal.pull
        run = replace(
            _run(self.handed.claims, RunOutcome.PROPOSED, f"{release.model} {release.version} passes its gates"),
            version=release.version, branch=change.branch, pull_request=pull.url or f"#{pull.number}",
            manifest=release.rendered_digest,
        )  # fmt: skip
        return Conclusion(run, (), gates, proposal)

    def _params(self, tree: Tree) -> dict[str, tuple[object, object]]:
        return {name: (value_at(tree, name), value) for name, value in self.handed.pipeline.params.items()}


def _trailers(handed: HandOver) -> dict[str, str]:
    """What the commit says of its run, so that a later run can record it."""
    claims, cause = handed.claims, handed.decision.cause
    digest, minutes = cause.digest if cause else "", f"{claims.seconds / 60:.2f}"
    return {CAUSE: digest, DECIDED: claims.decided, RUN: claims.started, MINUTES: minutes}


def _refuse_others(workspace: Workspace, handed: HandOver) -> None:
    """Raises Refused where another run of the model is proposed: of two at once, the first one counts."""
    model = handed.pipeline.policy.model
    for pull in open_retrainings(workspace, model, handed.claims.started):
        reason = f"pull request #{pull.number} proposes another retraining of {model}: {pull.title}"
        raise Refused(reason, help=f"merge it, or: mlops-gitops pr close {pull.number}")


def is_retraining(before: Snapshot, files: Files, policy: Retraining) -> bool:
    """Whether a change is what this tool makes of a run: one release that its tree gives, and nothing beside it."""
    added = [path for path in files if KIND.match(before.folders, path)]
    if len(added) != 1 or any(data is None for data in files.values()):
        return False
    head = Snapshot(Overlay(files, before.tree))
    entry = head.entry(added[0], KIND)
    if entry is None or not isinstance(entry.record, Release) or entry.record.render() != files[added[0]]:
        return False
    stages = stage_names(policy.pipeline.stages)
    own = {*added, *stages.by_lock, head.path_of(card.KIND, model=policy.model), profile_path(head, policy.model)}
    own |= {place_of(name)[0] for name in policy.pipeline.params} | _laid_out(entry.record)
    own |= {path for path, output in changed_outputs(before.tree, head.tree, stages).items() if not output.cached}
    try:
        return set(files) <= own and not any(manifest_differences(entry.record, head.tracking, head))
    except Error:
        return False


def _laid_out(release: Release) -> set[str]:
    """The files that track the windows of a release, and keep them out of Git."""
    paths = [pin.path for pin in release.evaluation.values()] if release.live else []
    return {f"{path}.dvc" for path in paths} | {posixpath.join(posixpath.dirname(path), ".gitignore") for path in paths}
