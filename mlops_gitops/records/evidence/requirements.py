"""What a wave asks of its targets before it is over: how many serve, how few failed, by when, and numbers' limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.duration import duration


@frozen
class Require:
    """What the devices of a wave's rosters must show.

    `serving` is the least share that runs the release, and `failed` the most that failed: a count, or a share of them.
    `within` is how long after its merge the wave may take to get there; None for any time.
    """

    serving: Fraction = Fraction(1)
    failed: int | Fraction = 0
    within: timedelta | None = None

    def most_failed(self, total: int) -> int:
        """The most of `total` devices that may have failed."""
        return self.failed if isinstance(self.failed, int) else int(self.failed * total)

    def is_served(self, serving: int, total: int) -> bool:
        """Whether enough of them run the release."""
        return serving >= self.serving * total


@frozen
class WaveWatch:
    """A number about the release, and its limits: a `rate` of rows, which has bounds, or a `value`, which has none."""

    name: str
    is_rate: bool
    at_least: float | None = None
    at_most: float | None = None


def read_require(data: Mapping[str, Any]) -> Require:
    """What `require:` of a wave says."""
    failed = data.get("failed", 0)
    return Require(
        _share(data["serving"]) if "serving" in data else Fraction(1),
        _share(failed) if isinstance(failed, str) else int(failed),
        duration(data["within"]) if "within" in data else None,
    )


def _share(text: str) -> Fraction:
    """The share of a text such as `95 %`, which the schema accepts."""
    return Fraction(text.removesuffix("%").strip()) / 100


def read_watches(data: Sequence[Mapping[str, Any]]) -> tuple[WaveWatch, ...]:
    """What `watches:` of a wave says."""
    return tuple(WaveWatch(watch["name"], "rate" in watch, **(watch.get("rate") or watch["value"])) for watch in data)


def watch_faults(watches: Sequence[WaveWatch]) -> Iterator[str]:
    """What is wrong with the watches of a wave, in half a sentence each."""
    names = [watch.name for watch in watches]
    yield from (f"watches {name} twice" for name in sorted(set(names)) if names.count(name) > 1)
    for watch in watches:
        limits = (watch.at_least, watch.at_most)
        if watch.is_rate and any(limit is not None and not 0 <= limit <= 1 for limit in limits):
            yield f"watches the rate {watch.name}, whose limits are shares from 0 to 1"
