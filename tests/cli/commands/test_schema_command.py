"""schema: what an editor or another validator gets."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from house import Repository

from mlops_gitops.cli.main import main
from mlops_gitops.documents import schema_validation
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.retraining.record import BRANCH_KINDS

ALL = (*KINDS, *BRANCH_KINDS)
SPELLINGS = sorted({(spelling, kind.schema) for kind in ALL for spelling in (kind.schema, kind.name)})


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_it_is_pure_json_in_both_formats(
    spelling: str, name: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", spelling, "--format", output]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == schema_validation.schema(name) and err == ""


@pytest.mark.parametrize("name", [kind.schema for kind in ALL])
def test_it_needs_no_other_file_and_says_its_draft(name: str) -> None:
    text = json.dumps(schema_validation.schema(name))
    assert schema_validation.schema(name)["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert re.findall(r'"\$(?:ref|dynamicRef)": "([^#][^"]*)"', text) == []


def test_the_list_says_which_file_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^kpis +KPIs +models/<model>/kpis.yaml *\n +holds: The KPIs of one model", out, re.MULTILINE)
    assert main(["schema", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["schemas"]
    assert [(entry["schema"], entry["kind"]) for entry in listed] == [(kind.schema, kind.name) for kind in ALL]
    assert "decisions/<name>.yaml" in [entry["file"] for entry in listed]


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
