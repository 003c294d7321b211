"""What a draft says of measured numbers: the check of claims agrees with every one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gitops.cards.claimed_metrics import agrees, read_claims
from mlops_gitops.documents.read_document import parse
from mlops_gitops.onboarding.card_facts import rounded


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_measured_agrees_with_what_is_written(value: float) -> None:
    result = f"{{task: {{type: t}}, dataset: {{type: d, name: D}}, metrics: [{{type: auc, value: {rounded(value)}}}]}}"
    text = f"---\nmodel-index: [{{name: m, results: [{result}]}}]\n---\n"
    assert [agrees(claim, value) for claim in read_claims(parse("x.md", text.encode()))] == [True]


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.91234567, "0.9123"), (0.9, "0.9000"), (0.0, "0.0000"), (1.0, "1.000"), (12345.678, "12346"), (-2.5, "-2.500")],
)
def test_four_digits_and_never_less_than_whole(value: float, written: str) -> None:
    assert rounded(value) == written
