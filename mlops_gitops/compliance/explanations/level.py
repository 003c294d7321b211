"""How far an explanation is verified, and why no further."""

from __future__ import annotations

from enum import StrEnum

from mlops_gitops.compliance.result import Place
from mlops_gitops.core.frozen import frozen


class Level(StrEnum):
    """How far an explanation is verified, the least first.

    Claimed: the card pins it. Linked: the stage that made it read the released artifact and data. Re-derived: its
    numbers follow from the answers to permuted rows. Re-run: the model gives these answers.
    """

    CLAIMED = "claimed"
    LINKED = "linked"
    RE_DERIVED = "re-derived"
    RE_RUN = "re-run"


ORDER = tuple(Level)


class NotReached(Exception):
    """Why an explanation does not reach a level; `is_refuted` where what it says contradicts what was found."""

    def __init__(self, reason: str, help: str = "", *, is_refuted: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.help, self.is_refuted = reason, help, is_refuted


@frozen
class FeatureImportance:
    """A feature's importance in the metric's unit, above 0 where the model is worse without the feature.

    Each bound is one-sided at the confidence of the gate. `is_important` is whether it is above 0 for all features
    together.
    """

    name: str
    value: float
    lower: float
    upper: float
    is_important: bool
    few: str = ""


@frozen
class Derived:
    """What follows from the answers to permuted rows: the metric, over `rows` rows, and the importances.

    `stability` is how far the repeats agree on the order of the features, None where that is not defined. `additive` is
    the number of rows whose SHAP values add up to what was released, None where there are none.
    """

    metric: str
    rows: int
    repeats: int
    baseline: float
    confidence: float
    features: tuple[FeatureImportance, ...]
    stability: float | None = None
    additive: int | None = None


@frozen
class Explained:
    """One piece of evidence, looked at: its level, why it has no higher one, and what to do.

    `is_refuted` says that what it says contradicts what was found, `is_undecided` that something was out of reach, and
    `rerun` how many answers the model gave again.
    """

    path: str
    place: Place
    level: Level
    reason: str = ""
    help: str = ""
    is_refuted: bool = False
    is_undecided: bool = False
    derived: Derived | None = None
    rerun: int | None = None

    def reaches(self, level: Level) -> bool:
        """Whether it is verified so far, and nothing contradicts it."""
        return not self.is_refuted and ORDER.index(self.level) >= ORDER.index(level)

    @property
    def says(self) -> str:
        """The file and its level."""
        parts = [f"{self.path}: {self.level}"]
        if self.derived and self.derived.additive is not None:
            parts.append("additive")
        return ", ".join(parts)
