"""docs/reference/files.md: every key, and examples that are valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.retraining.record import BRANCH_KINDS
from pages.contents import text_of

PAGE = text_of("reference/files.md")


def _descriptions(schema: Any) -> Iterator[str]:
    """Every description that a schema gives to a key or to a value under a name one chooses."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in ("properties", "additionalProperties"):
            parts = value.values() if key == "properties" else [value]
            yield from (part["description"] for part in parts if isinstance(part, dict) and "description" in part)
        nested = value if isinstance(value, list) else [value, *value.values()] if isinstance(value, dict) else ()
        for part in nested:
            yield from _descriptions(part)


def _section(kind: str) -> str:
    (section,) = re.findall(rf"^## {kind}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(section)


def test_the_page_describes_every_key() -> None:
    for kind in (*KINDS, *BRANCH_KINDS):
        rows = [line for line in _section(kind.name).splitlines() if line.startswith("| `")]
        shown = {row.split(" | ")[3].removesuffix(" |") for row in rows}
        assert set(_descriptions(schema_validation.schema(kind.schema))) <= shown, kind.name


def test_each_kind_has_a_valid_example() -> None:
    for kind in (*KINDS, *BRANCH_KINDS):
        (example,) = re.findall(r"^```(?:yaml|json)\n(.*?)^```", _section(kind.name), re.MULTILINE | re.DOTALL)
        path = f"x{Path(kind.location).suffix.replace('.md', '.yaml')}"
        assert schema_validation.check(parse(path, example.encode()), kind.schema) == (), kind.name
