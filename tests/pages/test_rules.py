"""docs/reference/rules: every rule, and examples that are valid."""

from __future__ import annotations

import re

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.ignore_comments import parse_ignores
from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.catalogue import catalogue_entries
from pages.contents import text_of


def test_each_rule_has_a_section_and_a_link() -> None:
    links = re.findall(r"\]\(([a-z-]+\.md)#([a-z0-9-]+)\)", text_of("reference/rules/index.md"))
    headings = [
        (page, heading)
        for page in dict.fromkeys(page for page, _ in links)
        for heading in re.findall(r"^## (.+)$", text_of(f"reference/rules/{page}"), re.MULTILINE)
    ]
    assert headings == links == [(entry.page, entry.id) for entry in catalogue_entries()]


def test_the_waiver_and_the_comments_are_valid() -> None:
    text = text_of("reference/rules/index.md")
    (waiver,) = re.findall(r"```yaml\n(apiVersion.*?)```", text, re.DOTALL)
    assert schema_validation.check(parse("decisions/x.yaml", waiver.encode()), "decision") == ()
    assert re.findall(r"rule: ([a-z-]+)", waiver) == [
        entry.id for entry in catalogue_entries() if entry.id in waiver and entry.waivable
    ]
    (comment,) = parse_ignores("x.yaml", re.findall(r"```yaml\n(metric.*?)```", text, re.DOTALL)[0])
    (in_text,) = parse_ignores("x.md", re.findall(r"`(<!--.*?-->)`", text)[0])
    assert comment.rules == in_text.rules == ("rule-id",) and comment.reason
