"""What a message says: the facts in it, whatever words stand around them."""

from __future__ import annotations

import re


def lacking(message: str, *facts: str) -> list[str]:
    """The facts that a message does not hold; a fact is a name, a number or a few words, not part of a longer one."""
    return [fact for fact in facts if not re.search(rf"(?<!\w){re.escape(fact)}(?!\w)", message)]


def lines_with(text: str, *facts: str) -> list[str]:
    """The lines of a text that hold all of the facts: facts on two lines are not one message."""
    return [line for line in text.splitlines() if not lacking(line, *facts)]
