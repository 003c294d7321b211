"""From a repository to the facts that a decision depends on: only what the triggers of the policy ask for is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.orchestration.monitoring.open_monitors import open_monitors
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.orchestration.retraining.evidence.card_explanation import card_explanation
from mlops_gitops.orchestration.retraining.evidence.file_changes import file_change
from mlops_gitops.orchestration.retraining.evidence.look_again import judged_from, look_again, require_watch
from mlops_gitops.orchestration.retraining.evidence.new_rows import new_rows
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.records.retraining import Alarm, Changed, ImportantDrift, NewLabels, Retraining
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.evidence.facts import Facts, FileChange, Importance, Looks, Released
from mlops_gitops.retraining.evidence.facts import NewRows as CountedRows

_T = TypeVar("_T", Alarm, ImportantDrift, NewLabels, Changed)


@frozen
class Subject:
    """The model in force that a retraining is about; `manifest` is that of its release, None where none is in force.

    `snapshot` is the tree that judges, and `monitor` reads its windows; None without a monitoring.yaml.
    """

    policy: Retraining
    snapshot: Snapshot
    environment: str
    manifest: Entry | None
    monitor: Monitor | None

    @property
    def plan(self) -> Monitoring | None:
        """What is watched of the model."""
        return self.snapshot.monitoring(self.policy.model)

    @property
    def released(self) -> Released | None:
        """The release in force."""
        manifest = self.manifest
        if manifest is None or not isinstance(manifest.record, Release):
            return None
        made = datetime.fromtimestamp(manifest.commit.time, UTC)
        return Released(manifest.record.version, manifest.digest, made)

    def checks(self, kind: type[_T]) -> list[_T]:
        """The checks of a kind that the policy has."""
        return [trigger.check for trigger in self.policy.triggers if isinstance(trigger.check, kind)]


def find_subject(workspace: Workspace, snapshot: Snapshot, policy: Retraining, now: datetime) -> Subject:
    """What a policy is about: the model in the last environment that is watched, or without monitoring, that runs it.

    Raises Undecided where the records of monitoring are not whole.
    """
    ledger = workspace.ledger(workspace.base()) if workspace.has_base() else Ledger(())
    plan = snapshot.monitoring(policy.model)
    known = snapshot.project.environments if snapshot.project else {}
    names = [name for name in known if plan is None or name in plan.environments]
    running = [name for name in names if ledger.current(name, policy.model)]
    environment = (running or names or [""])[-1]
    entry = ledger.current(environment, policy.model)
    record = entry.record if entry else None
    manifest = ledger.manifest(policy.model, record.release) if isinstance(record, Promotion) else None
    monitor = open_monitors(workspace, snapshot, policy.model, environment, now)[0] if plan and environment else None
    return Subject(policy, snapshot, environment, manifest, monitor)


def gather(workspace: Workspace, subject: Subject, now: datetime, why: str, by: str = "") -> Facts:
    """What is known at a moment (UTC). What could not be read is a sentence in its place."""
    policy, released = subject.policy, subject.released
    facts = Facts(now, policy.model, subject.environment, released, why=why, by=by)
    if released is None or subject.manifest is None:
        return facts
    return replace(
        facts,
        looks=_looks(subject, released),
        importance=_importance(workspace, subject),
        rows=_rows(subject, released),
        changes=_changes(workspace, subject),
        judged_from=_judged_from(subject, released),
    )


def _judged_from(subject: Subject, released: Released) -> datetime | None:
    if subject.policy.evaluate is None or subject.monitor is None:
        return None
    return judged_from(subject.monitor, released.version, subject.policy.evaluate.windows)


def _unwatched(subject: Subject) -> str:
    return f"there is no valid monitoring.yaml of {subject.policy.model}, so its windows are not known"


def _looks(subject: Subject, released: Released) -> Mapping[str, Looks | str]:
    alarming = [check.watch for check in subject.checks(Alarm)]
    named = alarming + [check.watch for check in subject.checks(ImportantDrift)]
    if subject.monitor is None:
        return dict.fromkeys(named, _unwatched(subject))
    found: dict[str, Looks | str] = {}
    for name in dict.fromkeys(named):
        watch = require_watch(subject.monitor, name)
        wanted = watch.consecutive if name in alarming else 1  # drift is a matter of the newest window alone
        found[name] = look_again(subject.monitor, watch, released.version, wanted)
    return found


def _importance(workspace: Workspace, subject: Subject) -> Importance | str:
    if not subject.checks(ImportantDrift) or subject.manifest is None:
        return "no trigger asks for it"
    return card_explanation(workspace, subject.manifest)


def _rows(subject: Subject, released: Released) -> CountedRows | str:
    wanted = [check.rows for check in subject.checks(NewLabels)]
    wanted += [subject.policy.new_rows] if subject.policy.new_rows else []
    if not wanted:
        return "no trigger asks for them"
    if subject.monitor is None:
        return _unwatched(subject)
    return new_rows(subject.monitor, released, max(wanted))


def _changes(workspace: Workspace, subject: Subject) -> Mapping[str, FileChange | str]:
    paths = [check.path for check in subject.checks(Changed)]
    manifest = subject.manifest
    if not paths or manifest is None or not isinstance(manifest.record, Release):
        return {}
    then = workspace.at(manifest.commit.sha)
    return {path: file_change(subject.snapshot, then, manifest.record, path) for path in paths}
