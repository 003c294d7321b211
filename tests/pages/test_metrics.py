"""docs/reference/metrics.md: every metric."""

from __future__ import annotations

import re

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.scikit_learn import TAKES, TURNED
from pages.contents import text_of

OWN = [metric.id for metric in lookup.own_metrics()]
FAMILIES = {"f_beta": "f_beta:2", "pinball": "pinball:0.9"}
LIBRARY = sorted([*TAKES, *TURNED])


def test_each_metric_has_a_section_or_a_row() -> None:
    text = text_of("reference/metrics.md")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == re.findall(r"\]\(#(\w+)\)", text) == OWN
    assert [name for name in re.findall(r"`([a-z_0-9:.]+)`\]\(#", text) if ":" in name] == list(FAMILIES.values())
    assert re.findall(r"`sklearn:(\w+)`\]\(https", text) == LIBRARY
