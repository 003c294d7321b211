"""The control matrix: every requirement of every pack beside every model, with status and evidence."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.compliance.assess import Result
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.table import Table

_COLUMNS = ("model", "release", "pack", "pack version", "requirement", "title", "source", "severity", "status",
            "evidence")  # fmt: skip


def control_table(looked: Iterable[tuple[Subject, Iterable[Result]]]) -> Table:
    """A row for each requirement of each model, those that do not apply too."""
    rows = (
        (
            subject.model, subject.release.version if subject.release else "", result.pack.id, result.pack.version,
            result.row.id, result.row.title, str(result.row.source),
            result.severity, result.status.value, result.says,
        )
        for subject, results in looked
        for result in results
    )  # fmt: skip
    return Table("controls", _COLUMNS, tuple(rows))
