"""What governance prints, and its pages, claim no more than was looked at: a list of words that never appear."""

from __future__ import annotations

import re
from pathlib import Path

import governed
from cases import cases

from mlops_gitops.compliance.assess import assess
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.tables import result_tables, results_to_json, source_table, summary_table
from mlops_gitops.core import plugins
from mlops_gitops.policy.catalogue import find_entry
from mlops_gitops.policy.rule import Edit
from mlops_gitops.repository.packs_in_force import built_in, built_in_ids

TOP = Path(__file__).parent.parent
NEVER = re.compile(
    r"\bcomplian(?:t|ce score)\b|% complete|\bcertified\b|\bconforms\b|audit-ready|\bguaranteed\b|tamper-proof"
    r"|\bunbiased\b|\btrustworthy\b|meets the AI Act|\b(?:is|are|as|be|it) (?:fair|explainable)\b",
    re.IGNORECASE,
)
SOURCES = [
    *sorted((TOP / "docs/reference/packs").glob("*.md")), TOP / "docs/how-to/answer-to-a-regulation.md",
    TOP / "schemas/pack.json",
    TOP / "schemas/bias-audit.json", TOP / "schemas/explanation.json",
    *sorted((TOP / "mlops_gitops/compliance").rglob("*.yaml")),
    *sorted((TOP / "mlops_gitops/compliance").rglob("*.py")),
    *sorted((TOP / "mlops_gitops/orchestration/governance").glob("*.py")),
    *sorted((TOP / "mlops_gitops/audit").rglob("*.py")),
    *sorted((TOP / "mlops_gitops/demo/governance").rglob("*.yaml")),
    TOP / "docs/how-to/hand-evidence-to-an-auditor.md", TOP / "docs/how-to/keep-an-anchor.md",
    TOP / "docs/tutorial/prove-it.md", TOP / "schemas/anchor.json",
    *(TOP / f"mlops_gitops/cli/{name}.py" for name in
      ("audit_anchor", "audit_export", "commands/audit", "commands/replay", "commands/inventory", "demo/governance")),
    TOP / "mlops_gitops/cli/commands/governance.py", TOP / "mlops_gitops/cli/commands/explain.py",
    TOP / "mlops_gitops/records/pack.py",
    *(TOP / f"mlops_gitops/policy/rules/{name}.py" for name in
      ("pack_source", "known_pack", "promotion_packs", "attest_subject")),
]  # fmt: skip


@cases("path", SOURCES)
def test_no_source_and_no_page_of_governance_claims_more(path: Path) -> None:
    assert NEVER.findall(path.read_text("utf-8")) == []


@cases("edits", [(), (Edit(CARD, "class: high", "class: limited"),), (Edit(CARD, None, None),)])
def test_no_report_claims_more(edits: tuple[Edit, ...]) -> None:
    packs, subject = [built_in(id) for id in built_in_ids()], governed.subject(*edits)
    results = assess(packs, subject)
    tables = [*result_tables(subject, results), summary_table(subject, results), source_table(packs)]
    assert NEVER.findall(f"{tables} {results_to_json(subject, results)} {find_entry('governance')}") == []


def test_no_help_of_the_command_claims_more() -> None:
    import argparse

    parser, command = argparse.ArgumentParser(), plugins.load("cli.commands", "governance", "COMMAND")
    command.add_arguments(parser)
    assert NEVER.findall(f"{command.summary} {parser.format_help()}") == []


@cases("text", ["The model is compliant.", "95% complete", "It meets the AI Act", "the model is fair", "Audit-ready"])
def test_the_list_finds_such_words(text: str) -> None:
    assert NEVER.search(text)


def test_a_report_holds_counts_and_never_a_share_of_what_is_met() -> None:
    packs, subject = [built_in("us-mrm")], governed.subject()
    (table,) = [summary_table(subject, assess(packs, subject))]
    assert "%" not in str(table) and re.search(r"\d+ passed", str(table))
