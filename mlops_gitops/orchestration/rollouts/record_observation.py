"""From a report to an observation on record: read in a stream, counted, and appended to the monitoring branch."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops import __version__
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped, visible
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.monitoring.history.append import readme_file
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.orchestration.monitoring.records_branch import ATTEMPTS, pause_before
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.evidence.observation import (
    Measure,
    Observation,
    ObservationRecord,
    from_tree,
    statement,
)
from mlops_gitops.records.evidence.trust import CLAIMED, FORGE, SIGNED
from mlops_gitops.repository.context import Context
from mlops_gitops.rollout.evidence.soundness import observation_fault
from mlops_gitops.rollout.observing.expectation import Subject, expected
from mlops_gitops.rollout.observing.observer import Observer, Sighting, observer_of
from mlops_gitops.rollout.observing.report import Report, ReportFault
from mlops_gitops.runtime import ci_job, clock

_MOST_WORDS = 500


@frozen
class HandedIn:
    """A report, the name it is known by, and the numbers that came along."""

    report: Report
    name: str
    measures: tuple[Measure, ...] = ()


def observe(workspace: Workspace, context: Context, subject: Subject, handed: HandedIn) -> Observation:
    """What a report shows of a target. Raises Error for one that cannot be read, or that is about something else.

    Raises Undecided for what would not hold on record, such as one of before the wave was merged.
    """
    observer = observer_of(subject.target.observe.by if subject.target.observe else "")
    wanted = expected(context, subject)
    try:
        seen = observer.read(handed.report, wanted)
    except ReportFault as fault:
        raise Error(f"{handed.name} is not a report of {observer.id}: {fault}", help=observer.command) from fault
    found = _observation(workspace, context, subject, handed, (observer, seen))
    if reason := observation_fault(found, subject, subject.merged_at(context.ledger) if context.ledger else None):
        raise Undecided(f"the observation {reason}: nothing is recorded", help="set the clock, and run it again")
    return found


def _observation(
    workspace: Workspace, context: Context, subject: Subject, handed: HandedIn, found: tuple[Observer, Sighting]
) -> Observation:
    record, (observer, seen) = subject.record, found
    by = _handed_in_by(workspace)
    merged = subject.merged_at(context.ledger) if context.ledger else None
    return Observation(
        model=record.model,
        environment=record.environment,
        target=subject.target.name,
        observer=observer.id,
        release=record.release,
        record=record.digest,
        wave=record.wave,
        trust=SIGNED if seen.is_signed else FORGE if by.get("run") else CLAIMED,
        by=by,
        report=handed.report.sha256,
        start=f"{merged:%Y-%m-%dT%H:%M:%SZ}" if merged else None,
        end=clock.now(),
        counts=seen.counts,
        beside=seen.beside,
        proof=seen.proof,
        traffic=seen.traffic,
        why=clipped(visible(seen.why), _MOST_WORDS),
        measures=handed.measures,
    )


def _handed_in_by(workspace: Workspace) -> Mapping[str, str]:
    """Who hands a report in: the account that started the job, else the committer by git."""
    return ci_job.starter() or {"email": workspace.git.committer_email(), "via": "command line"}


def record_observation(workspace: Workspace, observation: Observation) -> ObservationRecord:
    """Writes the record. Raises Undecided where the remote cannot be written, or the chain is not whole."""
    forge, (environment, model) = workspace.forge, observation.pair
    for attempt in range(ATTEMPTS):
        tip = workspace.git.remote_tip(BRANCH) or ""
        known = workspace.observations(environment, model)
        for fault in known.faults:
            reason = f"the observations of {model} in {environment} do not hold: {fault.path} {fault.message}"
            raise Undecided(reason, help="mlops-gitops audit names every fault; nothing is added to such a chain")
        new = _record(observation, known.newest(observation.target))
        files = {new.path: new.render()} | ({} if tip else readme_file())
        if forge.extend(BRANCH, files, _message(new), tip):
            return new
        pause_before(attempt)
    reason = f"others wrote to {BRANCH} {ATTEMPTS} times meanwhile, so this observation is not on record"
    raise Undecided(reason, help="run the same command again")


def _record(observation: Observation, previous: ObservationRecord | None) -> ObservationRecord:
    """The record after `previous`. Raises Error where it could not be read again, which would end its chain."""
    observation = _after(observation, previous)
    try:
        record = statement(observation, previous, f"mlops-gitops {__version__}", clock.now())
        return from_tree(Overlay({record.path: record.render()}), record.path)
    except ValueError as error:
        raise Error(f"the observation of {observation.target} cannot be recorded: {error}") from error


def _after(observation: Observation, previous: ObservationRecord | None) -> Observation:
    """The observation, not older than `previous`, which another run may have written since the report was read.

    Raises Undecided where the clocks of the two disagree: a record that is older than the one before it ends its chain.
    """
    if previous is None or observation.end >= previous.observation.end:
        return observation
    now = clock.now()
    if now < previous.observation.end:
        reason = f"{previous.path} is of {previous.observation.end}, and the clock here says {now}"
        raise Undecided(f"{reason}: nothing is recorded", help="set the clock that is wrong, and run it again")
    return replace(observation, end=now)


def _message(found: ObservationRecord) -> str:
    return f"{found.path}: {found.observation.counts.words()}\n\nObservation-Digest: {found.digest}\n"
