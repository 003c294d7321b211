"""What libyaml finds wrong in a text, in words that say what to do, at the place that a person must edit.

libyaml points where it could not read on; that is often lines below the bracket, the quote or the line that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped

_CLOSERS = {"{": "}", "[": "]"}
_SPACES = "replace it with spaces"
_QUOTE_IT = "put the text in quotes"
_TOKEN = re.compile(r"[^\s,\[\]{}#]+")
_QUOTED = re.compile(r"""(?<![^\s\[{,:])(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')|(?<!\S)#[^\r\n]*""")
_BRACKETS = re.compile(rf"{_QUOTED.pattern}|(?<![^\s\[{{,])[\[{{]|[\]}}]")
_SHOWN = 60  # characters of a line that a message quotes


@frozen
class Fault:
    """What is wrong, what to do, and where: as characters of the text, counted from 0."""

    message: str
    help: str
    index: int
    related: int | None = None


_Explained = Fault | None


def explain(source: str, error: Any) -> Fault:
    """The fault that a yaml.MarkedYAMLError is about."""
    problem, mark = str(error.problem), error.problem_mark or error.context_mark
    context = error.context_mark or mark
    at, begun = (mark.index, context.index) if mark else (0, 0)
    for words, explained in _EXPLAINED:
        found = explained(source, at, begun) if words in problem else None
        if found is not None:
            return found
    return Fault(" ".join(filter(None, (error.context, problem))), "", at)


def undefined_alias(source: str, index: int) -> Fault:
    """The fault of an alias whose anchor is not complete above it."""
    name = _token(source, index)
    return Fault(f"the alias {name} names nothing complete above it", f"is it text? {_in_quotes(name)}", index)


def _unclosed_bracket(source: str, at: int, begun: int) -> _Explained:
    """A bracket that is not closed, is closed by another one, or holds two values without a comma between them."""
    opened = source[begun : begun + 1]
    closer = _CLOSERS.get(opened)
    if closer is None:
        return None
    here = source[at : at + 1]
    if unclosed := _quote_of_lines_above(source, at):
        return unclosed
    if here in ("]", "}"):
        message = f"the bracket {opened} is closed by {here}, and not by {closer}"
        return Fault(message, f"add {closer} before that {here}, or remove that {here}", begun, at)
    if _closes(source, begun, closer):
        return Fault(f"a comma or {closer} is missing before this", "put a comma between two values", at)
    return Fault(f"the bracket {opened} is never closed", f"add {closer} where its last value ends", begun)


def _closes(source: str, begun: int, closer: str) -> bool:
    """Whether the bracket that starts here is closed, as far as quotes and comments tell."""
    open_brackets: list[str] = []
    for found in re.finditer(r""""(?:\\.|[^"\\])*"|'[^']*'|(?<!\S)#[^\r\n]*|[\[\]{}]""", source[begun:]):
        bracket = found[0]
        if bracket in _CLOSERS:
            open_brackets.append(_CLOSERS[bracket])
        elif bracket in ("]", "}"):
            if open_brackets.pop() != bracket:
                return False
            if not open_brackets:
                return bracket == closer
    return False


def _unclosed_quote(source: str, _: int, begun: int) -> _Explained:
    quote = source[begun : begun + 1]
    return Fault(f"the quote {quote} is never closed", f"put {quote} where the text ends", begun)


def _quote_of_lines_above(source: str, at: int) -> _Explained:
    """The quote that begins lines above and is closed right before this: by one that was meant to begin a text."""
    end = len(source[:at].rstrip(" \t"))
    start = next((found.start() for found in _QUOTED.finditer(source, 0, end) if found.end() == end), None)
    if start is None or source[start] == "#" or _line_start(source, start) == _line_start(source, at):
        return None
    quote = source[start]
    return Fault(f"the quote {quote} is not closed in its line", f"put {quote} where the text ends", start, at)


def _bad_start(source: str, at: int, _: int) -> _Explained:
    """A character that no value can start with."""
    start = source[at : at + 1]
    if start == "\t":
        return _tab(source, at, at)
    value = _rest_of_value(source, at)
    return Fault(f"a value cannot start with {start}: {clipped(value, _SHOWN)}", _in_quotes(value), at)


def _tab(source: str, at: int, _: int) -> _Explained:
    at = at if source[at : at + 1] == "\t" else source.find("\t", _line_start(source, at))
    return Fault("a tab where YAML expects spaces", _SPACES, at) if at >= 0 else None


def _no_colon(source: str, _: int, begun: int) -> _Explained:
    line = source[begun : _line_end(source, begun)].strip()
    help = "write it as `key: value`; a longer text is indented below its key"
    return Fault(f"there is no colon in this line: {clipped(line, _SHOWN)}", help, begun)


def _second_colon(source: str, at: int, _: int) -> _Explained:
    """A colon in a value, or a line that is indented as if it went on with the text above it."""
    before = re.match(r"[ \t]*(?:- +)*[^\s:][^:]*:[ \t]+(?=\S)", source[_line_start(source, at) : at])
    if before is None:
        help = "give it the indentation of the keys it belongs to; does the line above lack its colon?"
        return Fault("a key cannot stand here: this line is read as a part of the text above it", help, at)
    value = _rest_of_value(source, _line_start(source, at) + before.end(), flow=False)
    return Fault(f"a second colon in one line: {clipped(value, _SHOWN)}", _in_quotes(value), at)


def _no_space(source: str, at: int, _: int) -> _Explained:
    """`{emails:}`: a colon without a space and a value behind it."""
    key = re.search(r"[^\s,\[\]{}]*\Z", source[:at])
    name = key[0] if key else ""
    return Fault(f"no space and no value behind the colon of {name}:", f"write a value, as in `{name}: …`", at)


def _no_key(source: str, at: int, _: int) -> _Explained:
    """Something where the next key of a mapping would be."""
    here, line = source[at : at + 1], source[_line_start(source, at) : at]
    if here in ("]", "}"):
        return _closes_nothing(source, at, at)
    if unclosed := _quote_of_lines_above(source, at):
        return unclosed
    if line.rstrip()[-1:] in ("'", '"'):
        help = "let the quotes hold all of it: a single quote between single quotes is written twice"
        return Fault(f"text behind the closing quote: {_token(source, at)}", help, at)
    if line.rstrip()[-1:] in ("]", "}"):
        rest = clipped(source[at : _line_end(source, at)].strip(), _SHOWN)
        return Fault(f"text behind the closing bracket: {rest}", "let the brackets or quotes hold all of it", at)
    if here == "-":
        return Fault("an item of a list where a key is expected", "indent it below the key whose list it is in", at)
    return Fault("the indentation of this line is that of none above", "align it with the keys it belongs to", at)


def _no_item(source: str, at: int, _: int) -> _Explained:
    del source
    return Fault("a key where an item of a list is expected", "start it with -, or align it with the key above", at)


def _no_value(source: str, at: int, _: int) -> _Explained:
    """A comma, a bracket or the end of the text where a value is expected."""
    begun = _last_open_bracket(source, at)
    if begun is not None and source[at : at + 1] != ",":
        return _unclosed_bracket(source, at, begun)
    return _closes_nothing(source, at, at)


def _last_open_bracket(source: str, at: int) -> int | None:
    """The innermost bracket that is open at a place; None outside of all, as far as quotes and comments tell."""
    open_brackets: list[int] = []
    for found in _BRACKETS.finditer(source, 0, at):
        if found[0] in _CLOSERS:
            open_brackets.append(found.start())
        elif found[0] in ("]", "}") and open_brackets:
            open_brackets.pop()
    return open_brackets[-1] if open_brackets else None


def _closes_nothing(source: str, at: int, _: int) -> _Explained:
    here = source[at : at + 1]
    if here in ("]", "}"):
        return Fault(f"{here} closes nothing here", f"remove it, or open it with {'[' if here == ']' else '{'}", at)
    if here == ",":
        return Fault("no value before this comma", "write one, or remove the comma", at)
    return None


def _item_in_line(source: str, at: int, _: int) -> _Explained:
    help = "start each item on a line of its own, or write the list in brackets: [a, b]"
    if re.match(r"-\s", source[at:]) is None:
        return None
    return Fault("an item of a list cannot start in this line", help, at)


def _reference(source: str, at: int, begun: int) -> _Explained:
    """A `*` or `&` with no name of an alias or an anchor behind it."""
    del at
    value = _rest_of_value(source, begun)
    return Fault(f"{source[begun : begun + 1]} starts no name here: {clipped(value, _SHOWN)}", _in_quotes(value), begun)


def _escape(source: str, at: int, _: int) -> _Explained:
    found = source[at : at + 2]
    return Fault(f"{found} is not an escape that YAML has", "write \\\\ for a backslash, or use single quotes", at)


def _directive(source: str, at: int, _: int) -> _Explained:
    start = _line_start(source, at)
    line = source[start : _line_end(source, start)].strip()
    return Fault(f"the directive {clipped(line, _SHOWN)} is not accepted", "remove the line", start)


def _block(source: str, at: int, _: int) -> _Explained:
    help = "start the text on the next line, indented below its key"
    return Fault(f"text behind the | or > that begins a block: {_token(source, at)}", help, at)


_EXPLAINED: tuple[tuple[str, Callable[[str, int, int], _Explained]], ...] = (  # words of libyaml → what they mean
    ("expected ',' or ", _unclosed_bracket),
    ("unexpected end of stream", _unclosed_quote),
    ("cannot start any token", _bad_start),
    ("found a tab character", _tab),
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _second_colon),
    ("found unexpected ':'", _no_space),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_item),
    ("did not find expected node content", _no_value),
    ("block sequence entries are not allowed", _item_in_line),
    ("did not find expected alphabetic or numeric character", _reference),
    ("found unknown escape character", _escape),
    ("found incompatible YAML document", _directive),
    ("found unknown directive name", _directive),
    ("did not find expected comment or line break", _block),
)


def _rest_of_value(source: str, at: int, *, flow: bool = True) -> str:
    """The text from here to the end of its value: of the line, of a comment's begin, or of what brackets hold."""
    line = re.split(r"\s#", source[at : _line_end(source, at)], maxsplit=1)[0]
    inside = flow and _in_brackets(source, at)
    return re.split(r"[,\]}]", line, maxsplit=1)[0].strip() if inside else line.strip()


def _in_brackets(source: str, at: int) -> bool:
    line = source[_line_start(source, at) : at]
    return any(line.count(opened) > line.count(closed) for opened, closed in _CLOSERS.items())


def _in_quotes(value: str) -> str:
    """The help that shows a text in quotes, as the file writes it."""
    if len(value) > _SHOWN or '"' in value or "\\" in value or not value:
        return _QUOTE_IT
    return f'put it in quotes: "{value}"'


def _token(source: str, at: int) -> str:
    found = _TOKEN.match(source, at)
    return clipped(found[0], _SHOWN) if found else source[at : at + 1]


def _line_start(source: str, at: int) -> int:
    return max(source.rfind("\n", 0, at), source.rfind("\r", 0, at)) + 1


def _line_end(source: str, at: int) -> int:
    found = re.compile("[\r\n]").search(source, at)
    return found.start() if found else len(source)
