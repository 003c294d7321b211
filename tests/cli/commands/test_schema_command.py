"""schema: what an editor or another validator gets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from house import Repository

from mlops_gitops.cli.main import main
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import parse
from mlops_gitops.documents.kind import Kind
from mlops_gitops.repository.snapshot import KINDS

PAGE = Path(__file__).parent.parent.parent.parent / "docs/reference/files.md"
SPELLINGS = sorted({(spelling, kind.schema) for kind in KINDS for spelling in (kind.schema, kind.name)})


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_it_is_pure_json_in_both_formats(
    spelling: str, name: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", spelling, "--format", output]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == schema_validation.schema(name) and err == ""


@pytest.mark.parametrize("name", [kind.schema for kind in KINDS])
def test_it_needs_no_other_file_and_says_its_draft(name: str) -> None:
    text = json.dumps(schema_validation.schema(name))
    assert schema_validation.schema(name)["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert re.findall(r'"\$(?:ref|dynamicRef)": "([^#][^"]*)"', text) == []


def test_the_list_says_which_file_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^kpis +KPIs +models/<model>/kpis.yaml +The KPIs of one model", out, re.MULTILINE)
    assert main(["schema", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["schemas"]
    assert [(its["schema"], its["kind"]) for its in listed] == [(kind.schema, kind.name) for kind in KINDS]
    assert "decisions/<name>.yaml" in [its["file"] for its in listed]


@pytest.mark.parametrize(
    ("name", "help"), [("kpi", "did you mean 'kpis'?"), ("../kpis", "did you mean"), ("zz", "known: project")]
)
def test_an_unknown_kind(name: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and f"there is no kind of file {name!r}" in captured.err and help in captured.err


def test_written_to_a_folder_it_is_no_file_of_ours_and_its_line_is_a_comment(repository: Repository) -> None:
    repository.write(".schemas/kpis.json", repository.ok("schema", "kpis").out)
    line = "# yaml-language-server: $schema=../../.schemas/kpis.json\n"
    text = (repository.root / "models/churn/kpis.yaml").read_text()
    repository.write("models/churn/kpis.yaml", line + text)
    assert repository.ok("validate").out == "3 files checked: 0 errors, 0 warnings\n"
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_leest: 0.8")
    assert "models/churn/kpis.yaml:18:7: error[schema] unknown key 'at_leest'" in repository.run("validate").out


def test_the_page_in_docs_is_what_the_schemas_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--page"]) == 0
    assert capsys.readouterr().out == PAGE.read_text("utf-8"), "run: make docs"
    assert main(["schema", "kpis", "--page"]) == 2 and "--page is about all kinds" in capsys.readouterr().err


def _described(its: Any) -> Iterator[str]:
    """Every description that a schema gives to a key or to what stands under a name one chooses."""
    for key, value in its.items() if isinstance(its, dict) else ():
        if key in ("properties", "additionalProperties"):
            found = value.values() if key == "properties" else [value]
            yield from (one["description"] for one in found if isinstance(one, dict) and "description" in one)
        for one in value if isinstance(value, list) else [value, *value.values()] if isinstance(value, dict) else ():
            yield from _described(one)


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.name)
def test_the_page_tells_of_every_key_and_gives_a_sound_example(kind: Kind) -> None:
    (section,) = re.findall(rf"^## {kind.name}$(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    told = {line.split(" | ")[3].removesuffix(" |") for line in section.splitlines() if line.startswith("| `")}
    assert set(_described(schema_validation.schema(kind.schema))) <= told
    (example,) = re.findall(r"^```(?:yaml|json)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert (
        schema_validation.check(
            parse(f"x{Path(kind.location).suffix.replace('.md', '.yaml')}", example.encode()), kind.schema
        )
        == ()
    )
