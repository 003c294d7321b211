"""Plans of monitoring, as files say them."""

from __future__ import annotations

from datetime import UTC, datetime

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.examples import MONITORING, WATCHED
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import Monitoring


def plan(*edits: tuple[str, str]) -> Monitoring:
    """The plan of a file: windows of 7 days from 2026-01-05, two tested watches, 0.1 false alarms a year."""
    text = WATCHED
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    document = parse(MONITORING, text.encode())
    assert schema_validation.check(document, monitoring.KIND.schema) == ()
    return monitoring.read(document)


def at(text: str) -> datetime:
    """A moment, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
