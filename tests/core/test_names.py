"""Names: schemas, GTO and Git agree with the one definition."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

from cases import cases

from mlops_gitops.core import names
from mlops_gitops.documents.schema_validation import schema

MODELS = ["churn", "my_model", "Churn", "v2", "A", "a-b_C", "m" * 63]
SCHEMAS = (
    "project",
    "card",
    "kpis",
    "monitoring",
    "release",
    "desired-state",
    "promotion",
    "decision",
    "monitoring-record",
    "retraining",
    "retraining-record",
)


@cases("name", MODELS)
def test_gto_and_git_take_every_name_of_a_model(name: str) -> None:
    from gto.constants import assert_name_is_valid, tag_re  # a second that only the process of this test spends

    assert names.is_model(name)
    assert_name_is_valid(name)
    for tag in (f"{name}@v1.0.0", f"{name}#production#7"):
        assert tag_re.fullmatch(tag)
        subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=True)
    subprocess.run(["git", "check-ref-format", f"refs/heads/promote/production/{name}/0001-1.0.0"], check=True)


@cases("name", ["", "_x", "x_", "-x", "x-", "v1.0", "two words", "é", "a/b", "m" * 64, "x.lock", "x@v1", "x#1"])
def test_what_no_model_can_be_called(name: str) -> None:
    assert not names.is_model(name)
    near = names.nearest_model(name)
    assert not near or names.is_model(near)


@cases("text, name", [("v1.0", "v1-0"), ("two words", "two-words"), ("_My_Model_", "My_Model"), ("é", "")])
def test_the_nearest_name_keeps_the_letters(text: str, name: str) -> None:
    assert names.nearest_model(text) == name


@cases("name", SCHEMAS)
def test_schemas_hold_the_same_form(name: str) -> None:
    for key, pattern in _patterns(schema(name)):
        if key == "model":
            assert pattern == f"^{names.MODEL}$"
        elif re.search(pattern, "a-b") and re.search(pattern, "b") and not re.search(pattern, "a-"):
            ours = pattern.startswith((f"^{names.NAME}", f"^{names.MODEL}$"))
            assert ours or re.search(pattern, "A.b"), (key, pattern)


def _patterns(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield key, node["pattern"]
        for name, inner in node.items():
            yield from _patterns(inner, name)
    elif isinstance(node, list):
        for inner in node:
            yield from _patterns(inner, key)
