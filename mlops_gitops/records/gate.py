"""The gate of a KPI in kpis.yaml: the conditions that a value must meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen


@frozen
class Change:
    """By how much a value may be worse, or must be better, than that of the baseline environment on the same rows.

    `unpaired` is the share of either file's rows that the other may lack.
    """

    baseline: str
    by: float
    unpaired: float = 0.0

    def to_data(self) -> dict[str, Any]:
        """As kpis.yaml writes it, with what is left out there."""
        return {"baseline": self.baseline, "by": self.by} | ({"unpaired": self.unpaired} if self.unpaired else {})


@frozen
class Conditions:
    """What a value must reach: as a number, and beside the baseline's."""

    at_least: float | None = None
    at_most: float | None = None
    no_worse_than: Change | None = None
    better_than: Change | None = None

    @property
    def any(self) -> bool:
        """Whether there is any condition."""
        return self != Conditions()

    @property
    def change(self) -> Change | None:
        """The condition on the change, of which there is one baseline."""
        return self.no_worse_than or self.better_than

    @property
    def unpaired(self) -> float:
        """The share of rows without a partner that every condition on the change allows."""
        return min((change.unpaired for change in (self.no_worse_than, self.better_than) if change), default=0.0)

    def to_data(self) -> dict[str, Any]:
        """As kpis.yaml writes them."""
        changes = {name: getattr(self, name) for name in ("no_worse_than", "better_than")}
        bounds = {name: getattr(self, name) for name in ("at_least", "at_most")}
        return _given(bounds | {name: change.to_data() for name, change in changes.items() if change})


@frozen
class Slices:
    """What each group of rows must reach: those that agree in all columns of `by`.

    Without conditions of its own a group must meet the gate's. `require` is proven or not_refuted; `too_small` says
    what a group with fewer than `min_samples` rows is: inconclusive, or only reported.
    """

    by: tuple[str, ...]
    min_samples: int
    conditions: Conditions
    require: str = "proven"
    too_small: str = "inconclusive"
    max_gap: float | None = None
    min_ratio: float | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether it has conditions of its own."""
        return self.conditions.any or self.max_gap is not None or self.min_ratio is not None

    def to_data(self) -> dict[str, Any]:
        """As kpis.yaml writes them, with what is left out there."""
        how = {"by": list(self.by), "min_samples": self.min_samples, "require": self.require}
        how |= {"too_small": self.too_small} if self.too_small != "inconclusive" else {}
        return how | self.conditions.to_data() | _given({"max_gap": self.max_gap, "min_ratio": self.min_ratio})


@frozen
class Gate:
    """The conditions a KPI must meet. With `confidence`, bounds decide; without, the measured value."""

    at_least: float | None = None
    at_most: float | None = None
    no_worse_than: Change | None = None
    better_than: Change | None = None
    confidence: float | None = None
    slices: Slices | None = None
    on_fail: str = "block"
    runbook: str = ""
    accept_roles: tuple[str, ...] = ()

    @property
    def whole(self) -> Conditions:
        """What all rows together must reach."""
        return Conditions(self.at_least, self.at_most, self.no_worse_than, self.better_than)

    @property
    def grouped(self) -> Conditions:
        """What each group of rows must reach."""
        if self.slices is None:
            return Conditions()
        return self.slices.conditions if self.slices.has_conditions else self.whole

    @property
    def change(self) -> Change | None:
        """What the gate compares with its baseline, all rows or groups of them."""
        return self.whole.change or self.grouped.change

    def changes(self) -> Iterator[tuple[tuple[str, ...], Change]]:
        """Every condition on a change, and where it is written."""
        parts = (((), self.whole), *(((("slices",), self.slices.conditions),) if self.slices else ()))
        for route, conditions in parts:
            for name in ("no_worse_than", "better_than"):
                if (change := getattr(conditions, name)) is not None:
                    yield (*route, name), change

    @property
    def alpha(self) -> float | None:
        """How often a one-sided bound may be wrong."""
        return None if self.confidence is None else 1 - self.confidence

    def conditions(self) -> dict[str, Any]:
        """The conditions as kpis.yaml writes them."""
        rest = {"confidence": self.confidence, "slices": self.slices.to_data() if self.slices else None}
        return self.whole.to_data() | _given(rest)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _change(data: Mapping[str, Any] | None) -> Change | None:
    return Change(data["baseline"], data.get("by", 0.0), data.get("unpaired", 0.0)) if data else None


def _conditions(data: Mapping[str, Any]) -> Conditions:
    changes = (_change(data.get("no_worse_than")), _change(data.get("better_than")))
    return Conditions(data.get("at_least"), data.get("at_most"), *changes)


def _slices(data: Mapping[str, Any] | None) -> Slices | None:
    if data is None:
        return None
    rest = {key: data[key] for key in ("require", "too_small", "max_gap", "min_ratio") if key in data}
    return Slices(tuple(data["by"]), data["min_samples"], _conditions(data), **rest)


def read_gate(data: Mapping[str, Any]) -> Gate:
    """The gate of a valid entry of `kpis`."""
    conditions = _conditions(data)
    return Gate(
        conditions.at_least,
        conditions.at_most,
        conditions.no_worse_than,
        conditions.better_than,
        data.get("confidence"),
        _slices(data.get("slices")),
        data.get("on_fail", "block"),
        data.get("runbook", ""),
        tuple(data.get("accept", {}).get("roles", ())),
    )
