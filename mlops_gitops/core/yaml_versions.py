"""What YAML 1.1 makes of plain text that YAML 1.2 reads otherwise: PyYAML, Ruby and many Go programs read 1.1.

The types of YAML 1.1 are those of https://yaml.org/type/; exponents without a sign and dates, which differ too, are let
pass, since both readings show what the file says.
"""

from __future__ import annotations

import re

_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_WORDS |= {form(word): value for word, value in list(_WORDS.items()) for form in (str.title, str.upper)}
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_NEW_OCTAL = re.compile(r"0o[0-7]+")
_BINARY = re.compile(r"[-+]?0b[01_]+")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?")
_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+")
# Each repetition is bounded, so that the time grows with the text alone, whatever a value holds.
_DIFFERS = re.compile(
    r"(?:^|[:\[{,-])[ \t]*(?:&[^\s,\[\]{}]{1,64}[ \t]+)?"
    rf"(?:{'|'.join(_WORDS)}|<<|[-+]?0[0-9ob_][0-9_]{{0,40}}|[-+]?[1-9][0-9]{{0,20}}[_:][0-9][0-9_:.]{{0,40}})"
    r"(?=[ \t]*(?:[,\]}:#\r\n]|\Z))|^%YAML",
    re.MULTILINE,
)
_VERSION = re.compile(r"%YAML[ \t]+(?P<version>[0-9.]+)[^\r\n]*")


def may_differ(source: str) -> bool:
    """Whether a YAML text may hold something that YAML 1.1 reads otherwise; False is sure."""
    return _DIFFERS.search(source) is not None


def other_reading(text: str) -> str:
    """What YAML 1.1 makes of plain text, where YAML 1.2 makes something else of it; empty where both agree."""
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "")
    if _OCTAL.fullmatch(text) and digits.strip("-+0"):
        return str(int(digits, 8))
    if _BINARY.fullmatch(text):
        return str(int(digits, 2))
    if _NEW_OCTAL.fullmatch(text) or (_LEADING_ZERO.fullmatch(text) and digits.strip("-+0")):
        return "text"
    if _UNDERSCORES.fullmatch(text):
        return digits
    if _SEXAGESIMAL.fullmatch(text):
        value = 0
        for part in digits.lstrip("-+").split(":"):
            value = value * 60 + int(part)
        return f"{'-' * text.startswith('-')}{value}"
    return ""


def other_version(source: str) -> str:
    """The line with which a text asks for another version than YAML 1.2; empty where it does not."""
    found = _VERSION.match(source)
    return found[0].rstrip() if found and found["version"] != "1.2" else ""
