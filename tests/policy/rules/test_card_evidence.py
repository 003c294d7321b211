"""card-evidence: each piece has an id of its own."""

from __future__ import annotations

import sample
from messages import lacking

from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.card_evidence import RULE

CARD = "models/churn/README.md"


def _evidence(*ids: str) -> Edit:
    pinned = f"path: data/holdout.csv, md5: '{'d' * 32}'"
    pieces = ", ".join(f"{{id: {id}, type: evaluation, {pinned}}}" for id in ids)
    return Edit(CARD, "  limitations:", f"  evidence: [{pieces}]\n  limitations:")


def test_an_id_that_two_pieces_share_is_found_at_both() -> None:
    context = sample.context(sample.edited((_evidence("first", "other", "first"),)))
    found = list(RULE.check(context))
    assert len({(finding.span.line, finding.span.column) for finding in found}) == 2
    assert all(finding.span.path == CARD and not lacking(finding.message, "'first'", "twice") for finding in found)
    assert not list(RULE.check(sample.context(sample.edited((_evidence("first", "other"),)))))
