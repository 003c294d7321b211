"""Text for a title, a commit message and a cell: it means nothing to whoever reads it, and people can read it."""

from __future__ import annotations

from cases import cases
from hostile import HOSTILE, LONG, ORDERS, REFERENCES, tokens, words

from mlops_gitops.core import markdown


@cases("hostile", HOSTILE + LONG)
def test_raw_text_acts_nowhere(hostile: str) -> None:
    for said in (
        markdown.plain(hostile),
        markdown.text(hostile),
        markdown.name(hostile),
        markdown.excerpt(hostile, 50),
    ):
        assert not ORDERS.search(said) and not REFERENCES.search(said), said
        assert "\n" not in said
        assert "<" not in said or said == markdown.plain(hostile)


@cases("hostile", HOSTILE + LONG)
def test_a_terminal_shows_what_was_written(hostile: str) -> None:
    line = markdown.shown(markdown.plain(hostile))
    if "&" not in hostile:
        assert markdown.shown(markdown.text(hostile)) == line
    assert "\u2060" not in line


@cases("most", [1, 10, 300])
@cases("hostile", HOSTILE + LONG)
def test_an_excerpt_has_an_end(hostile: str, most: int) -> None:
    said = markdown.excerpt(hostile, most)
    assert len(said) <= 2 * most
    assert len(words(tokens(said)).replace("\u2060", "")) <= most or "\\" in words(tokens(said))


def test_ordinary_words_stay_as_they_are() -> None:
    said = "Ranks accounts (for a call): one-off, 2026-01-05, +0.1 to -0.2; why? 1.5 times."
    assert markdown.text(said) == markdown.plain(said) == said


@cases("start", ["- x", "+ x", "1. x", "12) x", "-", "---", ":-:", "-: ", "=", "==", "/close", "-- -"])
def test_a_line_does_not_start_anything(start: str) -> None:
    source = f"before\n{markdown.text(start)}"
    assert {token.type for token in tokens(source)} <= {
        "paragraph_open", "paragraph_close", "inline", "text", "softbreak"
    }  # fmt: skip


def test_names_are_code_only_where_that_is_enough() -> None:
    assert markdown.name("models/a b.csv") == "`models/a b.csv`"
    assert not markdown.name("models/@all.csv").startswith("`")
    assert not markdown.name("a/[skip ci].csv").startswith("`")


def test_nothing_is_not_folded_away() -> None:
    assert markdown.details("Words", []) == []
    assert markdown.details("Words", ["a"]) == ["<details><summary>Words</summary>", "", "a", "", "</details>"]
