"""decisions/<date>-<slug>.yaml: what a person decided, and on whose authority."""

from __future__ import annotations

from datetime import date

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind

ATTEST = "attest"
PAUSE, RESUME = "pause", "resume"
STOPS = ("quarantine", PAUSE)  # what anybody of a role may do at once
RUN = "run"  # what an override skips where nobody can say any more who started the run that asked


@frozen
class Decision:
    """One decision. A waiver is about the errors of a `rule` in a `file`, and has neither model nor release.

    A mute is about a `watch` of a model, whatever its release.

    An attest states that a `requirement` of a pack is met, by the model or by one release of it; `reason` says what is
    stated.

    An override lets its release `skip` one thing: order, soak, freeze, a wave of a rollout, the hold of a wave, or a
    run that is gone, so that a receipt can be written as unproven. A policy decision states the whole policy of the
    tree it is in, by digest. A pause keeps a rollout in its wave, and a resume ends that.
    """

    path: str
    type: str
    model: str
    release: str
    environment: str | None
    gate: str | None
    skip: str | None
    rule: str
    file: str
    role: str
    by: str
    reason: str
    expires: date | None
    sha256: str
    policy: str = ""
    watch: str = ""
    requirement: str = ""
    wave: str = ""

    @property
    def relaxes(self) -> bool:
        """Whether it lets something through that would be refused; only then does it need its role's approval."""
        return self.type not in STOPS

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires

    def covers(self, model: str, release: str, environment: str | None) -> bool:
        """Whether it is about this release, here; a decision without an environment is about all of them."""
        return (self.model, self.release) == (model, release) and self.environment in (None, environment)


def read(document: Document) -> Decision:
    """The decision of a valid document. Raises ValueError for a date that does not exist."""
    data, subject = document.data, document.data["subject"]
    expires = date.fromisoformat(data["expires"]) if "expires" in data else None
    named = ("model", "release", "rule", "policy", "watch", "requirement", "wave")
    about = {part: subject.get(part, "") for part in named}
    about |= {part: subject.get(part) for part in ("environment", "gate", "skip")}
    return Decision(
        document.path, data["type"], **about, file=subject.get("path", ""), role=data["role"], by=data["by"],
        reason=data["reason"], expires=expires, sha256=sha256(document.raw),
    )  # fmt: skip


KIND = Kind("Decision", "decision", "decisions", "{folder}/{name}.yaml", read)
