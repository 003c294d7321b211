"""What two releases of a model pin differently: files, data, parameters, card and lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.card import Card
from mlops_gitops.records.release import Pin, Release

COLUMNS = ("part", "name", "before", "after")
_NONE = "—"


@frozen
class Details:
    """What a manifest pins by digest alone, where it could be read: the parameters of its stage, and its card."""

    params: Mapping[str, Any] | None = None
    card: Card | None = None


UNKNOWN = Details()


@frozen
class Difference:
    """One thing that differs; None where a release lacks it. A digest is whole."""

    part: str
    name: str
    before: str | None
    after: str | None

    def row(self) -> tuple[str, ...]:
        """The difference in the columns of COLUMNS, digests cut short."""
        return self.part, self.name, _short(self.before), _short(self.after)

    def to_json(self) -> dict[str, Any]:
        """The difference as data."""
        return {"part": self.part, "name": self.name, "before": self.before, "after": self.after}


def differences(old: Release, new: Release, before: Details = UNKNOWN, after: Details = UNKNOWN) -> list[Difference]:
    """What differs between two releases, in the order of the manifest.

    Where the details of both are known, parameters are compared value by value and the card answer by answer, else by
    their digests.
    """
    was, now = _parts(old, before, after), _parts(new, after, before)
    return [
        Difference(part, name, was[part].get(name), now[part].get(name))
        for part in was
        for name in dict.fromkeys((*was[part], *now[part]))
        if was[part].get(name) != now[part].get(name)
    ]


def _parts(release: Release, own: Details, other: Details) -> dict[str, dict[str, str]]:
    lineage, live = release.lineage, release.live
    return {
        "artifact": _digests(release.artifacts),
        "evaluation": {name: f"{pin.path} {_digest(pin)}" for name, pin in release.evaluation.items()},
        "live window": {f"{each.start} to {each.end}": each.scored for each in (live.windows if live else ())},
        "parameter": _params(release, own, other),
        "dependency": {path: f"md5:{md5}" for path, md5 in (lineage.deps if lineage else {}).items()},
        "lineage": {"stage": f"{lineage.lock}:{lineage.stage}"} if lineage else {},
        "card": _card(release, own, other),
        "KPIs": _digests((release.kpis,)),
        "profile": _digests((release.profile,)) if release.profile else {},
    }


def _params(release: Release, own: Details, other: Details) -> dict[str, str]:
    if own.params is not None and other.params is not None:
        return {
            f"{file}:{name}": json.dumps(value, ensure_ascii=False, sort_keys=True)
            for file, values in own.params.items()
            for name, value in (values.items() if isinstance(values, dict) else ())
        }
    digest = release.lineage.params_sha256 if release.lineage else None
    return {"all": f"sha256:{digest}"} if digest else {}


def _card(release: Release, own: Details, other: Details) -> dict[str, str]:
    found = _digests((release.card,))
    return found if own.card is None or other.card is None else own.card.answers() | found


def _digests(pins: tuple[Pin, ...]) -> dict[str, str]:
    return {pin.path: _digest(pin) for pin in pins}


def _digest(pin: Pin) -> str:
    return f"md5:{pin.md5}" if pin.md5 else f"git:{pin.git_blob}" if pin.git_blob else f"sha256:{pin.sha256}"


def _short(value: str | None) -> str:
    if value is None:
        return _NONE
    head, colon, digest = value.rpartition(":")
    is_digest = colon and len(digest) >= 32 and set(digest) <= set("0123456789abcdef.dir")
    return f"{head}:{digest[:12]}…" if is_digest else value
