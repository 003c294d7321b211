"""The importance of features: numbers that cannot be weighed are refused, and never count as nothing."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.retraining.evidence.explanation import importances


def _file(*numbers: str) -> bytes:
    listed = ", ".join(f'{{"name": "f{n}", "importance": {number}}}' for n, number in enumerate(numbers))
    return f'{{"features": [{listed}]}}'.encode()


def test_what_a_permutation_made_better_counts_for_nothing() -> None:
    assert importances(_file("0.25", "-1", "2")) == {"f0": 0.25, "f1": 0.0, "f2": 2.0}


@cases("numbers, fact", [
    (["1" + "0" * 400], "'f0' is not a finite number"), (["-1" + "0" * 400, "1"], "'f0' is not a finite number"),
    (["1e308", "1e308"], "too large to add up"), (["0", "-1"], "any importance"), (["true"], "as in"),
])  # fmt: skip
def test_numbers_that_cannot_be_weighed(numbers: list[str], fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        importances(_file(*numbers))
