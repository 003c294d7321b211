"""Any bytes at any place of a repository: an answer, never a crash, a hang or a place that is not there.

100 inputs from a fixed seed run with every test, and 25 changes of each schema's examples; `make soak` tries 100,000.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from fuzz.inputs import INPUTS, changed
from fuzz.way import alarm, go
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mlops_gitops.documents import schema_validation
from mlops_gitops.repository.snapshot import KINDS

SHARDS, EACH = 20, 5_000
SETTINGS = settings(
    derandomize=True,
    deadline=None,  # the alarm is what bounds an input's time
    database=None,
    suppress_health_check=list(HealthCheck),
)


@settings(SETTINGS, max_examples=100)
@given(INPUTS)
def test_any_input_is_answered(given_input: tuple[str, bytes]) -> None:
    with alarm(10):
        go(*given_input)


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
def test_soak(shard: int, record_property: Any) -> None:
    tried = 0

    @seed(shard)
    @settings(SETTINGS, derandomize=False, max_examples=EACH, phases=(Phase.generate, Phase.shrink))
    @given(INPUTS)
    def one(given_input: tuple[str, bytes]) -> None:
        nonlocal tried
        tried += 1
        with alarm(20):
            go(*given_input)

    try:
        one()
    finally:
        record_property("tried", tried)
    assert tried >= EACH


@pytest.mark.parametrize("name", sorted(kind.schema for kind in KINDS))
def test_both_validators_agree_on_any_change_of_the_examples(name: str) -> None:
    fast = jsonschema_rs.validator_for(schema_validation.schema(name), validate_formats=False)
    slow = schema_validation.reference_validator(name)
    examples = schema_validation.schema(name)["examples"]

    @settings(SETTINGS, max_examples=25)
    @given(st.sampled_from(examples).flatmap(changed))
    def agree(value: Any) -> None:
        assert fast.is_valid(value) == slow.is_valid(value)

    agree()
