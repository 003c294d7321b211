"""DVC's own settings: where the cache and the remotes are, read without importing DVC.

Only plain `key = value` settings are read here; anything cleverer raises ValueError and is left to DVC itself.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Container, Iterable
from typing import TypeAlias

Config: TypeAlias = dict[str, dict[str, str]]

_NEEDED = (("core", "remote"), ("cache", "dir"))
_NAMED = re.compile(r"(remote|machine|db)\s*\"(.*)\"")  # as DVC takes a section's name apart
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
        name = _section(section)
        found.setdefault(name, {}).update(_values(name, parser.items(section)))
    return found


def _values(section: str, items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values of a section; one that only DVC can read is left out where nobody here needs it."""
    found = {}
    for key, written in items:
        try:
            found[key] = _value(key, written)
        except ValueError:
            if section.startswith("remote") or (section, key) in _NEEDED:
                raise
    return found


def remote_section(name: str) -> str:
    """The section of a remote."""
    return f'remote "{name.lower()}"'


def remotes(config: Config) -> Config:
    """The remotes, by name."""
    named = {_NAMED.fullmatch(section): values for section, values in config.items()}
    return {found[2]: values for found, values in named.items() if found and found[1] == "remote"}


def _section(written: str) -> str:
    name = written.strip().strip("'").strip().lower()
    named = _NAMED.fullmatch(name)
    return f'{named[1]} "{named[2]}"' if named else name


def _value(key: str, written: str) -> str:
    quoted = _QUOTED.fullmatch(written)
    value = quoted[2] if quoted else written.split("#")[0].rstrip()
    if "%(" in value or (not quoted and ("," in value or value[:1] in ("'", '"'))):
        raise ValueError(f"the value of {key}")
    return value


def absolute_paths(folder: str, config: Config, keys: Container[str]) -> Config:
    """The same with the local paths under these keys made absolute: they count from the folder of their file."""
    return {
        section: {key: _absolute(folder, value) if key in keys else value for key, value in values.items()}
        for section, values in config.items()
    }


def merged(configs: Iterable[Config]) -> Config:
    """Several configurations in one, later ones winning key by key."""
    whole: Config = {}
    for config in configs:
        for section, values in config.items():
            whole.setdefault(section, {}).update(values)
    return whole


def _absolute(folder: str, value: str) -> str:
    return value if re.match(r"\w+://", value) else os.path.abspath(os.path.join(folder, os.path.expanduser(value)))
