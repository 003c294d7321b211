"""Hostile documents: bytes, mutated valid files, and data written as YAML in every style."""

from __future__ import annotations

import json
from typing import Any

import sample
import yaml
from hypothesis import strategies as st

from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH, watched
from mlops_gitops.policy.rule import Edit

DRIFT = "  - {id: drift, data_drift: {columns: [age, region], effect: {psi: 0.1}}}\n"

FILES = sample.edited((*watched("watch:\n", f"watch:\n{DRIFT}"), Edit(PROFILE_PATH, None, PROFILE)))
# Every file of the sample, and a place of each kind outside the tool's folders.
PLACES = (*sorted(FILES), "drafts/x.yaml", "drafts/x.json", "drafts/x.md")

TOKENS = [
    text.encode("utf-8", "surrogatepass")
    for text in (
        "&a ", "*a", "&a [*a]", "<<: *a\n", "<<: ", "!!python/object:os.system ", "!!binary ", "!x ", "! ", "!<tag:x> ",
        "---\n", "...\n", "%YAML 1.1\n", "%TAG ! tag:x\n", "? ", "? |\n", ": ", "- ", "| \n", ">+2\n", "|-\n  ", "#",
        " # ",
        "\t", "\r", "\r\n", "\n\n", "\ufeff", "\x00", "\x85", "\u2028", "\x0c", "\x1b[2J", "\x7f", "\u202e", "\ud800",
        "\U0001f40b", '"', "'", '"\\ud800"', '"\\x00"', '"\\N"', "[", "]", "{", "}", ",", "[" * 100,
        "{a: " * 70, "- " * 70,
        "1e999", "-0", "0x" + "f" * 40, "9" * 25, "9" * 5000, ".nan", "-.inf", "0o17", "1_000", "true", "null", "~",
        "yes",
        "::error::x", "%0A", "@everyone", "<img onerror=x>", "`", "|", "##[error]", "../", "C:\\", "/etc/passwd",
        "${a}",
        "a" * 300, "sha256:" + "0" * 64, "1.0.0", "2026-02-31", "kind: Decision\n", "predicate: {}\n", "mlops: {}\n",
        '{"a":1,"a":2}', "models", "environments", "\n  ", "\n    - ", ": {", ": [",
    )
] + [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xff\xfe", b"\xf4\x90\x80\x80"]  # fmt: skip

_TEXT = st.one_of(st.text(max_size=20), st.sampled_from([t.decode("utf-8", "replace") for t in TOKENS]))
_LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _TEXT, st.sampled_from(["1.0.0", "churn", "staging"])
)
VALUES = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=8
)


def _mutated(draw: Any, data: bytes) -> bytes:
    """One mutation, at a place that is drawn."""
    at = draw(st.integers(0, len(data)))
    how = draw(st.integers(0, 6))
    if how == 0:
        return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
    if how in (1, 2):
        return data[:at] + draw(st.sampled_from(TOKENS)) + data[at:]
    if how == 3:
        return data[:at] + data[at + draw(st.integers(1, 30)) :]
    if how == 4:
        other = FILES[draw(st.sampled_from(sorted(FILES)))]
        start = draw(st.integers(0, len(other)))
        return data[:at] + other[start : start + draw(st.integers(1, 80))] + data[at:]
    lines = data.splitlines(keepends=True)
    line = draw(st.integers(0, max(0, len(lines) - 1)))
    twice = lines[line : line + 1] if how == 5 else []
    return b"".join(lines[:line] + twice * 2 + lines[line + 1 :])


@st.composite
def _mutations(draw: Any) -> tuple[str, bytes]:
    path = draw(st.sampled_from(PLACES))
    ending = path.rsplit(".", 1)[-1]
    data = FILES.get(path) or FILES[draw(st.sampled_from([p for p in sorted(FILES) if p.endswith(ending)]))]
    for _ in range(draw(st.integers(1, 4))):
        data = _mutated(draw, data)
    return path, data


def _holes(value: Any, route: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [route, *(found for key, inner in items for found in _holes(inner, (*route, key)))]


def replaced(value: Any, route: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at `route`."""
    if not route:
        return new
    copy = value.copy()
    copy[route[0]] = replaced(value[route[0]], route[1:], new)
    return copy


def data_of(path: str) -> tuple[Any, str]:
    """The data of a sample's file, and the text that follows it."""
    document = parse(path, FILES[path])
    return document.data, document.body


_DATA = {path: data_of(path) for path in FILES}


@st.composite
def changed(draw: Any, value: Any) -> Any:
    """Valid data with a value or two replaced, added or removed."""
    for _ in range(draw(st.integers(1, 2))):
        route = draw(st.sampled_from(_holes(value)))
        if route and draw(st.booleans()):
            new = draw(VALUES)
        else:
            there: Any = value
            for step in route:
                there = there[step]
            new = {**there, draw(_TEXT): draw(VALUES)} if isinstance(there, dict) else draw(VALUES)
        value = replaced(value, route, new)
    return value


@st.composite
def _written(draw: Any) -> tuple[str, bytes]:
    path = draw(st.sampled_from(PLACES))
    ending = path.rsplit(".", 1)[-1]
    source = path if path in FILES else draw(st.sampled_from([p for p in sorted(FILES) if p.endswith(ending)]))
    value, body = _DATA[source]
    value = draw(changed(value)) if draw(st.integers(0, 3)) else draw(VALUES)
    if ending == "json" or draw(st.integers(0, 4)) == 0:
        text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))
    else:
        text = yaml.dump(
            value,
            default_flow_style=draw(st.sampled_from([True, False, None])),
            default_style=draw(st.sampled_from([None, None, '"', "'", "|", ">"])),
            allow_unicode=draw(st.booleans()),
            width=draw(st.sampled_from([20, 80, 10_000])),
            line_break=draw(st.sampled_from(["\n", "\r\n", "\r"])),
            sort_keys=False,
            explicit_start=draw(st.booleans()) and ending != "md",
        )
    text = f"---\n{text}\n---\n{body}" if ending == "md" else text
    return path, text.encode("utf-8", "surrogatepass")


_BYTES = st.tuples(st.sampled_from(PLACES), st.binary(max_size=200))
_TOKENS = st.tuples(
    st.sampled_from(PLACES), st.lists(st.sampled_from(TOKENS) | st.binary(max_size=3), max_size=20).map(b"".join)
)
INPUTS = st.one_of(_mutations(), _mutations(), _written(), _written(), _TOKENS, _BYTES)
