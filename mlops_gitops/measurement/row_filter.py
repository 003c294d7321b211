"""`where:` of a data set: a filter of its rows, in a small grammar of its own that is read here and never passed on.

    test       = column (= | != | < | <= | > | >=) value | column in (value, …) | column is [not] null
    condition  = test, or conditions joined by `and`, `or`, `not` and parentheses; `not` binds first, `or` last
    column     = a name of letters, digits and _, or any name in "double quotes", one in it written twice
    value      = 'text', one quote in it written twice; a number; true; false

As in SQL, a comparison with an empty value is neither true nor false, and a row is kept only where the condition is
true: `region != 'EU'` leaves out the rows without a region. A NaN counts as empty. A number is rounded to the type of a
floating-point column, and compares exactly with integers and decimals. Texts compare by code points, upper and lower
case apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen

MAX_LENGTH = 2000  # characters
MAX_DEPTH = 20  # parentheses and `not` inside one another
SHOWN = 40  # characters of an unexpected token
MAX_NUMBER = 2**53 - 1  # beyond it a whole number of a column may not be the one it compares equal to

Value: TypeAlias = str | float | bool


@frozen
class Compares:
    """Whether a column compares so with a value."""

    column: str
    operator: str
    value: Value


@frozen
class Among:
    """Whether a column is one of these values."""

    column: str
    values: tuple[Value, ...]


@frozen
class Empty:
    """Whether a column is empty."""

    column: str


@frozen
class Not:
    """The opposite, which of "neither" is again neither."""

    of: Condition


@frozen
class Joined:
    """Conditions joined by one word, `and` or `or`."""

    word: str
    parts: tuple[Condition, ...]


Test: TypeAlias = "Compares | Among | Empty"
Condition: TypeAlias = "Compares | Among | Empty | Not | Joined"

SPACE = " \t\r\n"
_TOKEN = re.compile(
    rf"""[{SPACE}]*(?:
    (?P<number>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?(?![0-9A-Za-z_.]))
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")+")
    |(?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    |(?P<end>\Z)
    )""",
    re.VERBOSE,
)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORDS = frozenset(("and", "or", "not", "in", "is", "null", "true", "false"))
_ORDERS = frozenset(("<", "<=", ">", ">="))
_OPERATORS = _ORDERS | {"=", "!="}


class _Parser:
    """Reads a filter from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.at = 0  # where the token begins
        self.after = 0
        self.kind = ""
        self.token = ""
        self.advance()

    def advance(self) -> str:
        """Goes to the next token, and gives the one it leaves."""
        left, found = self.token, _TOKEN.match(self.text, self.after)
        if found is None or found.lastgroup is None:
            rest = self.text[self.after :].lstrip(SPACE)
            self.at = len(self.text) - len(rest)
            self.stop(f"{rest[0]!r} begins no column, value or operator")
        self.kind = found.lastgroup
        self.at, self.after = found.span(self.kind)
        self.token = found[self.kind]
        if self.kind == "word" and self.token.lower() in _WORDS:
            self.kind, self.token = "keyword", self.token.lower()
        return left

    def fail(self, expected: str) -> NoReturn:
        """Stops, with the place, what is there and what was expected."""
        found = f"{self.token[:SHOWN]!r} stands" if self.token else "it ends"
        self.stop(f"{found} where {expected} is expected")

    def stop(self, fault: str) -> NoReturn:
        """Stops, with the place."""
        raise Undecided(f"`where` at character {self.at + 1}: {fault}")

    def takes(self, *tokens: str) -> bool:
        """Goes on where the token is one of these words or signs."""
        if self.kind not in ("keyword", "sign") or self.token not in tokens:
            return False
        self.advance()
        return True

    def expect(self, token: str) -> None:
        if not self.takes(token):
            self.fail(f"`{token}`")

    def whole(self) -> Condition:
        found = self.joined()
        if self.kind != "end":
            self.fail("`and`, `or` or the end")
        return found

    def joined(self, word: str = "or") -> Condition:
        part: Callable[[], Condition] = self.unary if word == "and" else lambda: self.joined("and")
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def unary(self) -> Condition:
        if self.depth == MAX_DEPTH:
            self.stop(f"more than {MAX_DEPTH} parentheses and `not` stand inside one another")
        self.depth += 1
        if self.takes("not"):
            found: Condition = Not(self.unary())
        elif self.takes("("):
            found = self.joined()
            self.expect(")")
        else:
            found = self.test()
        self.depth -= 1
        return found

    def test(self) -> Condition:
        column = self.column()
        if self.takes("is"):
            negated = self.takes("not")
            self.expect("null")
            return Not(Empty(column)) if negated else Empty(column)
        if self.takes("in"):
            return Among(column, tuple(self.listed()))
        if self.kind != "sign" or self.token not in _OPERATORS:
            self.fail("`=`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `is`")
        operator = self.advance()
        if operator in _ORDERS and self.token in ("true", "false"):
            self.stop(f"{self.token} compares by `=` and `!=` only")
        return Compares(column, operator, self.value())

    def column(self) -> str:
        if self.kind == "keyword":
            self.fail('a column (one of that name goes in "double quotes")')
        if self.kind not in ("word", "name"):
            self.fail("a column")
        quoted, token = self.kind == "name", self.advance()
        return token[1:-1].replace('""', '"') if quoted else token

    def listed(self) -> Iterator[Value]:
        self.expect("(")
        yield self.value()
        while self.takes(","):
            yield self.value()
        self.expect(")")

    def value(self) -> Value:
        if self.kind == "text":
            return self.advance()[1:-1].replace("''", "'")
        if self.kind == "number":
            if abs(number := float(self.token)) > MAX_NUMBER:
                self.stop(f"numbers beyond {MAX_NUMBER} are not exact")
            self.advance()
            return number
        if self.kind != "keyword" or self.token not in ("true", "false"):
            self.fail("a value (a number, true, false, or a text in 'single quotes')")
        return self.advance() == "true"


def parse(text: str) -> Condition:
    """What a filter says. Raises Undecided with the place of the first fault."""
    if len(text) > MAX_LENGTH:
        raise Undecided(f"`where` is longer than {MAX_LENGTH} characters")
    if unseen := _UNSEEN.search(text):
        raise Undecided(f"`where` at character {unseen.start() + 1}: {unseen[0]!r} is not a character of a filter")
    return _Parser(text).whole()


def tests(condition: Condition) -> Iterator[Test]:
    """The tests a condition is made of, from left to right."""
    if isinstance(condition, Joined | Not):
        for part in condition.parts if isinstance(condition, Joined) else (condition.of,):
            yield from tests(part)
    else:
        yield condition


def columns(condition: Condition) -> tuple[str, ...]:
    """The columns a condition names, each once."""
    return tuple(dict.fromkeys(test.column for test in tests(condition)))


def values_of(test: Test) -> tuple[Value, ...]:
    """The values a test compares its column with."""
    return () if isinstance(test, Empty) else test.values if isinstance(test, Among) else (test.value,)
