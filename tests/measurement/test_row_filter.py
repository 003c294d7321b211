"""The grammar of `where:`: what it reads, and where it stops at anything else."""

from __future__ import annotations

import pytest
from cases import cases
from hypothesis import example, given
from hypothesis import strategies as st
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement import row_filter
from mlops_gitops.measurement.row_filter import (
    MAX_DEPTH,
    MAX_LENGTH,
    Among,
    Compares,
    Empty,
    Joined,
    Not,
    columns,
    parse,
)


def fault(text: str) -> str:
    with pytest.raises(Undecided) as caught:
        parse(text)
    return caught.value.message


@cases(
    "text, condition",
    [
        ("region = 'EU'", Compares("region", "=", "EU")),
        ("  age\n>=\t18  ", Compares("age", ">=", 18.0)),
        ("age<-.5e1", Compares("age", "<", -5.0)),
        ("active != TRUE", Compares("active", "!=", True)),
        ("name = 'O''Brien'", Compares("name", "=", "O'Brien")),
        ("name = ''", Compares("name", "=", "")),
        ("name = ''''", Compares("name", "=", "'")),
        ("\"and\" = 1", Compares("and", "=", 1.0)),
        ('"5 "" tall" is null', Empty('5 " tall')),
        ("a IS NOT NULL", Not(Empty("a"))),
        ("a in ('x', 'y' , 'z')", Among("a", ("x", "y", "z"))),
        ("nothing = 1", Compares("nothing", "=", 1.0)),
        ("not a = 1", Not(Compares("a", "=", 1.0))),
        ("not not (a is null)", Not(Not(Empty("a")))),
        ("a is null or b is null and not c is null",
         Joined("or", (Empty("a"), Joined("and", (Empty("b"), Not(Empty("c"))))))),
        ("(a is null or b is null) and c is null",
         Joined("and", (Joined("or", (Empty("a"), Empty("b"))), Empty("c")))),
        ("region = 'EU' and not age < 18",
         Joined("and", (Compares("region", "=", "EU"), Not(Compares("age", "<", 18.0))))),
    ],
)  # fmt: skip
def test_what_a_filter_says(text: str, condition: row_filter.Condition) -> None:
    assert parse(text) == condition


def test_the_columns_of_a_filter() -> None:
    assert columns(parse("b = 1 or (a in (1, 2) and not b is null) or \"c d\" = 'x'")) == ("b", "a", "c d")


@cases(
    "text, place, found, wanted",
    [
        ("", 1, "it ends", "a column"),
        ("a", 2, "it ends", "`=`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `is`"),
        ("a = ", 5, "it ends", "a value"),
        ("a = b", 5, "'b'", "a value"),
        ("a = null", 5, "'null'", "a value"),
        ("a = \"b\"", 5, "'\"b\"'", "a value"),
        ("a == 1", 4, "'='", "a value"),
        ("a <> 1", 4, "'>'", "a value"),
        ("5 < a", 1, "'5'", "a column"),
        ("null is null", 1, "'null'", "a column"),
        ("a is 1", 6, "'1'", "`null`"),
        ("a not in (1)", 3, "'not'", "`=`"),
        ("a in ()", 7, "')'", "a value"),
        ("a in (1", 8, "it ends", "`)`"),
        ("a in (1,)", 9, "')'", "a value"),
        ("a = 1 b = 2", 7, "'b'", "`and`, `or` or the end"),
        ("(a = 1", 7, "it ends", "`)`"),
        ("a = 1)", 6, "')'", "`and`, `or` or the end"),
        ("a = 1 and", 10, "it ends", "a column"),
        ("a < true", 5, "true", "`=` and `!=` only"),
        ("a = 'x", 5, "\"'\"", "begins no"),
        ('"a = 1', 1, "'\"'", "begins no"),
        ('"" = 1', 1, "'\"'", "begins no"),
        ("a = 1e400", 5, "numbers beyond 9007199254740991", "not exact"),
        ("a = 9007199254740992", 5, "numbers beyond 9007199254740991", "not exact"),
        ("a = 5abc", 5, "'5'", "begins no"),
        ("a = 1.2.3", 5, "'1'", "begins no"),
        ("a = nan", 5, "'nan'", "a value"),
        ("a = 'x' || 'y'", 9, "'|'", "begins no"),
        ("a + 1 = 2", 3, "'+'", "begins no"),
        ("lower(a) = 'x'", 6, "'('", "`=`"),
        ("a like 'x%'", 3, "'like'", "`=`"),
        ("a between 1 and 2", 3, "'between'", "`=`"),
        ("a.b = 1", 2, "'.'", "begins no"),
        ("a = 'x'::date", 8, "':'", "begins no"),
        ("a = $1", 5, "'$'", "begins no"),
        ("a = ?", 5, "'?'", "begins no"),
        ("a = 1; drop table x", 6, "';'", "begins no"),
        ("a = 1 -- and", 7, "'-'", "begins no"),
        ("a = 1 /* and */", 7, "'/'", "begins no"),
        ("a = 1 # and", 7, "'#'", "begins no"),
        ("a\u00a0= 1", 2, "'\\xa0'", "begins no"),
        ("a = \u2019x\u2019", 5, "'\u2019'", "begins no"),
        ("\uff41 = 1", 1, "'\uff41'", "begins no"),
        ("a = \uff11", 5, "'\uff11'", "begins no"),
        ("\u0430ge = 1", 1, "'\u0430'", "begins no"),
        ("a = 'x\x00'", 7, "'\\x00'", "not a character"),
        ("a = '\ud800'", 6, "'\\ud800'", "not a character"),
    ],
)  # fmt: skip
def test_anything_else_stops_with_its_place_and_what_was_expected(
    text: str, place: int, found: str, wanted: str
) -> None:
    assert not lacking(fault(text), f"character {place}", found, wanted)


def test_a_column_named_as_a_word_of_ours_is_told_how_to_write_it() -> None:
    assert '"double quotes"' in fault("null is null")


def test_what_is_too_deep_or_too_long_stops_with_the_limit() -> None:
    for outer in ("(", "not "):
        assert not lacking(fault(outer * (MAX_DEPTH + 1) + "a = 1"), f"more than {MAX_DEPTH}", "parentheses", "`not`")
    assert not lacking(fault("a = 1" + " " * MAX_LENGTH), "`where`", f"longer than {MAX_LENGTH} characters")


def test_the_deepest_and_the_longest_that_are_read() -> None:
    parse("(" * (MAX_DEPTH - 1) + "a = 1" + ")" * (MAX_DEPTH - 1))
    many = parse(" or ".join(["a=1"] * (MAX_LENGTH // 7)))
    assert isinstance(many, Joined) and len(many.parts) == MAX_LENGTH // 7


PIECES = ["a", '"b c"', "=", "!=", "<", "in", "is", "not", "null", "and", "or", "(", ")", ",", "1", "'x'", "true", " "]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
@example("a = 'x' or '' = '")
def test_no_text_raises_anything_but_the_fault(text: str) -> None:
    try:
        parse(text)
    except Undecided as error:
        assert error.message.startswith("`where`")
