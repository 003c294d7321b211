"""What YAML 1.1 makes of plain text that YAML 1.2 reads otherwise: PyYAML, Ruby and many Go programs read 1.1.

The types of YAML 1.1 are those of https://yaml.org/type/; exponents without a sign and dates, which differ too, are let
pass, since both readings show what the file says.
"""

from __future__ import annotations

import re

_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_WORDS |= {form(word): value for word, value in list(_WORDS.items()) for form in (str.title, str.upper)}
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_NEW_OCTAL = re.compile(r"0o[0-7]+")
_BINARY = re.compile(r"[-+]?0b_*[01][01_]*")
_HEXADECIMAL = re.compile(r"(?=[-+]|[^_]*_)[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*")  # without sign and _ both read it alike
_UNDERSCORES = re.compile(r"(?=[^_]*_)[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)")
_SEXAGESIMAL = re.compile(r"(?=[-+]?[1-9]|[^.]*\.)[-+]?(?P<whole>[0-9][0-9_]*(?::[0-5]?[0-9])+)(?P<rest>\.[0-9_]*)?")
_LONGEST = 100  # characters: no number that anybody writes is longer, and Python turns none into text that is
# It starts with two classes of characters, which takes a fifth of the time of an exact start: what a key or a value can
# follow, and how one that differs begins. Each repetition is bounded, so that the time grows with the text alone.
_DIFFERS = re.compile(
    rf"[\s:\[{{,](?=[-+.0-9yYnNoO<])(?:{'|'.join(_WORDS)}|<<|[-+]?0[0-9ob_][0-9_]{{0,40}}"
    r"|[-+]0x[0-9a-fA-F_]{1,40}|0x[0-9a-fA-F]{0,40}_[0-9a-fA-F_]{0,40}"
    r"|[-+]?[0-9]{1,20}[_:][0-9_:.]{1,40}|[-+]?[0-9]{1,20}_|[-+]?[0-9]{0,20}\.[0-9]{0,20}_[0-9_]{0,40})"
    r"(?=[ \t]*(?:[,\]}:#\r\n]|\Z))"
)
_VERSION = re.compile(r"%YAML[ \t]+(?P<version>[0-9.]+)[^\r\n]*")


def may_differ(source: str) -> bool:
    """Whether a YAML text may hold something that YAML 1.1 reads otherwise; False is sure."""
    return "%YAML" in source or _DIFFERS.search(f"\n{source}") is not None


def other_reading(text: str) -> str:
    """What YAML 1.1 makes of plain text, where YAML 1.2 makes something else of it; empty where both agree."""
    if text in _WORDS:
        return _WORDS[text]
    return _other_number(text) if len(text) <= _LONGEST else ""


def _other_number(text: str) -> str:
    digits = text.replace("_", "")
    for form, base in ((_OCTAL, 8), (_BINARY, 2), (_HEXADECIMAL, 16)):
        if form.fullmatch(text):
            value = int(digits, base)
            return str(value) if "_" in text or base != 8 or int(digits) != value else ""
    if _NEW_OCTAL.fullmatch(text) or (_LEADING_ZERO.fullmatch(text) and digits.strip("-+0")):
        return "text"
    if _UNDERSCORES.fullmatch(text) and not _starts_with_zero(text):
        return digits
    if found := _SEXAGESIMAL.fullmatch(text):
        rest = (found["rest"] or "").replace("_", "")
        return f"{'-' * text.startswith('-')}{_seconds(found['whole'])}{rest}"
    return ""


def _starts_with_zero(text: str) -> bool:
    """Whether it would be octal, and has digits that octal does not have."""
    return re.fullmatch(r"[-+]?0[0-9_]+", text) is not None


def _seconds(text: str) -> int:
    value = 0
    for part in text.replace("_", "").split(":"):
        value = value * 60 + int(part)
    return value


def other_version(source: str) -> str:
    """The line with which a text asks for another version than YAML 1.2; empty where it does not."""
    found = _VERSION.match(source)
    return found[0].rstrip() if found and found["version"] != "1.2" else ""
