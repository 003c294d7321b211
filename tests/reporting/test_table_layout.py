"""Tables in a terminal: every line fits, and nothing that a cell says is lost."""

from __future__ import annotations

import re

from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_gitops.core.table import Table
from mlops_gitops.core.text import cells
from mlops_gitops.reporting.table_layout import draw_table, wrap_cell

GATES = Table(
    "",
    ("outcome", "KPI", "value", "interval", "required", "n", "baseline", "change", "metric"),
    (
        (
            "FAILED", "accuracy", "0.915789", "0.884 – 0.941  ───┃──●────", "≥ 0.9, ≥ production − 0.02 (95 %)", "285",
            "0.975439", "-0.0596 (-0.0903 – -0.0339)", "accuracy",
        ),
        ("passed", "latency", "5.392", "point only", "≤ 50", "—", "—", "—", "metrics.json:p95_ms"),
    ),
)  # fmt: skip
NARROW = Table("", ("model", "staging"), (("meters", "1.0.0"), ("a-longer-name", "—")))


def _drawn(table: Table, width: int) -> list[str]:
    drawn = draw_table(table, width)
    return [*drawn.head, drawn.rule, *drawn.rows]


def test_a_table_that_fits_is_drawn_line_by_line() -> None:
    rule = f"{'─' * 13}  {'─' * 7}"
    assert _drawn(NARROW, 80) == ["model          staging", rule, "meters         1.0.0", "a-longer-name  —"]


@cases("width", [40, 60, 80, 100, 120, 200])
def test_the_gate_table_fits_and_begins_with_the_outcome(width: int) -> None:
    lines = _drawn(GATES, width)
    assert max(map(cells, lines)) <= width
    assert lines[0].startswith("outcome") and [line for line in lines if line.startswith(("FAILED", "passed"))]
    text = " ".join(" ".join(lines).split())
    for cell in (cell for row in GATES.rows for cell in row if cell != "—"):
        assert set(cell.split()) <= set(text.split()), cell


def test_columns_without_room_are_named_below_their_row() -> None:
    lines = _drawn(GATES, 80)
    names = [re.findall(r"(\w+): ", line) for line in lines if line.startswith("    ")]
    assert [found for found in names if found] == [["baseline", "change", "metric"], ["metric"]]
    assert "-0.0596 (-0.0903 – -0.0339)" in "\n".join(lines)


def test_an_empty_column_is_left_out_where_room_is_short() -> None:
    rows = (("passed", "—", "a value of some length, and one more of it"),)
    table = Table("", ("outcome", "baseline", "value"), rows)
    assert "baseline" in _drawn(table, 80)[0] and "baseline" not in " ".join(_drawn(table, 55))


def test_a_text_wraps_below_its_column_and_keeps_how_far_in_it_begins() -> None:
    assert wrap_cell("  region=Europe and Africa", 16) == ["  region=Europe", "  and Africa"]
    assert wrap_cell("sha256:0123456789", 8) == ["sha256:0", "12345678", "9"]
    table = Table("", ("rule", "asks"), (("card-owner", "the card names an owner whom one can reach " * 3),))
    lines = _drawn(table, 60)
    assert max(map(cells, lines)) <= 60 and all(line.startswith(" " * 12) for line in lines[3:])


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    rows=st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=40)] * 5), min_size=1, max_size=4),
    width=st.integers(1, 140),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    lines = _drawn(Table("", ("a", "second", "third one", "d", "e"), tuple(rows)), width)
    assert max(map(cells, lines)) <= max(width, 40)
