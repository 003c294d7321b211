"""Other people's documents as data, as Kubernetes reads them."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.documents.foreign.compose import compose
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.documents.foreign.plain_data import to_data

TEXTS = [
    ("a: 1\nb: '1'\nc: 1.5\nd: yes\ne: ~\nf: 2026-01-31\ng: 0x10\nh: v1\ni:", {"a": 1, "b": "1", "c": 1.5, "d": True,
     "e": None, "f": "2026-01-31", "g": 16, "h": "v1", "i": None}),
    ("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nlist: [*b]", {"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 3},
     "list": [{"x": 1, "y": 2}]}),
    ("x: {<<: [{a: 1}, {a: 2, b: 2}]}", {"x": {"a": 1, "b": 2}}),
    ("a: 2026-13-45\nb: 2026-01-01T99:00:00Z\nc: 0x_\nd: 0b_\ne: =\nf: <<", {"a": "2026-13-45",
     "b": "2026-01-01T99:00:00Z", "c": "0x_", "d": "0b_", "e": "=", "f": "<<"}),
    (f"a: {'9' * 5000}", {"a": "9" * 5000}),
    ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
    ('{"a": [1, "x"], "b": {}}', {"a": [1, "x"], "b": {}}),
]  # fmt: skip


@cases("text,data", TEXTS)
def test_types_aliases_and_merge_keys(text: str, data: object) -> None:
    stream = compose("x.yaml", text.encode())
    assert to_data(stream, stream.documents[0]) == data


BOMB = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
    f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@cases("text,fact", [("a: !Ref x", "!Ref"), ("? [a]\n: b", "not text"), ("a: *b", "*b"), (BOMB, "aliases")])
def test_what_no_schema_knows_is_refused(text: str, fact: str) -> None:
    stream = compose("x.yaml", text.encode())
    with pytest.raises(EditRefusal) as caught:
        to_data(stream, stream.documents[0])
    assert fact in caught.value.message
