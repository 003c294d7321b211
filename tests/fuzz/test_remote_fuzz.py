"""Whatever a remote sends is read or refused in one plain way, never by a crash or a hang.

25 inputs of each kind run with every test; `make soak` tries 5,000 of each.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from fuzz.remote_inputs import TARGETS, raw
from fuzz.test_fuzz import SETTINGS
from fuzz.way import alarm
from hypothesis import Phase, given, settings

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


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_soak(name: str, record_property: Any) -> None:
    record_property("tried", tried := _tried(name, EACH))
    assert tried >= EACH
