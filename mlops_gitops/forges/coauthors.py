"""Co-authors: the people in a commit's `Co-authored-by:` lines, and the login in an address of GitHub's.

GitHub looks for such lines at the end of a message. Here each line of that form counts, wherever it stands: a squash
puts them into the middle.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\w>]*co-authored-by[ \t]*:(.*)", re.IGNORECASE | re.DOTALL)
_NOREPLY = re.compile(r"(?:[0-9]+\+)?([a-z0-9_-]+(?:\[bot\])?)@users\.noreply\.[^@\s]+", re.IGNORECASE)
_LONGEST = 254  # characters of an address (RFC 5321)


def coauthors(message: str) -> list[str]:
    """The addresses of a message's co-authors, in order; "" for one whose address cannot be read."""
    values: list[list[str]] = []
    folded = False
    for line in re.split(r"\r\n|[\r\n]", message):
        found = _LINE.match(line)
        if found:
            values.append([found[1]])
        elif folded and line[:1] in (" ", "\t") and line.strip():
            values[-1].append(line)
        folded = bool(found) or (folded and line[:1] in (" ", "\t") and bool(line.strip()))
    return [address for value in values for address in _addresses(" ".join(value))]


def _addresses(value: str) -> list[str]:
    within = re.findall("<([^<>]*)>", value)
    words = [word.strip("\"'(),;:") for word in re.split(r"[\s<>]+", value) if "@" in word[1:]]
    return [_readable(address.strip(" \t")) for address in within or words] or [""]


def _readable(address: str) -> str:
    """The address; "" where it is not one, or holds invisible characters."""
    name, at, host = address.rpartition("@")
    plain = address.isprintable() and "\ufffd" not in address and " " not in address
    return address if name and at and host and plain and len(address) <= _LONGEST else ""


def login(address: str) -> str:
    """The login in one of GitHub's own addresses, such as `123+bob@users.noreply.github.com`; "" in any other."""
    found = _NOREPLY.fullmatch(address)
    return found[1] if found else ""


def names(address: str) -> set[str]:
    """The names of the person with this address: the address, and the login in it."""
    return {address, login(address)} - {""}
