"""The lines that devices of a roster report, one JSON object each: what each of them runs, by digest.

`{"device": "till-17", "release": "1.4.0", "sha256": "…", "state": "serving", "at": "…"}`, with `md5` in place of
`sha256` where the release has no other, and with `signature` where the roster has keys. The digest decides, and not
what a device calls its release; of two lines about a device the later one counts. `at`, its clock, says of a signed
line alone whether it can be about this wave and has not counted yet, so that nobody hands in what they kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.foreign_json import quoted
from mlops_gitops.records.evidence.counts import Beside, Counts
from mlops_gitops.records.evidence.trust import BYTES
from mlops_gitops.rollout.observing.observer import Expected, Fleet, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report, ReportFault
from mlops_gitops.rollout.observing.signatures import SIGNATURE, is_signed

EXAMPLE = '{"device": "till-17", "release": "1.4.0", "sha256": "…", "state": "serving", "at": "2026-01-08T10:00:00Z"}'
_STATES = ("serving", "updating", "failed")
_TEXTS = ("device", "release", "state", "at")
_KEYS = frozenset((*_TEXTS, "sha256", "md5", SIGNATURE))


def read(report: Report, expected: Expected) -> Sighting:
    """The last state of each device. Its memory is that of the roster, however many lines there are."""
    fleet = expected.fleet
    if fleet is None:
        raise ReportFault("the target has no roster")
    reader, number = _Reader(fleet), 0
    for number, line in enumerate(report.lines(), 1):
        try:
            reader.take(_line(line))
        except ValueError as error:
            raise ReportFault(str(error), number) from error
    if number and reader.beside["strangers"] == number:
        raise ReportFault(f"none of its {number:,} lines is about a device of the roster: it is of another fleet")
    return Sighting(reader.counts(), Beside(number, **reader.beside), proof=BYTES, is_signed=fleet.is_signing)


class _Reader:
    """What was read so far: the last state of each device that the waves have reached."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._last: dict[str, str] = {}
        self._has_served: set[str] = set()
        self.beside: Counter[str] = Counter()

    def take(self, line: Mapping[str, Any]) -> None:
        """Counts one line."""
        device = line["device"]
        key = self._fleet.reached.get(device)
        if key is None:
            self.beside["unreached" if device in self._fleet.others else "strangers"] += 1
        elif key and not is_signed(line, key):
            self.beside["unproven"] += 1
        elif key and not self._is_timely(line):
            self.beside["untimely"] += 1
        else:
            if device in self._last:
                self.beside["repeated"] += 1
            self._last[device] = self._state(device, line)

    def _is_timely(self, line: Mapping[str, Any]) -> bool:
        said = datetime.fromisoformat(line["at"])
        at = said if said.tzinfo else said.replace(tzinfo=UTC)
        since, until = self._fleet.since, self._fleet.until
        return (since is None or since < at) and (until is None or at <= until)

    def _state(self, device: str, line: Mapping[str, Any]) -> str:
        digest, state = line.get("sha256") or line["md5"], line["state"]
        if digest in self._fleet.wanted:
            if state == "serving":
                self._has_served.add(device)
            return str(state)
        if digest in self._fleet.before:
            # What it says of its state is about what it runs: one that updates is still on its way.
            return "fallback" if device in self._has_served else "old" if state == "serving" else str(state)
        return "failed" if state == "failed" else "other"

    def counts(self) -> Counts:
        """How many devices are in each state."""
        total = len(self._fleet.reached)
        return Counts(total, silent=total - len(self._last), **Counter(self._last.values()))


def _line(data: bytes) -> dict[str, Any]:
    """One line. Raises ValueError."""
    line = _parsed(data)
    if not _is_sound(line):
        raise ValueError(_fault(line))
    if data.count(b'"') != 4 * len(line):  # more quotes than its keys and texts need: an escape, or a key twice
        _parsed(data, foreign_json.without_repeats)
    return line  # type: ignore[no-any-return]


def _parsed(data: bytes, hook: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    try:
        return json.loads(data, object_pairs_hook=hook)
    except foreign_json.RepeatedKey:
        raise
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"{quoted(data[:200])} is not JSON") from error


def _is_sound(line: Any) -> bool:
    """Whether a line has the keys and values that it may: in one go, since a report may have a million of them."""
    return (
        type(line) is dict
        and line.keys() <= _KEYS
        and line.get("state") in _STATES
        and type(line.get("device")) is str
        and type(line.get("release")) is str
        and type(line.get(SIGNATURE, "")) is str
        and ("sha256" in line) != ("md5" in line)
        and type(line.get("sha256") or line.get("md5")) is str
        and _is_time(line.get("at"))
    )


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _fault(line: Any) -> str:
    """What is wrong with a line, in a sentence."""
    if not isinstance(line, dict):
        return f"{quoted(line)} is not a JSON object"
    for name in _TEXTS:
        if not isinstance(line.get(name), str):
            return f"its {name} is {quoted(line.get(name))}, and it is a text"
    if line["state"] not in _STATES:
        return f"its state is {quoted(line['state'])}, and there are {', '.join(_STATES)}"
    if not line.keys() <= _KEYS:
        return f"unknown key {quoted(min(line.keys() - _KEYS))}"
    if not isinstance(line.get(SIGNATURE, ""), str):
        return f"its {SIGNATURE} is {quoted(line[SIGNATURE])}, and it is a text"
    if not _is_time(line["at"]):
        return f"invalid time {quoted(line['at'])} at 'at': write 2026-01-08T10:00:00Z"
    return "it needs a sha256, or an md5 in place of it: the digest of what the device runs"


OBSERVER = Observer("devices", __doc__, f"a line is {EXAMPLE}", read)
