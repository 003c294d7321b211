"""Text as people see it: lines, what does not print, widths."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core import text as display


@cases(
    "text, cells",
    [
        ("abc", 3), ("äß", 2), ("漢字", 4), ("ＡＢ", 4), ("🚀", 2), ("e\u0301x", 2), ("a\u20dd", 1), ("한", 2),
        ("\u1112\u1161\u11ab", 2), ("", 0), ("🇩🇪", 2), ("─…", 2),
    ],
)  # fmt: skip
def test_cells_are_a_terminals(text: str, cells: int) -> None:
    assert display.cells(text) == cells


def test_lines_end_where_an_editor_ends_them() -> None:
    unbroken = "d\x85e\u2028f\u2029g\x0bh\x0ci"
    assert display.lines(f"a\nb\rc\r\n{unbroken}\n") == [*"abc", unbroken, ""]


def test_what_does_not_print_is_written_out() -> None:
    assert display.visible("a\x1b\x85\u202e\ud800\U000e0001ä\n\t", keep="\n") == (
        "a\\x1b\\x85\\u202e\\ud800\\U000e0001ä\n\\x09"
    )


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert display.clipped("abcd", 4) == "abcd" and display.clipped("abcde", 4) == "abc…"
