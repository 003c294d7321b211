"""What is looked at: one model, one release of it, and what is known around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from mlops_gitops import GUIDES
from mlops_gitops.compliance.result import Place, Stop, failed, unavailable
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.semver import precedence
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.records import card, kpis, monitoring
from mlops_gitops.records import promotion as promotions
from mlops_gitops.records import release as manifests
from mlops_gitops.records.card import CLASSES, Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger

if TYPE_CHECKING:
    from mlops_gitops.compliance.explanations.explanation import Permutation
    from mlops_gitops.compliance.explanations.level import Derived

_T = TypeVar("_T")
Counts: TypeAlias = Mapping[tuple[str, str], tuple[int, int]]  # (sex, race or ethnicity) → applicants, of them hits


@frozen
class Evidence:
    """How bytes are had.

    `absence` says why the bytes of a pin are out of reach, "" where they are not. `counts` counts rows by two columns
    of a pinned table, and of them those that a third selects or that score above its median; it raises Undecided.
    `rederive` derives the numbers of an explanation again, and `rerun` runs its model, and returns how many answers it
    gives again, where that is wanted; both raise Undecided, and NotReached where they give something else.
    """

    absence: Callable[[Pin], str]
    counts: Callable[[Pin, Mapping[str, str]], Counts]
    rederive: Callable[[Permutation], Derived] | None = None
    rerun: Callable[[Permutation], int] | None = None


@frozen
class Subject:
    """A model in the head of a context, and the release that is looked at, None before there is one.

    `environment` is the one that the release is about to enter, "" outside a promotion. Without `evidence` the bytes
    that DVC keeps are not looked for.
    """

    context: Context
    model: str
    release: Release | None = None
    environment: str = ""
    evidence: Evidence | None = None

    # ── files; each raises Stop where it is missing or not valid ──

    @property
    def card_path(self) -> str:
        """Where the card lies."""
        return self.context.head.path_of(card.KIND, model=self.model)

    def card(self) -> Card:
        """The card."""
        return self._file(card.KIND, Card, f"mlops-gitops card new {self.model}")

    def card_document(self) -> Document:
        """The card with the places of its values."""
        self.card()
        return self.context.head.document(self.card_path)

    def kpis(self) -> Kpis:
        """The KPIs."""
        return self._file(kpis.KIND, Kpis, f"write it: {GUIDES}/how-to/choose-a-gate.md")

    def monitoring(self) -> Monitoring:
        """What is watched."""
        return self._file(
            monitoring.KIND, Monitoring, "write what is watched, how often, and which role is responsible"
        )

    def _file(self, kind: Kind, record_type: type[_T], help: str) -> _T:
        head = self.context.head
        path = head.path_of(kind, model=self.model)
        entry = head.entry(path, kind)
        if entry is None:
            raise Stop(failed(f"there is no {path}", Place(path), help))
        if not isinstance(entry.record, record_type):
            raise Stop(unavailable(f"{path} is not valid", Place(path), f"mlops-gitops validate {path}"))
        return entry.record

    # ── the release and its history ──

    def require_release(self) -> Release:
        """The release."""
        if self.release is None:
            self._require_valid(manifests.KIND)
            help = f"mlops-gitops release {self.model} 1.0.0"
            raise Stop(failed(f"{self.model} has no release", Place(self.card_path), help))
        return self.release

    def require_ledger(self) -> Ledger:
        """What the history has added."""
        if self.context.ledger is None:
            raise Stop(unavailable("the history is not looked at here", help=f"mlops-gitops governance {self.model}"))
        return self.context.ledger

    def predecessor(self) -> Release | None:
        """The highest lower version of the model; None for the first."""
        release = self.require_release()
        lower = [
            other
            for other in self.context.head.whole.releases()
            if other.model == self.model and precedence(other.version) < precedence(release.version)
        ]
        return max(lower, key=lambda other: precedence(other.version), default=None)

    def promotion(self) -> Promotion:
        """The newest record that promotes the release: the one of this change, else one of the tree."""
        release = self.require_release()
        every = (*self.context.promotions(), *self.context.head.whole.promotions())
        found = [r for r in every if r.is_gated and (r.model, r.release) == (self.model, release.version)]
        here = [record for record in found if record.environment == self.environment] or found
        if not here:
            self._require_valid(promotions.KIND)
            help = f"mlops-gitops promote {self.model} --to ENVIRONMENT --release {release.version}"
            says = f"no promotion of {self.model} {release.version} is on record"
            raise Stop(failed(says, Place(release.path), help))
        return max(here, key=lambda record: (str(record.predicate["created"]), record.sequence))

    def _require_valid(self, kind: Kind) -> None:
        """Raises Stop where a file of a kind about this model is not valid: what it would say is not known."""
        head = self.context.head.whole
        for path, found in sorted(head.index.items()):
            parts = kind.match(head.folders, path) if found is kind else None
            if parts and parts["model"] == self.model and (entry := head.entry(path, kind)) and entry.record is None:
                raise Stop(unavailable(f"{path} is not valid", Place(path), f"mlops-gitops validate {path}"))

    # ── what judges ──

    def risk(self) -> str:
        """The risk class that judges: the higher of the card's and of the base's, so that no change lowers its own."""
        return max((found.risk for found in (self.card(), *self._base_card())), key=CLASSES.index)

    def says(self, flag: str) -> bool:
        """Whether the card or the base's has true under a key of `FLAGS`."""
        return any(found.says(flag) for found in (self.card(), *self._base_card()))

    def _base_card(self) -> tuple[Card, ...]:
        before = self.context.base.card(self.model) if self.context.base else None
        return (before,) if before else ()

    def people(self) -> set[str]:
        """The logins, or addresses, of the owners on the card."""
        project = self.context.project
        named = (str(owner[key]) for owner in self.card().block["owners"] for key in ("contact", "name"))
        return {project.person(name) if project else name.casefold() for name in named}
