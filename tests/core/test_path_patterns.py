"""Patterns of paths, also those that a pull request brings to make a check take long."""

from __future__ import annotations

import re

from cases import cases

from mlops_gitops.core.path_patterns import regular_expression


def _matches(pattern: str, path: str) -> bool:
    return re.fullmatch(regular_expression(pattern), path) is not None


@cases(
    "pattern, matching, other",
    [
        ("*.pkl", "a.pkl", "a/b.pkl"),
        ("a*b*c", "aXbXbc", "aXcXb"),
        ("a/*b", "a/bab", "a/b/ab"),
        ("**/c", "a/b/c", "a/b/xc"),
        ("a/**", "a/b/c", "a"),
        ("a/**/b/**/c", "a/b/x/b/c", "a/x/c"),
        ("a/**/*b/c", "a/xb/b/c", "a/xb/b"),
        ("**/*", "a/b", "a/\n/"),
        ("[ab]?", "ax", "cx"),
    ],
)
def test_a_pattern_means_what_git_says(pattern: str, matching: str, other: str) -> None:
    assert _matches(pattern, matching) and not _matches(pattern, other)


def test_no_pattern_takes_long() -> None:
    assert not _matches("*a" * 40 + "b", "a" * 1000)
    assert not _matches("**/*a*a/" * 20 + "b", "aaaa/" * 200 + "c")
