"""Digests are of the form of RFC 8785, whichever encoder writes it."""

from __future__ import annotations

import random
from typing import Any

import rfc8785

from mlops_gitops.core.canonical import canonical_json

NUMBERS = (0.0, -0.0, 1.0, 1e16, 1e-4, 9.9e-5, 123456789012345.6, 0.1, 1e21, 5e-324, 2**53 - 1, 1 - 2**53)
LETTERS = 'ab"\\/\n\t\x00\x1f\x7fé€😀\ue000'


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randint(0, 7 if depth < 4 else 5)
    if kind < 2:
        return draw.choice((None, True, False, draw.randint(-99, 99)))
    if kind == 2:
        return draw.choice((*NUMBERS, draw.uniform(-1, 1) * 10 ** draw.randint(-12, 25)))
    if kind < 6:
        return "".join(draw.choices(LETTERS, k=draw.randint(0, 5)))
    values = [_value(draw, depth + 1) for _ in range(draw.randint(0, 4))]
    return values if kind == 6 else {f"{draw.choice(LETTERS)}{n}": value for n, value in enumerate(values)}


def test_a_value_is_written_as_the_reference_library_writes_it() -> None:
    draw = random.Random(1)
    values = [_value(draw) for _ in range(3000)]
    assert [canonical_json(value) for value in values] == [rfc8785.dumps(value) for value in values]
