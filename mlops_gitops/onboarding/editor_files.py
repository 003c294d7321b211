"""What an editor needs to complete and check files: JSON Schemas in .schemas, and a line that names one."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.kind import Kind

FOLDER = ".schemas"


def schema_path(kind: Kind) -> str:
    """Where the schema of a kind lies."""
    return f"{FOLDER}/{kind.schema}.json"


def schema_text(kind: Kind) -> str:
    """The file that an editor reads."""
    return json.dumps(schema_validation.schema(kind.schema), indent=2, ensure_ascii=False) + "\n"


def draft_schemas(kinds: Iterable[Kind]) -> dict[str, str]:
    """Path → text of the schema of each kind that people write as YAML."""
    return {schema_path(kind): schema_text(kind) for kind in kinds if kind.location.endswith(".yaml")}


def with_editor_lines(texts: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """The texts, the first line of each YAML file being the one that names its schema.

    `kinds` are those of paths. Drafts of comments alone are left as they are: people remove their `#` line by line, and
    this line is a comment for good.
    """
    lines = {path: _editor_line(path, kind) for path, kind in kinds.items() if _takes_line(path, kind)}
    return {path: lines.get(path, "") + text for path, text in texts.items()}


def _takes_line(path: str, kind: Kind) -> bool:
    return path.endswith(".yaml") and not kind.drafted


def _editor_line(path: str, kind: Kind) -> str:
    """The line that the YAML language server reads; the schema's path is relative to the file."""
    return f"# yaml-language-server: $schema={posixpath.relpath(schema_path(kind), posixpath.dirname(path) or '.')}\n"
