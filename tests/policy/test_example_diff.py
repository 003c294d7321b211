"""An example as a small diff."""

from __future__ import annotations

import pytest

from mlops_gitops.policy.example_diff import example_diff
from mlops_gitops.policy.rule import Edit


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        ((Edit("a", "x: 1", "x: 2"),), ["@@ a", "-x: 1", "+x: 2"]),
        ((Edit("a", "x: 1\n", "\n"),), ["@@ a", "-x: 1"]),
        ((Edit("a", None, None),), ["@@ a (removed)"]),
        ((Edit("a", None, "x: 1\ny: 2\n"),), ["@@ a (new)", "+x: 1", "+y: 2"]),
        ((Edit("a", "1", "2", copy="b"),), ["@@ a, a copy of b with", "-1", "+2"]),
        ((Edit("a", "", "", copy="b"),), ["@@ a, a copy of b"]),
        ((Edit("a", "1", "2", copy="b"), Edit("a", "3", "4")), ["@@ a, a copy of b with", "-1", "+2", "-3", "+4"]),
    ],
)
def test_an_example_is_shown_as_a_diff(edits: tuple[Edit, ...], lines: list[str]) -> None:
    assert example_diff(edits) == lines
