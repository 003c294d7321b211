"""The grammar of `where:`: what it reads, and where it stops at anything else."""

from __future__ import annotations

import pytest
from cases import cases
from hypothesis import example, given
from hypothesis import strategies as st

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
    "text, said",
    [
        ("", "character 1: it ends where a column is expected"),
        ("a", "character 2: it ends where `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `is` is expected"),
        ("a = ", "character 5: it ends where a value"),
        ("a = b", "character 5: 'b' stands where a value"),
        ("a = null", "character 5: 'null' stands where a value"),
        ("a = \"b\"", "character 5: '\"b\"' stands where a value"),
        ("a == 1", "character 4: '=' stands where a value"),
        ("a <> 1", "character 4: '>' stands where a value"),
        ("5 < a", "character 1: '5' stands where a column"),
        ("null is null", "character 1: 'null' stands where a column (one of that name goes in \"double quotes\")"),
        ("a is 1", "character 6: '1' stands where `null` is expected"),
        ("a not in (1)", "character 3: 'not' stands where `=`"),
        ("a in ()", "character 7: ')' stands where a value"),
        ("a in (1", "character 8: it ends where `)` is expected"),
        ("a in (1,)", "character 9: ')' stands where a value"),
        ("a = 1 b = 2", "character 7: 'b' stands where `and`, `or` or the end is expected"),
        ("(a = 1", "character 7: it ends where `)` is expected"),
        ("a = 1)", "character 6: ')' stands where `and`, `or` or the end"),
        ("a = 1 and", "character 10: it ends where a column"),
        ("a < true", "character 5: true compares by `=` and `!=` only"),
        ("a = 'x", "character 5: \"'\" begins no column, value or operator"),
        ('"a = 1', "character 1: '\"' begins no column, value or operator"),
        ('"" = 1', "character 1: '\"' begins no column, value or operator"),
        ("a = 1e400", "character 5: numbers beyond 9007199254740991 are not exact"),
        ("a = 9007199254740992", "character 5: numbers beyond 9007199254740991 are not exact"),
        ("a = 5abc", "character 5: '5' begins no column, value or operator"),
        ("a = 1.2.3", "character 5: '1' begins no column, value or operator"),
        ("a = nan", "character 5: 'nan' stands where a value"),
        ("a = 'x' || 'y'", "character 9: '|' begins no column, value or operator"),
        ("a + 1 = 2", "character 3: '+' begins no column, value or operator"),
        ("lower(a) = 'x'", "character 6: '(' stands where `=`"),
        ("a like 'x%'", "character 3: 'like' stands where `=`"),
        ("a between 1 and 2", "character 3: 'between' stands where `=`"),
        ("a.b = 1", "character 2: '.' begins no column, value or operator"),
        ("a = 'x'::date", "character 8: ':' begins no column, value or operator"),
        ("a = $1", "character 5: '$' begins no column, value or operator"),
        ("a = ?", "character 5: '?' begins no column, value or operator"),
        ("a = 1; drop table x", "character 6: ';' begins no column, value or operator"),
        ("a = 1 -- and", "character 7: '-' begins no column, value or operator"),
        ("a = 1 /* and */", "character 7: '/' begins no column, value or operator"),
        ("a = 1 # and", "character 7: '#' begins no column, value or operator"),
        ("a\u00a0= 1", "character 2: '\\xa0' begins no column, value or operator"),
        ("a = \u2019x\u2019", "character 5: '\u2019' begins no column, value or operator"),
        ("\uff41 = 1", "character 1: '\uff41' begins no column, value or operator"),
        ("a = \uff11", "character 5: '\uff11' begins no column, value or operator"),
        ("\u0430ge = 1", "character 1: '\u0430' begins no column, value or operator"),
        ("a = 'x\x00'", "character 7: '\\x00' is no character of a filter"),
        ("a = '\ud800'", "character 6: '\\ud800' is no character of a filter"),
        ("(" * (MAX_DEPTH + 1) + "a = 1", "more than 20 parentheses and `not` stand inside one another"),
        ("not " * (MAX_DEPTH + 1) + "a = 1", "more than 20 parentheses and `not` stand inside one another"),
        ("a = 1" + " " * MAX_LENGTH, "`where` is longer than 2000 characters"),
    ],
)  # fmt: skip
def test_anything_else_stops_with_its_place_and_what_was_expected(text: str, said: str) -> None:
    assert said in fault(text)


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
