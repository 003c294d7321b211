"""The gates of a record, measured again on the data of its release, and compared with what is on record."""

from __future__ import annotations

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.gates.result import Outcome
from mlops_gitops.gates.serialize import gate_to_data, same_measurement
from mlops_gitops.orchestration.remeasure import remeasured_gates
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger


def remeasure_record(
    workspace: Workspace, ledger: Ledger, entry: Entry, record: Promotion
) -> tuple[list[Diagnostic], list[str]]:
    """One error for each gate that gives another number, and a sentence for each whose data are gone. Raises Error."""
    if entry.commit.parent is None:
        return [], []
    faults: list[Diagnostic] = []
    unmeasured: list[str] = []
    head, base = workspace.at(entry.commit.sha), workspace.at(entry.commit.parent)
    context = Context(head, entry.commit.day, base, ledger.until(entry.position), {record.path: "A"}, at=workspace.at)
    recorded = {gate["id"]: gate for gate in record.predicate["gates"]}
    for result in remeasured_gates(workspace.store_at(entry.commit.parent), context, record):
        gate = recorded.get(result.id)
        if gate is None:
            continue
        if result.outcome is Outcome.NOT_AVAILABLE and gate["outcome"] != Outcome.NOT_AVAILABLE.value:
            unmeasured.append(f"{record.path}: {result.id} is not re-measured: {result.reason}")
        elif not same_measurement(gate, gate_to_data(result)):
            message = f"{result.id} is recorded as {gate['value']} ({gate['outcome']}), and measured again it is "
            message += f"{result.candidate.value} ({result.outcome.value})"
            message = f"commit {entry.commit.sha[:10]}: {message}"
            faults.append(Diagnostic("remeasured", Severity.ERROR, message, Span(record.path)))
    return faults, unmeasured
