"""One decision derived again from what is on record: its inputs by digest, its gates, its rules and its receipt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from mlops_gitops.audit.anchors import receipt_digest
from mlops_gitops.audit.policy_findings import policy_findings
from mlops_gitops.audit.record_findings import record_findings
from mlops_gitops.audit.replay import commit_findings, history_rules, untimely_findings
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, plain
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import join_names
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.gates.serialize import judge_recorded
from mlops_gitops.metrics.lookup import better_direction
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import desired_state, kpis, release
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Input:
    """One thing that a decision depends on: what it is, where it lies, and its digest."""

    what: str
    where: str
    digest: str


@frozen
class DerivedGate:
    """A gate as the record has it, and as its numbers and the KPIs of that time give it; "" where there is none."""

    id: str
    recorded: str
    derived: str
    why: str


@frozen
class Derivation:
    """A record, what it depends on, and what does not follow from that."""

    entry: Entry
    record: Promotion
    inputs: tuple[Input, ...]
    gates: tuple[DerivedGate, ...]
    findings: tuple[Diagnostic, ...]

    def to_json(self) -> dict[str, Any]:
        """The derivation as data, the same for the same history."""
        record = self.record
        return {
            "record": record.path, "digest": record.digest, "model": record.model, "environment": record.environment,
            "action": record.action, "release": record.release, "day": self.entry.commit.day.isoformat(),
            "commit": self.entry.commit.sha, "inputs": [asdict(found) for found in self.inputs],
            "gates": [asdict(gate) for gate in self.gates],
            "diagnostics": [found.to_json() for found in self.findings],
        }  # fmt: skip

    def tables(self) -> tuple[Table, ...]:
        """What it depends on, then its gates."""
        inputs = tuple((found.what, found.where, found.digest[:15]) for found in self.inputs)
        gates = tuple((gate.id, gate.derived or "—", gate.recorded, gate.why or "—") for gate in self.gates)
        shown = (Table("what it depends on", ("input", "where", "digest"), inputs),)
        return shown + ((Table("gates", ("gate", "derived", "on record", "why"), gates),) if gates else ())


def find_record(ledger: Ledger, named: str) -> tuple[Entry, Promotion]:
    """The promotion record of a path, a digest, the beginning of one, or its receipt's tag. Raises Error."""
    known = [(entry, entry.record) for entry in ledger.entries if isinstance(entry.record, Promotion)]
    wanted = named if named.startswith("sha256:") else ""
    found = [
        (entry, record)
        for entry, record in known
        if named in (record.path, entry.tag) or (len(wanted) > len("sha256:") and record.digest.startswith(wanted))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Error(f"{named} is the beginning of {len(found)} digests", help="write more of it")
    paths = [record.path for _, record in known]
    help = f"there are {join_names(paths, 4)}" if paths else "nothing was promoted yet"
    raise Error(f"there is no promotion record {named!r} on the branch", help=help)


def derive(policy: PolicyHistory, entry: Entry, record: Promotion, lightweight: Collection[str] = ()) -> Derivation:
    """One record derived again, by the tree before it and the history of its branch.

    `lightweight` are the names of tags that are not annotated.
    """
    base = policy.at(entry.commit.parent) if entry.commit.parent else None
    inputs = tuple(_inputs(policy, entry, record, base))
    gates = tuple(_gates(record, base))
    findings = tuple(dict.fromkeys(map(plain, _findings(policy, entry, record, frozenset(lightweight)))))
    return Derivation(entry, record, inputs, gates, findings)


def _gates(record: Promotion, base: Snapshot | None) -> Iterator[DerivedGate]:
    judging = base.kpis(record.model) if base else None
    known = {kpi.id: kpi for kpi in judging.kpis} if judging else {}
    for gate in record.predicate["gates"]:
        kpi = known.get(gate["id"])
        again = judge_recorded(kpi, better_direction(kpi), gate) if kpi else None
        outcome, why = (again.outcome.value, again.reason) if again else ("", "the KPIs of that time have no such gate")
        yield DerivedGate(gate["id"], gate["outcome"], outcome, why)


def _findings(
    policy: PolicyHistory, entry: Entry, record: Promotion, lightweight: frozenset[str]
) -> Iterator[Diagnostic]:
    """What the rules of that time, its merge and its receipt find about a record."""
    ledger, commit = policy.ledger, entry.commit
    first = next(other.position for other in ledger.entries if other.commit.sha == commit.sha)
    ours = {record.path, policy.at(commit.sha).path_of(desired_state.KIND, **_pair(record))}
    found = list(commit_findings(commit, ledger.until(first), policy.at, history_rules(), None))
    found += untimely_findings(ledger, entry, policy.at, found)
    found += record_findings(policy, frozenset(each.sha for each in ledger.commits), lightweight)
    found += policy_findings(policy, lightweight)
    yield from (each for each in found if each.span.path in ours)
    yield from _later_changes(policy, entry, record)


def _later_changes(policy: PolicyHistory, entry: Entry, record: Promotion) -> Iterator[Diagnostic]:
    """An error for the record and for its manifest, where the branch's tip holds another or none."""
    merged, tip = policy.at(entry.commit.sha), policy.at(policy.ledger.commits[-1].sha)
    for path in (record.path, merged.path_of(release.KIND, model=record.model, version=record.release)):
        then, now = stored_if_possible(merged.tree, path), stored_if_possible(tip.tree, path)
        if then is not None and then != now:
            change = "removed" if now is None else "changed"
            message = (
                f"{path} was {change} after its merge; here it is derived as commit {entry.commit.sha[:10]} has it"
            )
            yield Diagnostic("immutable", Severity.ERROR, message, Span(path), "mlops-gitops audit names the commit")


def _pair(record: Promotion) -> dict[str, str]:
    return {"environment": record.environment, "model": record.model}


def _inputs(policy: PolicyHistory, entry: Entry, record: Promotion, base: Snapshot | None) -> Iterator[Input]:
    """The record, what judged it, what it is about, and what it names, in this order."""
    ledger, predicate = policy.ledger, record.predicate
    yield Input("record", record.path, record.digest)
    yield Input("merge", "the branch", entry.commit.sha)
    if base is not None and entry.commit.parent:
        yield Input("judged at", "the commit before it", entry.commit.parent)
        yield from _file("policy", base, base.project_path)
        yield from _file("KPIs", base, base.path_of(kpis.KIND, model=record.model))
        yield Input("policy digest", "of both", predicate["policy"])
    head = policy.at(entry.commit.sha)
    yield from _file("manifest", head, head.path_of(release.KIND, model=record.model, version=record.release))
    promoted = head.release(record.model, record.release)
    for pin in promoted.evaluation.values() if promoted and record.is_gated else ():
        yield Input("measured on", pin.path, pin.digest)
    yield from _named(ledger, "previous", predicate["previous"])
    for upstream in predicate["upstream"]:
        yield from _named(ledger, "upstream", upstream["record"])
    baselines = (gate.get("baseline") for gate in predicate["gates"])
    for digest in dict.fromkeys(baseline["record"] for baseline in baselines if baseline):
        yield from _named(ledger, "baseline", digest)
    for decision in predicate["decisions"]:
        yield Input("decision", decision["path"], f"sha256:{decision['sha256']}")
    for pack in predicate.get("packs", ()):
        yield Input("pack", f"{pack['id']} {pack['version']}", pack["digest"])
    receipt = ledger.receipt(entry)
    yield from [Input("receipt", receipt.tag, receipt_digest(receipt))] if receipt else []


def _file(what: str, tree: Snapshot, path: str) -> Iterator[Input]:
    data = stored_if_possible(tree.tree, path)
    if data is not None:
        yield Input(what, path, f"sha256:{sha256(data)}")


def _named(ledger: Ledger, what: str, digest: str | None) -> Iterator[Input]:
    """A record that another names by digest."""
    if digest:
        path = next((entry.record.path for entry in ledger.entries if entry.digest == digest), "not in this history")
        yield Input(what, path, digest)
