"""governance/packs/<id>.yaml: a regulation, or rules of the organisation, as requirements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.core import canonical
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind, WrongValue

if TYPE_CHECKING:
    from datetime import date


@frozen
class Source:
    """Where a requirement is written; on the day `checked` somebody compared the citation with `against`."""

    act: str
    article: str
    checked: date
    against: str
    amended_by: str = ""

    def __str__(self) -> str:
        amended = f" as amended by {self.amended_by}" if self.amended_by else ""
        return f"{self.act}{amended}, {self.article}"


@frozen
class Attestation:
    """A decision of type attest that a requirement asks for, of the model or, `per_release`, of each release.

    `max_age` is such as 12 months, from its receipt; `role` must have taken it, any where it is empty; an `independent`
    one is of a person who is no owner on the card.
    """

    name: str
    max_age: str = ""
    per_release: bool = False
    role: str = ""
    independent: bool = False


CheckName: TypeAlias = str


@frozen
class Requirement:
    """One row of a pack. `severity` is none, warning or error by risk class; `when` what the card must say."""

    id: str
    title: str
    source: Source
    applies_from: date
    role: str
    severity: Mapping[str, str]
    when: Mapping[str, bool]
    checks: tuple[CheckName | Attestation, ...]
    not_assessed: str = ""
    remedy: str = ""


@frozen
class Pack:
    """A whole pack; `path` is where it lies, and its `digest` is of its data, wherever that is."""

    path: str
    id: str
    version: str
    title: str
    note: str
    row: str
    requirements: tuple[Requirement, ...]
    digest: str

    def pin(self) -> dict[str, str]:
        """The pack as a promotion record names it."""
        return {"id": self.id, "version": self.version, "digest": self.digest}


def read(document: Document) -> Pack:
    """The pack of a valid document. Raises WrongValue for what a schema cannot say, ValueError for a day."""
    data = document.data
    rows = tuple(_requirement(entry, n) for n, entry in enumerate(data["requirements"]))
    seen = set[str]()
    for n, row in enumerate(rows):
        if row.id in seen:
            message = f"two requirements have the id {row.id}: reports and attestations could not tell them apart"
            raise WrongValue(message, "requirements", n, "id")
        seen.add(row.id)
    return Pack(
        document.path, data["id"], data["version"], data["title"], data.get("note", ""),
        data.get("row", "requirement"), rows, canonical.digest(data),
    )  # fmt: skip


def _requirement(data: Mapping[str, Any], n: int) -> Requirement:
    checks = tuple(entry if isinstance(entry, str) else _attestation(entry) for entry in data["checks"])
    if sum(isinstance(check, Attestation) for check in checks) > 1:
        message = f"{data['id']} asks for two attestations: make each a requirement of its own"
        raise WrongValue(message, "requirements", n, "checks")
    if not checks and "not_assessed" not in data:
        raise WrongValue(f"{data['id']} has no checks: write in not_assessed what is not checked", "requirements", n)
    return Requirement(
        data["id"], data["title"], _source(data), _day(data["id"], "applies_from", data["applies_from"]), data["role"],
        data["severity"], data.get("when", {}), checks, data.get("not_assessed", ""), data.get("remedy", ""),
    )  # fmt: skip


def _source(data: Mapping[str, Any]) -> Source:
    source = data["source"]
    checked = _day(data["id"], "source_checked", source["source_checked"])
    return Source(source["act"], source["article"], checked, source["against"], source.get("as_amended_by", ""))


def _attestation(data: Mapping[str, Any]) -> Attestation:
    return Attestation(
        data["attestation"], data.get("max_age", ""), data.get("per") == "release", data.get("role", ""),
        data.get("independent", False),
    )  # fmt: skip


def _day(id: str, key: str, written: str) -> date:
    from datetime import date  # every start reads this module, and few projects have packs

    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{id}: there is no day {written} ({key})") from None


KIND = Kind("Pack", "pack", None, "governance/packs/{id}.yaml", read)
