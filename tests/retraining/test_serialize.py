"""Decisions from a file, which another job wrote: what a run takes from them has the form that --check writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import cases
from retraining.decided import decided

from mlops_gitops.retraining.serialize import decision_data, decisions_in


def _file(**changes: Any) -> bytes:
    return json.dumps({"version": 1, "decisions": [decision_data(decided()) | changes]}).encode()


def test_a_decision_is_read_as_it_was_written() -> None:
    assert decisions_in(_file()) == [decided()]


@cases("changes", [
    {"model": "../../elsewhere"}, {"model": 5}, {"commit": "--all"}, {"commit": "main"}, {"commit": None},
    {"decided": "soon"}, {"decided": 5}, {"window_end": "a: b"}, {"window_end": 5}, {"why": ["x"]}, {"why": "a\x1b[2J"},
    {"outcome": "perhaps"}, {"findings": [{}]}, {"cause": {"triggers": 5}},
])  # fmt: skip
def test_another_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decisions_in(_file(**changes))
