"""Promotion records: the keys that only some actions have, each at its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import cases
from messages import lacking
from rolling import PLANNED

from mlops_gitops.documents.kind import WrongValue
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import promotion

PATH = "promotions/staging/churn/0001.json"
WAVE = {"wave": "canary"}
PLAN = {"rollout": "sha256:" + "1" * 64}
ASKED = {"approvals": {"operations": 1}}


def _read(**changes: Any) -> promotion.Promotion:
    data = json.loads(PLANNED[PATH])
    data["predicate"] |= {"replaces": "0.9.0"} | changes
    return promotion.read(parse(PATH, json.dumps(data).encode()))


def test_each_action_with_the_keys_it_must_have() -> None:
    assert _read().in_force == _read(action="settle").in_force == "1.0.0"
    for wave in (_read(action="open", **WAVE, **PLAN), _read(action="advance", **WAVE, **ASKED)):
        assert wave.in_force == "0.9.0" and wave.rolling is not None and wave.rolling.wave == "canary"


def test_the_first_rollout_leaves_nothing_in_force_and_so_does_its_stop() -> None:
    first, stop = _read(action="open", **WAVE, **PLAN, replaces=None), _read(action="stop", replaces="1.0.0")
    assert (first.in_force, stop.in_force, stop.rolling) == (None, None, None)


@cases("changes, key, route", [
    ({"action": "promote", **WAVE}, "wave", ("predicate", "wave")),
    ({"action": "open", **WAVE}, "rollout", ("predicate", "action")),
    ({"action": "advance", **WAVE}, "approvals", ("predicate", "action")),
    ({"action": "settle", **ASKED}, "approvals", ("predicate", "approvals")),
    ({"action": "stop", **WAVE}, "wave", ("predicate", "wave")),
])  # fmt: skip
def test_a_key_that_an_action_lacks_or_cannot_have(changes: dict[str, Any], key: str, route: tuple[str, ...]) -> None:
    with pytest.raises(WrongValue) as raised:
        _read(**changes)
    assert raised.value.route == route and not lacking(str(raised.value), key)
