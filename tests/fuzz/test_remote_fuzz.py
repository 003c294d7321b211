"""Whatever a remote sends is read or refused in one plain way, never by a crash or a hang.

25 inputs of each kind run with every test; `make soak` tries 5,000 of each.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from cases import cases
from fuzz.remote_inputs import ANSWERS, TARGETS, hub_readers, raw
from fuzz.test_fuzz import SETTINGS
from fuzz.way import alarm
from hypothesis import Phase, given, settings

from mlops_gitops.core.errors import Error

EACH = 5_000


def _tried(name: str, count: int) -> int:
    target = TARGETS[name]
    tried = 0

    @settings(SETTINGS, max_examples=count, phases=(Phase.generate, Phase.shrink))
    @given(raw(target.examples))
    def go(data: bytes) -> None:
        nonlocal tried
        tried += 1
        with alarm(30), suppress(*target.refusals):
            target.go(data)

    go()
    return tried


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_remote_sends_is_answered(name: str) -> None:
    assert _tried(name, 25)


def test_what_is_changed_is_an_answer_that_is_read() -> None:
    """Else each change of it is refused for one reason, and nothing behind that is tried."""
    assert all(read() for read in hub_readers(ANSWERS))


ONCE = [
    {"commits": [{**ANSWERS["commits"][0], "parents": None}] * 2},
    {"commit": {"sha": "a" * 40, "files": [None]}},
    {"pull": {**ANSWERS["pull"], "labels": None}},
    {"pull": {**ANSWERS["pull"], "commits": "2"}},
    {"graphql": {"data": {"repository": None}}},
    {"events": [{"event": "base_ref_changed", "created_at": "yesterday"}] * 2},
]


@cases("odd", ONCE)
def test_what_once_ended_in_a_traceback_is_refused(odd: dict[str, Any]) -> None:
    refused = []
    for read in hub_readers({**ANSWERS, **odd}):
        try:
            read()
        except Error as error:
            refused.append(error)
    assert refused


def test_a_label_is_an_object_or_its_name() -> None:
    pull = ANSWERS["pull"]
    assert all(read() for read in hub_readers({**ANSWERS, "pull": {**pull, "labels": ["mlops-gitops"]}}))


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_soak(name: str, record_property: Any) -> None:
    record_property("tried", tried := _tried(name, EACH))
    assert tried >= EACH
