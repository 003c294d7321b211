"""An export of the audit: which files it has, and the archive that holds them, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Entry, Ledger

FORMAT = "mlops-gitops/export/v1"
_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold: no clock is in the bytes
_PROMOTIONS = ("day", "environment", "model", "sequence", "action", "release", "replaces", "requested by", "approvals",
               "approved by", "gates", "why", "commit", "record")  # fmt: skip


@frozen
class Period:
    """The UTC days of an export, both included; `since` is None for the beginning.

    `is_running` says that the last day is not over yet, so that more may be added.
    """

    since: date | None
    until: date
    is_running: bool = False

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        return (self.since is None or self.since <= day) and day <= self.until

    def remark(self) -> str:
        """What to know of a period that is running."""
        return f"{self.until} is not over (UTC): what is merged until then is not in it"


def plain_path(path: str) -> str:
    """A path that every file system can hold: other characters than plain ones are written as %XX."""
    plain = quote(path.encode("utf-8", "surrogateescape"), safe="/ @#+=,-._")
    return re.sub(r"[. ](?=/|$)", lambda end: f"%{ord(end[0]):02X}", plain)  # Windows takes them off


def promotion_table(ledger: Ledger, entries: Iterable[Entry]) -> Table:
    """Every promotion record among entries, in order: the whole population, never a sample."""
    rows = (_row(ledger, entry, entry.record) for entry in entries if isinstance(entry.record, Promotion))
    return Table("promotions", _PROMOTIONS, tuple(rows))


def _row(ledger: Ledger, entry: Entry, record: Promotion) -> tuple[str, ...]:
    receipt, asked = ledger.receipt(entry), record.predicate["requested_by"]
    approvals = receipt.facts.get("approvals", []) if receipt else []
    gates = "; ".join(f"{gate['id']} {gate['outcome']}" for gate in record.predicate["gates"])
    return (
        entry.commit.day.isoformat(), record.environment, record.model, str(record.sequence), record.action,
        record.release, record.replaces or "", str(asked.get("login") or asked.get("email") or ""),
        receipt.approved if receipt else "no receipt",
        "; ".join(f"{approval['by']} ({approval['role']})" for approval in approvals),
        gates, str(record.predicate["why"] or ""), entry.commit.sha, record.digest,
    )  # fmt: skip


def evidence_table(releases: Iterable[Release], rows: Mapping[tuple[str, str], str] | None = None) -> Table:
    """Every file that a release pins, by digest: what the export holds, and what it only names.

    With `rows`, path and digest of a data file → where the export holds it, the table says so.
    """
    found = []
    for release in releases:
        pins = [("artifact", pin) for pin in release.artifacts]
        pins += [("card", release.card), ("KPIs", release.kpis)]
        pins += [("evaluation", pin) for pin in release.evaluation.values()]
        pins += [("profile", release.profile)] if release.profile else []
        for kind, pin in pins:
            held = () if rows is None else (rows.get((pin.path, pin.digest), ""),)
            found.append((release.model, release.version, kind, pin.path, pin.sha256 or pin.digest, *held))
    columns = ("model", "release", "kind", "path", "digest", *(("in the export",) if rows is not None else ()))
    return Table("evidence", columns, tuple(found))


def predecessors(ledger: Ledger, entries: Iterable[Entry]) -> dict[str, str | None]:
    """`environment/model` → digest of the record before the first that is exported; null where there is none."""
    found: dict[str, str | None] = {}
    for entry in entries:
        if isinstance(record := entry.record, Promotion):
            found.setdefault(f"{record.environment}/{record.model}", record.predicate["previous"])
    return found


def manifest(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> bytes:
    """manifest.json: what the export is about, and every file by its digest."""
    listed = [{"path": path, "sha256": sha256(data), "size": len(data)} for path, data in sorted(files.items())]
    written = json.dumps({"format": FORMAT, **facts, "files": listed}, indent=2, ensure_ascii=False)
    # A name in Git may hold bytes that are not UTF-8: JSON writes what stands for one as an escape.
    return (written + "\n").encode("utf-8", "backslashreplace")


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip file with these files; nothing is compressed, so that the bytes depend on no version of zlib."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as target:
        for path, data in sorted(files.items()):
            member = zipfile.ZipInfo(path, _DAY)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            target.writestr(member, data)
    return written.getvalue()
