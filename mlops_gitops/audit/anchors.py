"""What is kept elsewhere of a history, and whether the history still holds it: without one a rewritten one looks whole.

An anchor is one JSON file that `audit anchor` writes: the branch's tip, the newest record of each chain, the receipts,
and the packs. One of earlier versions is a text: digests with their paths, one a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records.pack import Pack
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import POLICY_TAG, Receipt
from mlops_gitops.repository.ledger import Ledger

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
RULE, SCHEMA, FORMAT = "anchor", "anchor", "mlops-gitops/anchor/v1"


@frozen
class Anchor:
    """What was kept elsewhere: digest of a record → its path, and more where `audit anchor` wrote it.

    `commit` was the tip of `branch`; `receipts` are digests by tag; each of `packs` has id, version and digest.
    """

    records: Mapping[str, str]
    branch: str = ""
    commit: str = ""
    receipts: Mapping[str, str] = {}
    packs: tuple[Mapping[str, str], ...] = ()


def anchor_data(
    branch: str, ledger: Ledger, other_records: Iterable[tuple[str, str]], packs: Iterable[Pack]
) -> dict[str, Any]:
    """The anchor of a ledger as JSON, the same for the same history.

    `other_records` are paths and digests of the newest records on the branch of records.
    """
    receipts = {receipt.tag: receipt_digest(receipt) for receipt in _owed(ledger)}
    return {
        "format": FORMAT,
        "branch": branch,
        "commit": ledger.commits[-1].sha,
        "records": [*_newest(ledger), *({"path": path, "digest": found} for path, found in other_records)],
        "receipts": {"root": digest(receipts), "tags": receipts},
        "packs": [pack.pin() for pack in packs],
    }


def _newest(ledger: Ledger) -> Iterator[dict[str, str]]:
    """The newest record of each model in each environment: it names the digest of the one before it."""
    for environment, model in ledger.pairs():
        entry = ledger.newest(environment, model)
        if entry and isinstance(entry.record, Promotion):
            yield {"environment": environment, "model": model, "path": entry.record.path, "digest": entry.digest}


def _owed(ledger: Ledger) -> Iterator[Receipt]:
    """The receipts of the records and of the policy's changes on this line, by tag; others prove nothing."""
    owed = {entry.tag for entry in ledger.entries} | {f"{POLICY_TAG}{commit.sha}" for commit in ledger.commits}
    for tag, receipt in sorted(ledger.receipts.items()):
        if tag in owed and tag.isprintable():  # a decision's file name may hold bytes that are no text
            yield receipt


def receipt_digest(receipt: Receipt) -> str:
    """The digest of what a receipt says and of the commit that it tags, whichever way its text is written.

    Not by RFC 8785: a tag that somebody forged may hold numbers which that form does not have.
    """
    names = ("target", "path", "digest", "commit", "approved", "forge")
    said = {name: getattr(receipt, name) for name in names} | {"facts": dict(receipt.facts)}
    return f"sha256:{sha256(json.dumps(said, sort_keys=True, separators=(',', ':')).encode())}"


def read_anchor(text: str) -> Anchor:
    """The anchor of a file, of either form. Raises ValueError with what is wrong, and in which line."""
    if text.lstrip().startswith("{"):
        return _read_json(text)
    records = _read_lines(text)
    if not records:  # else any history would pass, a rewritten one too
        raise ValueError("it holds nothing to compare")
    return Anchor(records)


def _read_lines(text: str) -> dict[str, str]:
    """Digests with their paths: `sha256:… promotions/…`; empty lines and # comments are passed over."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        kept, _, path = line.split("#")[0].strip().partition(" ")
        if kept and not _DIGEST.fullmatch(kept):
            raise ValueError(f"line {number} holds no digest of the form sha256:…")
        if kept:
            found[kept] = path.strip()
    return found


def _read_json(text: str) -> Anchor:
    document = parse("anchor.json", text.encode())
    for fault in schema_validation.check(document, SCHEMA):
        raise ValueError(f"line {fault.span.line}: {fault.message}")
    data, receipts = document.data, document.data["receipts"]
    if digest(receipts["tags"]) != receipts["root"]:
        raise ValueError("its receipts do not have the root that it says, so it was edited")
    records = {record["digest"]: record["path"] for record in data["records"]}
    return Anchor(records, data["branch"], data["commit"], receipts["tags"], tuple(data["packs"]))


def anchor_findings(anchor: Anchor, ledger: Ledger, known: Collection[str]) -> Iterator[Diagnostic]:
    """One error for each thing that an anchor holds and a history lacks; a history that only grew has none.

    `known` are the digests of all its records, those of the branch of records too.
    """
    if anchor.commit and anchor.commit not in {commit.sha for commit in ledger.commits}:
        message = f"{anchor.branch} was at commit {anchor.commit[:10]}, which its first-parent line does not hold"
        yield _error(f"{message}: the history was cut off or rewritten", ".")
    for kept, path in anchor.records.items():
        if kept not in known:
            yield _error(f"{kept} was on record elsewhere, and this history lacks it: it was rewritten", path or ".")
    for tag, kept in anchor.receipts.items():
        found = ledger.receipts.get(tag)
        if found is None:
            help = "git fetch --tags brings those that this clone lacks; one that is still missing was deleted"
            yield _error(f"the receipt {tag} was there when the anchor was made, and is gone", ".", help)
        elif receipt_digest(found) != kept:
            yield _error(f"the receipt {tag} is not the one that the anchor holds: it was replaced", found.path or ".")


def pack_findings(anchor: Anchor, packs: Iterable[Pack]) -> Iterator[Diagnostic]:
    """One error for each pack that was in force at the anchor's commit and has another text now, of the same version.

    `packs` are those in force at that commit, as this version of the tool reads them.
    """
    then = {(pin["id"], pin["version"]): pin["digest"] for pin in anchor.packs}
    for pack in packs:
        if then.get((pack.id, pack.version), pack.digest) != pack.digest:
            message = f"the pack {pack.id} {pack.version} has another text than when the anchor was made"
            yield _error(message, pack.path)


def uncompared_packs(anchor: Anchor, packs: Iterable[Pack]) -> Iterator[str]:
    """A sentence for each pack of an anchor that this version of the tool has in another version."""
    now = {pack.id: pack.version for pack in packs}
    for pin in anchor.packs:
        if now.get(pin["id"]) != pin["version"]:
            has = f"has {now[pin['id']]}" if pin["id"] in now else "has none"
            yield f"the pack {pin['id']} {pin['version']} of the anchor is not compared: this version of the tool {has}"


def _error(message: str, path: str, help: str = "") -> Diagnostic:
    return Diagnostic(RULE, Severity.ERROR, message, Span(path), help)
