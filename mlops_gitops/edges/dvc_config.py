"""DVC's own settings: where the cache and the remotes are, read without importing DVC.

Only plain `key = value` settings are read here; anything cleverer raises ValueError and is left to DVC itself.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from typing import TypeAlias

Config: TypeAlias = dict[str, dict[str, str]]

_QUOTED = re.compile(r"(?!'''|\"\"\")([\"'])(.*?)\1\s*(?:#.*)?")


def parse(text: str) -> Config:
    """The sections of a `.dvc/config`, names in lower case and without quotes. Raises ValueError."""
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False)
    try:
        parser.read_string("\n".join(line.strip() for line in text.splitlines()))
    except configparser.Error as error:
        raise ValueError(str(error).splitlines()[0]) from error
    found: Config = {}
    for section in parser.sections():
        if section.startswith("["):
            raise ValueError(f"nested section {section}")
        name = section.strip().strip("'").strip().lower()
        found.setdefault(name, {}).update({key: _value(key, value) for key, value in parser.items(section)})
    return found


def _value(key: str, written: str) -> str:
    quoted = _QUOTED.fullmatch(written)
    value = quoted[2] if quoted else written.split("#")[0].rstrip()
    if "%(" in value or (not quoted and ("," in value or value[:1] in ("'", '"'))):
        raise ValueError(f"the value of {key}")
    return value


def merged(texts: Mapping[str, str]) -> Config:
    """Several texts by the folder they lie in, later ones winning; local paths are made absolute. Raises ValueError."""
    whole: Config = {}
    for folder, text in texts.items():
        for section, values in parse(text).items():
            absolute = {k: _absolute(folder, v) if k in ("url", "dir") else v for k, v in values.items()}
            whole.setdefault(section, {}).update(absolute)
    return whole


def _absolute(folder: str, value: str) -> str:
    return value if re.match(r"\w+://", value) else os.path.abspath(os.path.join(folder, os.path.expanduser(value)))
