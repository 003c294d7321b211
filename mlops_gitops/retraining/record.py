"""retraining/<model>/0007.json on the branch of monitoring records: why a model was retrained, or held up.

An in-toto statement (https://github.com/in-toto/attestation, Statement v1), stored indented with a final newline; its
digest is over the RFC 8785 form of the parsed value. Its subject is the retraining.yaml that decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from mlops_gitops.core.canonical import digest, rounded
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.tree import Tree
from mlops_gitops.monitoring.history.contradictions import is_moment
from mlops_gitops.monitoring.history.record import KIND as MONITORING_RECORD
from mlops_gitops.monitoring.history.record import RETRAINING
from mlops_gitops.records.evidence.chained_record import ChainedRecord, load_record, require_own_path
from mlops_gitops.records.evidence.observation import KIND as OBSERVATION
from mlops_gitops.records.promotion import STATEMENT
from mlops_gitops.retraining.outcome import Decision, Outcome, TriggerFinding, Verdict
from mlops_gitops.retraining.serialize import decision_data, read_decision

PREDICATE = "mlops-gitops/retraining/v1"
FOLDER = RETRAINING
_LAST_YEAR = "2999"  # as in monitoring.yaml: a cooldown can be added to it
_FILE = "retraining.yaml in its RFC 8785 form"


class RunOutcome(StrEnum):
    """How what followed a decision ended."""

    PROPOSED = "proposed"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"
    ISSUE = "issue"  # an issue says that a retraining is due, and no pipeline ran
    DISPATCHED = "dispatched"  # left to a workflow of the repository


@frozen
class Run:
    """What followed a decision. `started` is UTC, ISO 8601, and `minutes` what the pipeline took.

    `pull_request` and `log` are addresses; of a plain remote, references. `manifest` is the digest of the release
    manifest that was proposed, as this tool writes it.
    """

    outcome: RunOutcome
    started: str
    minutes: float
    reason: str
    version: str | None = None
    branch: str | None = None
    pull_request: str | None = None
    log: str | None = None
    manifest: str | None = None

    @property
    def identity(self) -> tuple[str, RunOutcome]:
        """What tells a run from another: one that was proposed again has another record, and is the same run."""
        return self.started, self.outcome

    @property
    def counts(self) -> bool:
        """Whether it counts for budget and cooldown: a run of a pipeline or of a workflow, however it ended."""
        return self.outcome is not RunOutcome.ISSUE


@frozen
class RetrainingRecord(ChainedRecord):
    """One record of a retraining of a model. `run` is None where the decision was held up."""

    decision: Decision
    run: Run | None


def statement(
    decision: Decision, run: Run | None, previous: RetrainingRecord | None, tool: str, created: str
) -> RetrainingRecord:
    """The record of a decision after `previous`. Raises ValueError where it contradicts itself."""
    sequence = previous.sequence + 1 if previous else 1
    predicate = decision_data(decision) | {
        "run": _run(run) if run else None,
        "sequence": sequence,
        "previous": previous.digest if previous else None,
        "tool": tool,
        "created": created,
    }
    data = {"_type": STATEMENT, "subject": _subject(decision), "predicateType": PREDICATE, "predicate": predicate}
    return _record(KIND.path({}, model=decision.model, sequence=f"{sequence:04d}"), data)


def from_tree(tree: Tree, path: str) -> RetrainingRecord:
    """The record at a path. Raises ValueError, in one line, where it cannot be read as one or contradicts itself."""
    return _record(path, load_record(tree, path, KIND).data)


def read(document: Document) -> RetrainingRecord:
    """The record of a document that is valid by its schema. Raises ValueError where it contradicts itself."""
    require_own_path(document, KIND)
    return _record(document.path, document.data)


def _record(path: str, data: Mapping[str, Any]) -> RetrainingRecord:
    """The record of a statement. Raises ValueError where it contradicts itself."""
    predicate = data["predicate"]
    decision = read_decision(predicate)
    run = Run(**{**predicate["run"], "outcome": RunOutcome(predicate["run"]["outcome"])}) if predicate["run"] else None
    found = RetrainingRecord(path, data, digest(data), decision, run)
    if fault := next(_contradictions(found), ""):
        raise ValueError(fault)
    return found


def _subject(decision: Decision) -> list[dict[str, Any]]:
    return [{"name": _FILE, "digest": {"sha256": decision.policy.removeprefix("sha256:")}}]


def _run(run: Run) -> dict[str, Any]:
    names = ("started", "reason", "version", "branch", "pull_request", "log")
    data = {"outcome": run.outcome.value, "minutes": rounded(run.minutes)} | {n: getattr(run, n) for n in names}
    return data | ({"manifest": run.manifest} if run.manifest else {})


def _contradictions(found: RetrainingRecord) -> Iterator[str]:
    decision, predicate = found.decision, found.data["predicate"]
    if found.data["subject"] != _subject(decision):
        yield "its subject is not the retraining.yaml that its predicate names"
    if (predicate["previous"] is None) != (predicate["sequence"] == 1):
        yield f"its sequence is {predicate['sequence']}, and the record before it {predicate['previous']}"
    if decision.cause is None or predicate["cause"]["digest"] != decision.cause.digest:
        yield "the digest of its cause is not the one of what it names as its cause"
    met = tuple(finding.id for finding in decision.findings if finding.verdict is Verdict.MET)
    if decision.cause and decision.cause.triggers != met:
        yield f"its cause is {', '.join(decision.cause.triggers)}, and what is met is {', '.join(met) or 'nothing'}"
    if (decision.outcome is Outcome.BLOCKED) != bool(decision.blockers):
        yield f"its outcome is {decision.outcome}, and {len(decision.blockers)} things hold it up"
    if (decision.outcome is Outcome.RETRAIN) != (found.run is not None):
        yield f"its outcome is {decision.outcome}, and it says {'what' if found.run else 'nothing of what'} followed"
    yield from filter(None, map(_contradiction, decision.findings))
    yield from _impossible_moments(found)


def _impossible_moments(found: RetrainingRecord) -> Iterator[str]:
    """Moments that do not exist, or that nothing can be added to."""
    decision = found.decision
    moments = [found.created, decision.now, decision.window_end, decision.earliest]
    moments += [blocker.until for blocker in decision.blockers] + ([found.run.started] if found.run else [])
    for moment in filter(None, moments):
        if not is_moment(moment):
            yield f"there is no moment {moment}"
        elif moment[:4] > _LAST_YEAR:
            yield f"its moment {moment} is after the year {_LAST_YEAR}"


def _contradiction(finding: TriggerFinding) -> str:
    """How a finding contradicts its own numbers; empty where it does not, or has none."""
    value, limit = finding.value, finding.limit
    if isinstance(value, str) and isinstance(limit, str):
        reached = value != limit
    elif isinstance(value, int | float) and isinstance(limit, int | float):
        reached = value >= limit
    else:
        return ""
    if (finding.verdict is Verdict.MET and not reached) or (finding.verdict is Verdict.NOT_MET and reached):
        return f"{finding.id} is {finding.verdict}, and its value is {value} beside {limit}"
    return ""


def started(run: Run) -> datetime:
    """When a run started, UTC."""
    return datetime.fromisoformat(run.started)


KIND = Kind("RetrainingRecord", "retraining-record", None, "retraining/{model}/{sequence}.json", read)
BRANCH_KINDS = (MONITORING_RECORD, KIND, OBSERVATION)  # of all records on the branch
