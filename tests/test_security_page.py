"""SECURITY.md: each attack it tells of has its test, and each thing that it says is protected has its attacks."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parent.parent
PAGE = (TOP / "SECURITY.md").read_text()
TEST = re.compile(r"`(tests/[a-z_/]+\.py)`\s+`(test_\w+)`")
ATTACKERS = ("fork", "writer", "data remote", "cache", "user of the machine", "requester", "pipeline", "dependency")


def _section(title: str) -> str:
    """The text below a heading of the second level."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _tables() -> dict[str, list[list[str]]]:
    """The cells of each row, by the attacker whose table it is in."""
    parts = re.split(r"(?m)^### (.+)$", _section("Who attacks, what they reach, and what stops it"))
    return {title: _rows(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, rule, *rows = lines
    assert (head, set(rule)) == ("| attempt | on | what stops it | test |", set("|-"))
    return [line.strip("| ").split(" | ") for line in rows]


def _claims() -> dict[str, str]:
    """What is protected, by the word that the tables call it."""
    return dict(re.findall(r"(?m)^- \*\*(\w+)\*\*: (.+)$", _section("What is protected")))


def test_every_attack_names_a_test_that_there_is() -> None:
    for attacker, rows in _tables().items():
        for cells in rows:
            assert len(cells) == 4 and all(cells), (attacker, cells)
            assert TEST.sub("", cells[3]).strip(", ") == "" and TEST.search(cells[3]), f"{attacker}: {cells[0]}"
    named = TEST.findall(PAGE)
    assert len(named) == PAGE.count("`test_")
    for path, name in named:
        assert f"\ndef {name}(" in (TOP / path).read_text(), f"{path} has no {name}"


def test_every_claim_of_the_page_has_a_row_and_every_row_a_claim() -> None:
    claims, tables = _claims(), _tables()
    section = [line for line in _section("What is protected").splitlines() if line.startswith("- ")]
    assert len(claims) == len(section) > 4, "each claim begins with the word that the tables call it"
    assert {cells[1] for rows in tables.values() for cells in rows} == set(claims)


def test_every_attacker_has_a_table_and_no_attempt_is_there_twice() -> None:
    tables = _tables()
    for attacker in ATTACKERS:
        assert any(attacker in title for title in tables), attacker
    assert all(rows for rows in tables.values())
    attempts = [cells[0] for rows in tables.values() for cells in rows]
    assert len(set(attempts)) == len(attempts)


def test_it_is_linked_and_its_links_lead_somewhere() -> None:
    assert "(SECURITY.md)" in (TOP / "README.md").read_text()
    assert all((TOP / path).exists() for path in re.findall(r"\]\(([^)#]+)\)", PAGE))
