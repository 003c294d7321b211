"""What a look at a model gives: a status, the evidence, and what to do where something is missing."""

from __future__ import annotations

from enum import StrEnum

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Route


class Status(StrEnum):
    """How a requirement ended, the worst first.

    `present` says that a field or a file is there, and nothing about what it says. `attested` is a person's word.
    """

    FAILED = "failed"
    UNAVAILABLE = "not available"
    NOT_ASSESSED = "not assessed"
    PRESENT = "present"
    ATTESTED = "attested"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"


ORDER = tuple(Status)


@frozen
class Place:
    """Where something can be done: a file, and the route to a value in it."""

    path: str
    route: Route = ()


@frozen
class Finding:
    """What one check found. `soon` is a warning of what will fail, such as an attestation that is about to expire."""

    status: Status
    says: str
    place: Place | None = None
    help: str = ""
    soon: str = ""


class Stop(Exception):
    """Ends a look early: what it depends on is missing, or out of reach."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


def failed(says: str, place: Place | None = None, help: str = "") -> Finding:
    """What is not met."""
    return Finding(Status.FAILED, says, place, help)


def unavailable(says: str, place: Place | None = None, help: str = "") -> Finding:
    """What is out of reach, so that nothing follows."""
    return Finding(Status.UNAVAILABLE, says, place, help)


def present(says: str) -> Finding:
    """What is filled in, and nothing more."""
    return Finding(Status.PRESENT, says)


def passed(says: str) -> Finding:
    """What a machine checked."""
    return Finding(Status.PASSED, says)
