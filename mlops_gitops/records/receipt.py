"""The receipt of a merge: an annotated tag in GTO's format whose message says what was merged and who approved it.

GTO (https://github.com/iterative/gto) reads `model@v1.2.3` as a registered version and `model#stage#n` as an
assignment. The receipts of a decision and of a change of the policy have names of ours, which GTO passes over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import foreign_json
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import STOP, Promotion
from mlops_gitops.records.release import Release

MET, UNMET, UNPROVEN = "met", "unmet", "unproven"
DECISION_TAG = "mlops-gitops/decision/"
POLICY_TAG = "mlops-gitops/policy/"  # then the first-parent commit that changes the policy


@frozen
class Receipt:
    """What the tag says: `path` and `digest` of the merged file, and how it was approved.

    Of a change of the policy `path` is one of its files, which `facts` list, and `digest` is of the whole policy.
    """

    tag: str
    target: str
    path: str
    digest: str
    commit: str
    approved: str
    forge: str
    facts: Mapping[str, Any]
    time: int = 0

    @property
    def merged_at(self) -> datetime | None:
        """When the forge merged it, in UTC; None where the receipt does not say so, or not with its time zone."""
        try:
            found = datetime.fromisoformat(str(self.facts.get("merged_at")))
            return found.astimezone(UTC) if found.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def message(self) -> str:
        """The tag's message: a line for people, then the facts as JSON."""
        facts = {"path": self.path, "digest": self.digest, "commit": self.commit, "approved": self.approved}
        written = json.dumps(facts | {"forge": self.forge} | dict(self.facts), indent=2, ensure_ascii=False)
        return f"{self.path} is merged, approvals {self.approved}\n\n{written}\n"


def receipt_tag(record: Release | Promotion | Decision, name: str) -> str:
    """The name of a record's receipt; `name` is a decision's file name without its ending.

    A wave has a stage of its own, `production_canary`, and so has a stop: names of environments hold no `_`, and GTO
    goes on to say that production runs what is in force.
    """
    if isinstance(record, Release):
        return f"{record.model}@v{record.version}"
    if isinstance(record, Promotion):
        step = record.wave or (STOP if record.action == STOP else "")
        stage = f"{record.environment}_{step}" if step else record.environment
        return f"{record.model}#{stage}#{record.sequence}"
    return DECISION_TAG + name


def is_receipt_tag(tag: str) -> bool:
    """Whether a tag has the form of a receipt."""
    parts = tag.split("#")
    is_promotion = len(parts) == 3 and parts[2].isdigit()
    return tag.startswith((DECISION_TAG, POLICY_TAG)) or is_release_tag(tag) or is_promotion


def is_release_tag(tag: str) -> bool:
    """Whether a tag has the form of the receipt of a release."""
    model, _, version = tag.partition("@v")
    return bool(model and version) and not tag.startswith((DECISION_TAG, POLICY_TAG))


def tagged_model(tag: str) -> str:
    """The model that the receipt of a release or of a promotion is about; empty for any other tag."""
    if tag.startswith((DECISION_TAG, POLICY_TAG)) or not is_receipt_tag(tag):
        return ""
    return tag.partition("@v")[0] if "@v" in tag else tag.partition("#")[0]


def tagged_promotion(tag: str) -> tuple[str, str, int] | None:
    """The model, environment and number of the record that a tag is the receipt of, a wave's too; None for others."""
    model, _, rest = tag.partition("#")
    stage, _, number = rest.partition("#")
    written = number.isascii() and number.isdigit() and len(number) < 10
    return (model, stage.partition("_")[0], int(number)) if stage and written else None


def of_tag(tag: str, target: str, message: str, time: int = 0) -> Receipt:
    """The receipt in a tag's message; an empty one, which proves nothing, when it holds none."""
    return parse(tag, target, message, time) or Receipt(tag, target, "", "", "", UNPROVEN, "", {}, time)


def parse(tag: str, target: str, message: str, time: int = 0) -> Receipt | None:
    """The receipt in a tag's message; None when it holds none."""
    _, _, written = message.partition("\n\n")
    try:
        facts = foreign_json.parse(written)
    except ValueError:
        return None
    needed = ("path", "digest", "commit", "approved", "forge")
    if not isinstance(facts, dict) or not all(isinstance(facts.get(name), str) for name in needed):
        return None
    approvals = facts.get("approvals", [])
    if not isinstance(approvals, list) or not all(map(_is_approval, approvals)):
        return None
    path, digest, commit, approved, forge = (facts.pop(name) for name in needed)
    return Receipt(tag, target, path, digest, commit, approved, forge, facts, time)


def _is_approval(data: Any) -> bool:
    return isinstance(data, dict) and all(isinstance(data.get(name), str) for name in ("role", "by"))
