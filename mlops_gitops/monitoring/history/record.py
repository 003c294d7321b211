"""monitoring/<environment>/<model>/0007.json on a branch of its own: how a window was judged, and on what numbers.

An in-toto statement (https://github.com/in-toto/attestation, Statement v1), stored indented with a final newline; its
digest is over the RFC 8785 form of the parsed value. Its subject is the file of the window; of a window without bytes
it is the monitoring.yaml that missed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import digest, rounded, rounded_data
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.tree import Tree
from mlops_gitops.monitoring.history.contradictions import contradiction, is_moment
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome, Window
from mlops_gitops.records.evidence.chained_record import ChainedRecord, load_record, require_own_path
from mlops_gitops.records.promotion import STATEMENT

PREDICATE = "mlops-gitops/monitoring/v1"
BRANCH = "mlops-gitops/monitoring"
FOLDER, README = "monitoring", "README.md"
RETRAINING = "retraining"  # the folder of the records of retrainings, which are on the same branch
_FILE = "monitoring.yaml in its RFC 8785 form"


@frozen
class MonitoringRecord(ChainedRecord):
    """One monitoring record of a model in an environment; `observation` is what it says."""

    observation: Observation


def statement(observation: Observation, previous: MonitoringRecord | None, tool: str, created: str) -> MonitoringRecord:
    """The record of an observation after `previous`. Raises ValueError where an outcome contradicts its numbers."""
    sequence = previous.sequence + 1 if previous else 1
    predicate = to_data(observation) | {
        "sequence": sequence,
        "previous": previous.digest if previous else None,
        "tool": tool,
        "created": created,
    }
    subject = _subject(observation)
    data = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    parts = {"environment": observation.environment, "model": observation.model, "sequence": f"{sequence:04d}"}
    return _record(KIND.path({}, **parts), data)


def from_tree(tree: Tree, path: str) -> MonitoringRecord:
    """The record at a path. Raises ValueError, in one line, where it cannot be read as one or contradicts itself."""
    return _record(path, load_record(tree, path, KIND).data)


def read(document: Document) -> MonitoringRecord:
    """The record of a document that is valid by its schema. Raises ValueError where it contradicts itself."""
    require_own_path(document, KIND)
    return _record(document.path, document.data)


def _record(path: str, data: Mapping[str, Any]) -> MonitoringRecord:
    """The record of a statement. Raises ValueError where it contradicts itself."""
    predicate = data["predicate"]
    observation = _observation(predicate)
    if data["subject"] != _subject(observation):
        raise ValueError("its subject is not the window that its predicate names")
    if predicate["outcome"] != observation.outcome.value:
        raise ValueError(f"its outcome is {predicate['outcome']}, and its findings make it {observation.outcome}")
    if (predicate["previous"] is None) != (predicate["sequence"] == 1):
        raise ValueError(f"its sequence is {predicate['sequence']}, and the record before it {predicate['previous']}")
    if not is_moment(predicate["created"]):
        raise ValueError(f"there is no moment {predicate['created']}")
    if fault := contradiction(observation):
        raise ValueError(fault)
    return MonitoringRecord(path, data, digest(data), observation)


def _subject(observation: Observation) -> list[dict[str, Any]]:
    window = observation.window
    name, found = (window.path, window.digest) if window.digest else (_FILE, observation.monitoring)
    return [{"name": name, "digest": {"sha256": found.removeprefix("sha256:")}}]


# ── to JSON: what has its default is left out of findings and comparisons ──


def to_data(observation: Observation) -> dict[str, Any]:
    """The JSON of an observation, as its record has it."""
    return {
        "model": observation.model,
        "environment": observation.environment,
        "window": _window(observation.window),
        "release": observation.release,
        "record": observation.record,
        "profile": observation.profile,
        "monitoring": observation.monitoring,
        **({"formula": observation.formula} if observation.formula != 1 else {}),
        **({"extra": list(observation.extra)} if observation.extra else {}),
        "outcome": observation.outcome.value,
        "findings": [_finding(finding) for finding in observation.findings],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "index": window.index, "start": window.start, "end": window.end, "path": window.path, "digest": window.digest,
        "rows": window.rows,
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    data: dict[str, Any] = {
        "watch": finding.watch, "kind": finding.kind, "action": finding.action, "outcome": finding.outcome.value,
        "reason": finding.reason,
    }  # fmt: skip
    optional = {"level": rounded(finding.level), "runbook": finding.runbook or None, "muted": finding.muted}
    data |= {name: value for name, value in optional.items() if value is not None}
    return data | {"comparisons": [_comparison(comparison) for comparison in finding.comparisons]}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    data: dict[str, Any] = {
        "statistic": comparison.statistic, "value": rounded(comparison.value),
        "limits": rounded_data(comparison.limits), "outcome": comparison.outcome.value, "reason": comparison.reason,
    }  # fmt: skip
    numbers = {name: rounded(getattr(comparison, name)) for name in ("lower", "upper", "level")}
    data |= {name: value for name, value in numbers.items() if value is not None}
    data |= {"about": comparison.about} if comparison.about else {}
    return data | ({"evidence": rounded_data(comparison.evidence)} if comparison.evidence else {})


# ── from JSON ──


def _observation(predicate: Mapping[str, Any]) -> Observation:
    names = ("model", "environment", "release", "record", "profile", "monitoring")
    window = Window(**predicate["window"])
    findings = tuple(map(_read_finding, predicate["findings"]))
    rest = {name: predicate[name] for name in names} | {"formula": predicate.get("formula", 1)}
    return Observation(window=window, findings=findings, extra=tuple(predicate.get("extra", ())), **rest)


def _read_finding(data: Mapping[str, Any]) -> Finding:
    comparisons = tuple(map(_read_comparison, data["comparisons"]))
    return Finding(**{**data, "outcome": Outcome(data["outcome"]), "comparisons": comparisons})


def _read_comparison(data: Mapping[str, Any]) -> Comparison:
    return Comparison(**{"about": "", **data, "outcome": Outcome(data["outcome"])})


KIND = Kind("MonitoringRecord", "monitoring-record", None, "monitoring/{environment}/{model}/{sequence}.json", read)
