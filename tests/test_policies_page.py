"""docs/reference/policies.md: what it shows is valid, and shows every policy there is."""

from __future__ import annotations

import re
from pathlib import Path

import sample

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

PAGE = (Path(__file__).parent.parent / "docs/reference/policies.md").read_text()
(SHOWN,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_its_project_is_a_valid_one() -> None:
    tree = Overlay({"mlops.yaml": SHOWN.encode()})
    assert validate(Context(Snapshot(tree), sample.TODAY), Scope.TREE) == ()


def test_it_tells_of_every_policy_and_every_skip() -> None:
    properties = schema_validation.schema("project")["properties"]
    shown = parse("mlops.yaml", SHOWN.encode()).data
    told = properties["policies"]["properties"].keys() - {"unlinked_evaluation", "evidence"}
    assert set(shown["policies"]) == told
    environments = properties["environments"]["additionalProperties"]["properties"]
    assert {key for environment in shown["environments"].values() for key in environment} == set(environments)
    skips = schema_validation.schema("decision")["properties"]["subject"]["properties"]["skip"]["enum"]
    assert all(f"`skip: {name}`" in PAGE for name in skips)
