"""What observers of controllers share: an object of a report found by name, its fields, and where it is by a commit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import join_names
from mlops_gitops.documents.foreign.field_path import Element, parse_field_path
from mlops_gitops.documents.foreign_json import quoted
from mlops_gitops.records.evidence.counts import Beside, Counts
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.rollout.observing.observer import Expected, Sighting
from mlops_gitops.rollout.observing.report import ReportFault

_COMMIT = re.compile("[0-9a-f]{40}(?:[0-9a-f]{24})?")


class State(StrEnum):
    """What a unit shows; the names are those of its count."""

    SERVING = "serving"
    UPDATING = "updating"
    OLD = "old"
    OTHER = "other"
    FAILED = "failed"


@frozen
class Unit:
    """One document or endpoint of a target: its state, why, and the share of the traffic that the release gets."""

    state: State
    why: str = ""
    traffic: float | None = None


def sighting(units: Sequence[Unit], objects: int) -> Sighting:
    """What some units show together; the traffic is that of the one which gets the most."""
    states = [unit.state for unit in units]
    counts = Counts(len(units), **{state.value: states.count(state) for state in State})
    shares = [unit.traffic for unit in units if unit.traffic is not None]
    if impossible := [share for share in shares if not 0 <= share <= 100]:
        raise ReportFault(f"invalid share of the traffic: {impossible[0]:g} %")
    worst = [unit.why for state in (State.FAILED, State.OTHER, State.UPDATING, State.OLD) for unit in units
             if unit.state is state and unit.why]  # fmt: skip
    return Sighting(counts, Beside(lines=objects), max(shares, default=None), why=(worst or [""])[0])


# ── objects of Kubernetes ──


@frozen
class Wanted:
    """One document of a target: how it is selected, and the fields that the release sets in it and set before."""

    select: Mapping[str, str]
    values: tuple[TargetValue, ...]
    before: tuple[TargetValue, ...]


def documents(expected: Expected, kind: str) -> list[Wanted]:
    """The documents of a target that may be of a kind. Raises ReportFault where it has none."""
    found: dict[tuple[object, ...], Wanted] = {}
    for value in expected.values:
        if value.select.get("kind", kind) == kind:
            key = (value.path, *sorted(value.select.items()))
            found[key] = Wanted(value.select, _those(expected.values, value), _those(expected.before, value))
    if not found:
        raise ReportFault(f"the target sets no {kind}, which is what {expected.observe.by} observes")
    return list(found.values())


def _those(values: Iterable[TargetValue], wanted: TargetValue) -> tuple[TargetValue, ...]:
    return tuple(value for value in values if (value.path, value.select) == (wanted.path, wanted.select))


def find_object(objects: Sequence[Mapping[str, Any]], kind: str, select: Mapping[str, str]) -> Mapping[str, Any]:
    """The one object of a kind with these fields. Raises ReportFault."""
    of_kind = [found for found in objects if found.get("kind") == kind]
    found = [each for each in of_kind if all(_selected(each, key) == value for key, value in select.items())]
    if len(found) == 1:
        return found[0]
    about = " ".join([kind, *(value for key, value in select.items() if key in ("name", "namespace"))])
    if found:
        raise ReportFault(f"it holds {len(found)} objects {about}: name its namespace")
    names = [_selected(each, "name") for each in of_kind] or [each.get("kind") for each in objects]
    listed = join_names([quoted(name) for name in dict.fromkeys(map(str, filter(None, names)))], 5)
    raise ReportFault(f"it holds no {about}: it has {listed or 'no object of Kubernetes'}")


def _selected(found: Mapping[str, Any], key: str) -> Any:
    return part(found, "metadata", key) if key in ("name", "namespace") else found.get(key)


def part(found: Any, *route: str) -> Any:
    """What lies at a route of keys; None where nothing does."""
    for key in route:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def number(found: Any, key: str) -> float:
    """A number from 0 on at a key; 0 where there is none. Raises ReportFault for anything else."""
    value = part(found, key)
    try:
        read = float(value) if type(value) in (int, float) else math.nan
    except OverflowError:
        read = math.inf
    if value is None:
        return 0.0
    if not 0 <= read < math.inf:
        raise ReportFault(f"invalid {key} {quoted(value)}: a share is a number from 0 on")
    return read


def is_current(found: Mapping[str, Any]) -> bool:
    """Whether the controller has seen the object as it is: its status is about the generation that there is."""
    generation, observed = part(found, "metadata", "generation"), part(found, "status", "observedGeneration")
    return isinstance(generation, int) and isinstance(observed, int) and observed >= generation


def condition(found: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of a type; empty where there is none."""
    conditions = part(found, "status", "conditions")
    listed = [each for each in conditions if isinstance(each, Mapping)] if isinstance(conditions, list) else []
    return next((each for each in listed if each.get("type") == kind), {})


def version(found: Mapping[str, Any], wanted: Wanted) -> State:
    """Which release the fields of an object name: SERVING for the one on its way, OLD for the one before it."""
    if all(_says(found, value) for value in wanted.values):
        return State.SERVING
    return State.OLD if wanted.before and all(_says(found, value) for value in wanted.before) else State.OTHER


def other_version(found: Mapping[str, Any], wanted: Wanted) -> str:
    """What an object says in place of what the record set."""
    wrong = next(value for value in wanted.values if not _says(found, value))
    return f"{wrong.field} is {quoted(_field(found, wrong.field))}, and the record sets {quoted(wrong.value)}"


def _says(found: Mapping[str, Any], value: TargetValue) -> bool:
    said = _field(found, value.field)
    return isinstance(said, str | int | float) and not isinstance(said, bool) and str(said) == value.value


def _field(found: Any, path: str) -> Any:
    for step in parse_field_path(path):
        if isinstance(step, Element):
            items = found if isinstance(found, list) else []
            named = (item for item in items if isinstance(item, Mapping))
            found = next((item for item in named if str(item.get(step.key)) == step.value), None)
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


# ── commits ──


def commit_state(revision: Any, expected: Expected) -> State:
    """Where a controller is by the commit that it has applied."""
    commit = commit_of(revision)
    if commit in expected.commits:
        return State.SERVING
    return State.OLD if commit in expected.earlier else State.OTHER


def commit_of(revision: Any) -> str:
    """The commit in a revision such as `main@sha1:…`; "" where there is none."""
    found = _COMMIT.findall(revision) if isinstance(revision, str) else []
    return str(found[-1]) if found else ""
