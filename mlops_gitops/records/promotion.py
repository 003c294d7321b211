"""promotions/<environment>/<model>/0007.json: why an environment runs a release.

An in-toto statement (https://github.com/in-toto/attestation, Statement v1), stored indented with a final newline; its
digest is over the RFC 8785 form of the parsed value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.foreign.nodes import Field
from mlops_gitops.documents.kind import Kind, WrongValue, counts
from mlops_gitops.records.rollout import Rolling

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "mlops-gitops/promotion/v1"
GATED = ("promote", "open")  # the actions that bring a release in: by gates, in order, after a soak
WAVES = ("open", "advance")  # those that leave the release in force as it is
STOP = "stop"  # the first rollout of a model is taken back: there is nothing to go back to
BACK = ("rollback", STOP)  # those that take a release away: no gates, no waiting, and a freeze lets them pass
_OWN = {"wave": WAVES, "rollout": ("open",), "approvals": ("advance",)}  # the keys that some actions alone have
_MAY = {"evidence": ("advance", "settle", *BACK), "abort": BACK, "stays": BACK}  # and those that they can have


@frozen
class TargetValue:
    """A field of a target file and the value that a promotion sets: which document, by `select`, and where in it."""

    target: str
    path: str
    select: Mapping[str, str]
    field: str
    value: str

    @property
    def where(self) -> Field:
        """The field."""
        return Field(self.path, self.select, self.field)

    @property
    def place(self) -> tuple[object, ...]:
        """What identifies the field, whatever its value."""
        return self.path, tuple(sorted(self.select.items())), self.field

    def to_data(self) -> dict[str, Any]:
        """The field as a record writes it."""
        return asdict(self)


@frozen
class Promotion:
    """One promotion record; `data` is the whole statement."""

    path: str
    data: Mapping[str, Any]
    digest: str

    @property
    def predicate(self) -> Mapping[str, Any]:
        """What was decided."""
        value: Mapping[str, Any] = self.data["predicate"]
        return value

    @property
    def model(self) -> str:
        """The model."""
        return str(self.predicate["model"])

    @property
    def environment(self) -> str:
        """The environment."""
        return str(self.predicate["environment"])

    @property
    def sequence(self) -> int:
        """Its place among the records of this model in this environment, from 1."""
        return int(self.predicate["sequence"])

    @property
    def action(self) -> str:
        """promote, rollback or adopt; open, advance, settle or stop of a rollout."""
        return str(self.predicate["action"])

    @property
    def is_gated(self) -> bool:
        """Whether it brings a release in, so that gates, order and soak judge it."""
        return self.action in GATED

    @property
    def release(self) -> str:
        """The release it is about: in force from here on, or, of a wave, on its way; of a stop, no longer."""
        return str(self.predicate["release"])

    @property
    def replaces(self) -> str | None:
        """The release in force before; of a rollback, what ran last."""
        value: str | None = self.predicate["replaces"]
        return value

    @property
    def in_force(self) -> str | None:
        """The release in force after it, None for none: a wave changes nothing of that."""
        if self.action == STOP:
            return None
        return self.replaces if self.action in WAVES else self.release

    @property
    def wave(self) -> str | None:
        """The wave that it opens or advances to."""
        value: str | None = self.predicate.get("wave")
        return value

    @property
    def rolling(self) -> Rolling | None:
        """What is on its way after it."""
        return Rolling(self.release, self.wave) if self.wave else None

    @property
    def rollout(self) -> str | None:
        """The digest of what judges the rollout that it opens."""
        value: str | None = self.predicate.get("rollout")
        return value

    @property
    def approvals(self) -> Mapping[str, int]:
        """The approvals that the step into its wave needs, by role, as it says."""
        return counts(self.predicate.get("approvals", {}))

    @property
    def evidence(self) -> tuple[str, ...]:
        """The digests of the observations that a step of a rollout, or the return from it, depends on."""
        return tuple(self.predicate.get("evidence", ()))

    @property
    def is_approved_in_advance(self) -> bool:
        """Whether it says that the opening of the rollout has approved it: the return from a wave that failed."""
        return "abort" in self.predicate

    @property
    def stays(self) -> tuple[str, ...]:
        """The targets that it leaves as they are, since what runs them cannot go back."""
        return tuple(self.predicate.get("stays", ()))

    @property
    def skipped(self) -> Mapping[str, list[str]] | None:
        """The `gates` and the `order` an adoption skips; None of other records, and of those of earlier versions."""
        value: Mapping[str, list[str]] | None = self.predicate.get("skipped")
        return value

    @property
    def targets(self) -> tuple[TargetValue, ...]:
        """The fields of target files that it sets; none where the desired state had no files as targets."""
        return tuple(TargetValue(**value) for value in self.predicate.get("targets", ()))

    def command(self) -> str:
        """The command that asks for this record again."""
        if self.action in BACK:
            to = "" if self.action == STOP else f" --to {self.release}"
            return f"mlops-gitops rollback {self.model} --in {self.environment}{to} --why …"
        if self.action in ("advance", "settle"):
            return f"mlops-gitops advance {self.model} --in {self.environment}"
        adopt = " --adopt --why …" if self.action == "adopt" else ""
        return f"mlops-gitops promote {self.model} --to {self.environment} --release {self.release}{adopt}"

    def render(self) -> bytes:
        """The record's file."""
        return (json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def essence(self) -> dict[str, Any]:
        """What makes it a different promotion: neither time, requester nor tool version."""
        kept = ("model", "environment", "sequence", "action", "release", "previous", "upstream", "policy", "decisions")
        gates = [(g["id"], g["outcome"], (g.get("baseline") or {}).get("record")) for g in self.predicate["gates"]]
        more = {"gates": gates, "skipped": self.skipped, "packs": self.predicate.get("packs")}
        more |= {"subject": self.data["subject"], "targets": self.targets}
        more |= {name: self.predicate.get(name) for name in (*_OWN, *_MAY)}
        return {name: self.predicate[name] for name in kept} | more


def statement(path: str, subject: list[dict[str, Any]], predicate: dict[str, Any]) -> Promotion:
    """A new promotion record."""
    data = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    return Promotion(path, data, digest(data))


def read(document: Document) -> Promotion:
    """The promotion record of a valid document. Raises WrongValue for a key that its action must have, or cannot."""
    predicate = document.data["predicate"]
    for name, actions in _OWN.items():
        if (name in predicate) != (predicate["action"] in actions):
            verb = "cannot have" if name in predicate else "must have"
            route = ("predicate", name) if name in predicate else ("predicate", "action")
            raise WrongValue(f"a record of action {predicate['action']} {verb} the key {name}", *route)
    for name, actions in _MAY.items():
        if name in predicate and predicate["action"] not in actions:
            reason = f"a record of action {predicate['action']} cannot have the key {name}"
            raise WrongValue(reason, "predicate", name)
    return Promotion(document.path, document.data, digest(document.data))


KIND = Kind("Promotion", "promotion", "promotions", "{folder}/{environment}/{model}/{sequence}.json", read)
