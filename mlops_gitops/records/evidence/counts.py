"""How many units of a target run what: the devices of a roster, or the documents and endpoints of a file target."""

from __future__ import annotations

from mlops_gitops.core.frozen import asdict, frozen


@frozen
class Counts:
    """Each unit counts once, as what its last report shows; those without a report are `silent`.

    `total` are the units that the waves have reached. `serving` run the release; `updating` are on their way; `old` run
    what was in force before, and `fallback` do so again after they ran the release; `other` run something else;
    `failed` say so, or show what the release must not do.
    """

    total: int
    serving: int = 0
    updating: int = 0
    old: int = 0
    fallback: int = 0
    other: int = 0
    failed: int = 0
    silent: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every unit is counted once."""
        parts = (self.serving, self.updating, self.old, self.fallback, self.other, self.failed, self.silent)
        return self.total == sum(parts) and min(parts) >= 0

    @property
    def broken(self) -> int:
        """The units that tried the release and do not run it."""
        return self.failed + self.fallback

    def words(self) -> str:
        """`95 of 100 serve it, 1 failed, 4 silent`."""
        rest = {name: count for name, count in asdict(self).items() if count and name not in ("total", "serving")}
        return ", ".join([f"{self.serving} of {self.total} serve it", *(f"{n} {name}" for name, n in rest.items())])


@frozen
class Beside:
    """What a report held beside the state of each unit.

    `lines` it had; `repeated` were about a unit that an earlier line was about; `strangers` about one that no roster
    has, `unreached` about one that no wave has reached, `unproven` without the signature that they need, and `untimely`
    signed before the wave was merged, before the last report, or in the future.
    """

    lines: int = 0
    repeated: int = 0
    strangers: int = 0
    unreached: int = 0
    unproven: int = 0
    untimely: int = 0
