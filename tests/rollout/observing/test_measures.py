"""Numbers that come along with a report: what is no number is refused by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import cases

from mlops_gitops.records.evidence.observation import Measure
from mlops_gitops.rollout.observing.measures import read_measures


def test_hits_of_rows_and_values() -> None:
    text = b'{"errors": {"hits": 0, "rows": 9000}, "latency": {"value": 180.5}, "queue": {"value": 3}}'
    assert read_measures(text) == (
        Measure("errors", 0, 9000),
        Measure("latency", value=180.5),
        Measure("queue", value=3),
    )


@cases("value, fact", [
    ({"hits": 10, "rows": 9}, "10 hits in 9 rows"), ({"hits": -1, "rows": 9}, "-1 hits"),
    ({"hits": 0, "rows": 0}, "0 rows"), ({"hits": True, "rows": 9}, "true hits"),
    ({"hits": 1.0, "rows": 9}, "1.0 hits"), ({"hits": 1, "rows": 2**53}, "rows"),
    ({"hits": 1}, "errors is"), ({"hits": 1, "rows": 2, "value": 3}, "errors is"), ({"value": "3"}, "errors is"),
    ({}, "errors is"), ([1], "errors is"), ("3", "errors is"), (True, "errors is true"), (None, "errors is null"),
    (180.5, "errors is 180.5"), ({"value": 2**53}, "errors is"),
])  # fmt: skip
def test_what_is_no_number(value: Any, fact: str) -> None:
    with pytest.raises(ValueError, match="errors") as raised:
        read_measures(json.dumps({"errors": value}).encode())
    assert fact in str(raised.value)


@cases(
    "text",
    [b"[]", b"{}", b"3", b"", b'{"e": 1, "e": 2}', b'{"e": NaN}', b'{"e": 1e999}', b'{"e f": 1}', b'{"../e": 1}'],
)
def test_what_is_not_an_object_of_names(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_measures(text)


def test_more_names_than_a_report_may_hold() -> None:
    with pytest.raises(ValueError, match="100"):
        read_measures(json.dumps({f"e{number}": 1 for number in range(101)}).encode())
