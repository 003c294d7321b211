"""docs/how-to: commands there are, options they take, decisions, packs and settings that are valid."""

from __future__ import annotations

import json
import posixpath
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.foreign.edit import look_up
from mlops_gitops.documents.foreign.nodes import Field
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring.profiles.segments import segmentations
from mlops_gitops.onboarding.editor_files import draft_schemas, schema_path
from mlops_gitops.records import desired_state, monitoring
from mlops_gitops.records.project import default_folders
from mlops_gitops.repository.snapshot import KINDS

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted((DOCS / "how-to").glob("*.md"))
SECTIONS = dict(re.findall(r"^##+ ([a-z ]+)$(.*?)(?=^##|\Z)", (DOCS / "reference/cli.md").read_text(), re.M | re.S))
COMMON = {"--repo", "--format", "--help"}


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_takes_the_options_it_is_given(page: Path) -> None:
    lines = [line.strip() for block in _blocks(page, "console") for line in block.splitlines()]
    piped = [part for line in lines for part in line.split(" | ")]
    ours = [part for part in piped if part.startswith("mlops-gitops ")]
    assert ours or page.stem == "hooks"
    for line in ours:
        words = line.split()[1:]
        name = " ".join(words[:2]) if " ".join(words[:2]) in SECTIONS else words[0]
        options = {word for word in words if word.startswith("--")}
        assert options <= COMMON | set(re.findall(r"--[a-z-]+", SECTIONS[name])), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_decision_and_every_pack_is_a_valid_one(page: Path) -> None:
    for kind, block in _files(page):
        assert schema_validation.check(parse("x.yaml", block.encode()), kind.lower()) == (), block


def test_there_are_pages_with_decisions_and_packs() -> None:
    kinds = [kind for page in PAGES for kind, _ in _files(page)]
    assert (kinds.count("Decision"), kinds.count("Pack")) == (8, 1)


def test_a_bias_audit_is_shown_as_it_must_be() -> None:
    blocks = _blocks(DOCS / "how-to/answer-to-a-regulation.md", "yaml")
    (audit,) = (block for block in blocks if block.startswith("audited:"))
    assert schema_validation.check(parse("x.yaml", audit.encode()), "bias-audit") == ()


def test_the_hooks_are_ours() -> None:
    (block,) = _blocks(DOCS / "how-to/hooks.md", "yaml")
    ours = yaml.safe_load((DOCS.parent / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in yaml.safe_load(block)["repos"][0]["hooks"]} <= {hook["id"] for hook in ours}


def test_the_settings_of_an_editor_name_every_schema_at_its_place() -> None:
    page = DOCS / "how-to/edit-in-an-editor.md"
    (block,) = _blocks(page, "json")
    kinds = [kind for kind in KINDS if schema_path(kind) in draft_schemas(KINDS)]
    places = {kind: kind.location.replace("{folder}", default_folders().get(kind.folder or "", "")) for kind in kinds}
    expected = {schema_path(kind): re.sub(r"\{\w+\}", "*", place) for kind, place in places.items()}
    assert json.loads(block)["yaml.schemas"] == expected
    (line,) = re.findall(r"# yaml-language-server: \$schema=(.*)$", page.read_text("utf-8"), re.MULTILINE)
    assert posixpath.normpath(f"models/churn/{line}") in expected


def _files(page: Path) -> list[tuple[str, str]]:
    """Kind and text of each whole file that a page shows."""
    blocks = [block for block in _blocks(page, "yaml") if block.startswith("apiVersion")]
    return [(re.findall(r"^kind: (\w+)$", block, re.MULTILINE)[0], block) for block in blocks]


def _shown(page: Path) -> dict[str, str]:
    """The files of a page whose first line is a comment with their path, by path."""
    blocks = [textwrap.dedent(block) for block in _blocks(page, "yaml")]
    return {block.split()[1]: block for block in blocks if re.match(r"# [\w./-]+\.yaml\n", block)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_desired_state_is_valid_and_sets_fields_that_its_page_shows(page: Path) -> None:
    shown = _shown(page)
    for path, block in shown.items():
        if f"kind: {desired_state.KIND.name}\n" not in block:
            continue
        document = parse(path, block.encode())
        assert schema_validation.check(document, desired_state.KIND.schema) == (), block
        files = [file for target in desired_state.read(document).targets for file in target.files]
        for file in files if page.stem.startswith("roll-out-") and len(shown) > 1 else ():
            for field in file.values:
                look_up(Field(file.path, file.select, field), shown[file.path].encode())


def test_four_pages_show_a_rollout_from_the_files_to_the_reports() -> None:
    states = {page.stem for page in PAGES for path in _shown(page) if path.startswith("environments/production/")}
    names = ("to-kserve", "with-flux", "to-sagemaker", "to-a-fleet", "in-waves")
    assert {f"roll-out-{name}" for name in names} <= states
    for name in names:
        text = (DOCS / f"how-to/roll-out-{name}.md").read_text("utf-8")
        assert "mlops-gitops rollback" in text and "mlops-gitops advance" in text


def test_segments_are_watched_by_a_valid_file() -> None:
    (block,) = _blocks(DOCS / "how-to/watch-segments.md", "yaml")
    head = "apiVersion: mlops-gitops/v1\nkind: Monitoring\nmodel: churn\nowner: operations\nstart: 2026-01-05\n"
    document = parse(monitoring.KIND.name, f"{head}every: 7d\ngrace: 2d\nenvironments: [production]\n{block}".encode())
    assert schema_validation.check(document, monitoring.KIND.schema) == ()
    assert [segmentation.by for segmentation in segmentations(monitoring.read(document))] == [("region",), ()]
