"""SECURITY.md: each attack it tells of has its test."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parent.parent
PAGE = (TOP / "SECURITY.md").read_text()


def test_every_attack_names_a_test_that_there_is() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| attempt")]
    named = re.findall(r"`(tests/[a-z_/]+\.py)`\s+`(test_\w+)`", PAGE)
    assert len(rows) > 20 and all("`test_" in row for row in rows) and len(named) > len(rows)
    for path, name in named:
        assert f"\ndef {name}(" in (TOP / path).read_text(), f"{path} has no {name}"
    assert len(named) == PAGE.count("`test_")


def test_it_is_linked_and_its_links_lead_somewhere() -> None:
    assert "(SECURITY.md)" in (TOP / "README.md").read_text()
    assert all((TOP / path).exists() for path in re.findall(r"\]\(([^)#]+)\)", PAGE))
