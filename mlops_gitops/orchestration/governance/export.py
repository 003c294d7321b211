"""An export of the audit, gathered: what an auditor takes away and verifies without network, git or a repository."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from datetime import date

from mlops_gitops import __version__
from mlops_gitops.audit import package
from mlops_gitops.audit.decisions import decision_table
from mlops_gitops.audit.package import Period
from mlops_gitops.compliance.assess import Result, assess
from mlops_gitops.compliance.control_matrix import control_table
from mlops_gitops.compliance.inventory import inventory, inventory_table
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic, plain
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.orchestration.governance.audited import Line
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.exported_rows import ExportedRows, read_rows
from mlops_gitops.orchestration.governance.past_ledger import past_ledger
from mlops_gitops.orchestration.governance.requirements import newest_release
from mlops_gitops.orchestration.monitoring.records_branch import read_branch
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import POLICY_TAG, Receipt
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.packs_in_force import built_in_document, is_own, packs_in_force
from mlops_gitops.repository.policy_files import is_stated
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import verify_export
from mlops_gitops.runtime.ssh_signing import sign


@frozen
class Export:
    """The archive's bytes, the commit up to which it tells, and what the audit of that history found."""

    data: bytes
    commit: str
    records: int
    diagnostics: tuple[Diagnostic, ...]
    absent: tuple[str, ...] = ()  # the rows that were asked for, and could not be had


@frozen
class _Source:
    """The branch at the end of the period, and the entries that the period added."""

    workspace: Workspace
    period: Period
    commits: list[Commit]
    tip: Snapshot
    ledger: Ledger
    entries: tuple[Entry, ...]

    @property
    def context(self) -> Context:
        """What requirements are looked at with, on the last day."""
        return Context(self.tip, self.period.until, self.tip, self.ledger, at=self.workspace.at)

    def releases(self) -> list[tuple[Entry, Release]]:
        """The releases that the period added, promoted or went back to, each with the entry that added it."""
        named = {(e.record.model, e.record.release) for e in self.entries if isinstance(e.record, Promotion)}
        named |= {(e.record.model, e.record.version) for e in self.entries if isinstance(e.record, Release)}
        every = ((e, e.record) for e in self.ledger.entries if isinstance(e.record, Release))
        return [(entry, release) for entry, release in every if (release.model, release.version) in named]


def export(workspace: Workspace, period: Period, key: str | None, *, rows: bool = False) -> Export:
    """The export of a period, signed where a key is named, with the `rows` that its releases were judged on.

    Raises Error, Undecided.
    """
    base = workspace.base()
    commits = workspace.history_on(base, period.until)
    tip = workspace.at(commits[-1].sha)
    ledger = past_ledger(workspace, commits, tip)
    entries = tuple(entry for entry in ledger.entries if period.holds(entry.commit.day))
    source = _Source(workspace, period, commits, tip, ledger, entries)
    line = Line(workspace, commits, ledger, tip)
    branches = line.branches(whole=commits[-1].sha == base)
    diagnostics = tuple(map(plain, (*line.findings().all, *branches.findings)))
    held = _rows(source) if rows else None
    files = _files(source) | _tables(source, diagnostics, held) | dict(held.files if held else {})
    facts = _facts(source, diagnostics) | ({"rows_absent": list(held.absent)} if held else {})
    manifest = package.manifest(files, facts)
    files[verify_export.MANIFEST] = manifest
    if key:
        files[verify_export.SIGNATURE] = sign(manifest, key, verify_export.NAMESPACE)
    number = sum(isinstance(entry.record, Promotion) for entry in entries)
    return Export(package.archive(files), commits[-1].sha, number, diagnostics, held.absent if held else ())


def _facts(source: _Source, diagnostics: Iterable[Diagnostic]) -> dict[str, object]:
    since = source.period.since
    return {
        "tool": f"mlops-gitops {__version__}",
        "from": since.isoformat() if since else None,
        "to": source.period.until.isoformat(),
        **({"to_is_over": False} if source.period.is_running else {}),
        "commit": source.commits[-1].sha,
        "forge": source.ledger.forge,
        "predecessors": package.predecessors(source.ledger, source.entries),
        "audit": [found.to_json() for found in diagnostics],
    }


# ── the files ──


def _files(source: _Source) -> dict[str, bytes]:
    """Records, receipts, manifests, cards, policy, packs, monitoring and the verifier, by their path in the export."""
    git, files = source.workspace.git, dict[str, bytes]()
    for entry in source.entries:
        if isinstance(entry.record, Release):
            continue
        folder = "records" if isinstance(entry.record, Promotion) else "decisions"
        files[f"{folder}/{entry.record.path}"] = git.file_at(entry.commit.sha, entry.record.path)
    for entry, release in source.releases():
        files[f"releases/{release.path}"] = git.file_at(entry.commit.sha, release.path)
        files |= _release_files(source.workspace.at(entry.commit.sha), release)
    files |= {f"receipts/{receipt.tag}.txt": receipt.message().encode() for receipt in _receipts(source)}
    files |= {f"policy/{path}": data for path, data in _policy(source.tip)}
    files |= {f"packs/{path}": data for path, data in _packs(source.tip)}
    files |= {f"monitoring/{path}": data for path, data in _monitoring(source)}
    files["verify.py"] = inspect.getsource(verify_export).encode()
    return files


def _release_files(tree: Snapshot, release: Release) -> dict[str, bytes]:
    """The card, the KPIs and the evidence of a release, as far as Git holds their bytes and no rows are in them."""
    folder, files = f"cards/{release.model}/{release.version}", dict[str, bytes]()
    for name, pin in (("README.md", release.card), ("kpis.yaml", release.kpis)):
        if (data := _pinned(tree, pin)) is not None:
            files[f"{folder}/{name}"] = data
    entry = tree.entry(release.card.path, card.KIND)
    for proof in entry.record.evidence if entry and isinstance(entry.record, Card) else ():
        data = stored_if_possible(tree.tree, proof.path)
        if proof.sha256 and data is not None and sha256(data) == proof.sha256:
            files[f"{folder}/evidence/{proof.sha256[:12]}-{package.plain_path(proof.path.rpartition('/')[2])}"] = data
    return files


def _pinned(tree: Snapshot, pin: Pin) -> bytes | None:
    data = stored_if_possible(tree.tree, pin.path)
    return data if data is not None and pin.sha256 in (None, sha256(data)) else None


def _receipts(source: _Source) -> Iterator[Receipt]:
    """The receipts of the entries, of the releases they name, and of the policy's changes in the period."""
    commits = {commit.sha for commit in source.commits if source.period.holds(commit.day)}
    entries = {entry.tag for entry in (*source.entries, *(entry for entry, _ in source.releases()))}
    for tag, receipt in sorted(source.ledger.receipts.items()):
        if tag in entries or (tag.startswith(POLICY_TAG) and tag.removeprefix(POLICY_TAG) in commits):
            yield receipt


def _policy(tip: Snapshot) -> Iterator[tuple[str, bytes]]:
    for path in sorted(tip.tree.every()):
        if is_stated(tip.folders, path) and (data := stored_if_possible(tip.tree, path)) is not None:
            yield package.plain_path(path), data


def _packs(tip: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The packs of this tool that were in force; a repository's own are files of the policy."""
    for id in tip.project.packs if tip.project else ():
        if not is_own(tip, id):
            yield f"{id}.yaml", built_in_document(id).text.encode()


def _monitoring(source: _Source) -> Iterator[tuple[str, bytes]]:
    branch = read_branch(source.workspace)
    for chain in branch.chains.by_pair.values() if branch else ():
        for record in chain.records:
            if source.period.holds(date.fromisoformat(record.created[:10])):
                yield record.path, record.render()


# ── the tables ──


def _rows(source: _Source) -> ExportedRows:
    store = source.workspace.store_at(source.commits[-1].sha)
    return read_rows(store, [release for _, release in source.releases()])


def _tables(source: _Source, diagnostics: Iterable[Diagnostic], held: ExportedRows | None) -> dict[str, bytes]:
    promotions = package.promotion_table(source.ledger, source.entries)
    releases = [release for _, release in source.releases()]
    evidence = package.evidence_table(releases, held.places if held else None)
    models = inventory_table(inventory(source.tip, source.ledger, source.period.until, {}))
    looked = _looked(source)
    controls = (control_table(looked),) if looked else ()
    named = {"promotions": promotions, "evidence": evidence, **({"control-matrix": controls[0]} if controls else {})}
    shown = (promotions, *decision_table(source.ledger), models, *controls, evidence)
    lines = (*([source.period.remark()] if source.period.is_running else ()), *(held.absent if held else ()))
    report = Report({}, tuple(diagnostics), shown, lines, command="audit export")
    files = {f"{name}.csv": _written("csv", Report({}, tables=(table,))) for name, table in named.items()}
    return files | {"report.html": _written("html", report)}


def _written(name: str, report: Report) -> bytes:
    text: str = plugins.load("reporting.formats", name, "REPORTER").render(report, PLAIN)
    return (text + "\n").encode()


def _looked(source: _Source) -> list[tuple[Subject, list[Result]]]:
    """The requirements of the packs in force, of the highest release of each model."""
    packs = packs_in_force(source.tip)
    if not packs:
        return []
    evidence = evidence_of(source.workspace.store_at(source.commits[-1].sha), source.tip.tree)
    subjects = [newest_release(source.context, model, evidence) for model in source.tip.models()]
    return [(subject, assess(packs, subject)) for subject in subjects]
