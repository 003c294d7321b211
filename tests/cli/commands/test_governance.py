"""Packs in a real repository: what is shown of a model, what keeps a promotion out, and by which pack it is judged."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from messages import lines_with

CARD = "models/churn/README.md"
PACK_PATH = "governance/packs/house.yaml"
PACK = """apiVersion: mlops-gitops/v1
kind: Pack
id: house
version: "1"
title: What our committee asks for
requirements:
  - id: HR-1
    title: Purpose and exposure
    source: {act: Minutes, article: "7", source_checked: 2026-11-29, against: the signed minutes}
    applies_from: 2026-01-01
    role: model-owner
    severity: {minimal: none, limited: error, high: error, prohibited: error}
    checks: [purpose, exposure]
  - id: HR-2
    title: A second look
    source: {act: Minutes, article: "8", source_checked: 2026-11-29, against: the signed minutes}
    applies_from: 2026-01-01
    role: validator
    severity: {minimal: none, limited: warning, high: error, prohibited: error}
    checks: [{attestation: second-look, max_age: 12 months, per: release}]
  - id: HR-3
    title: Gates
    source: {act: Minutes, article: "9", source_checked: 2026-11-29, against: the signed minutes}
    applies_from: 2026-01-01
    role: model-owner
    severity: {minimal: error, limited: error, high: error, prohibited: error}
    checks: [gates-recorded, approval-proven, records-kept]
"""
GOVERNANCE = "governance: {packs: [house], enforce: [production]}\n"
ATTEST = """apiVersion: mlops-gitops/v1
kind: Decision
type: attest
subject: {model: churn, release: "1.0.0", requirement: HR-2}
role: operations
by: bob
reason: I ran it against last year's list.
expires: 2099-12-31
"""


@pytest.fixture
def governed(repository: Repository) -> Repository:
    """The prepared repository with a pack of its own, enforced in production, from its first commit on."""
    repository.write(PACK_PATH, PACK)
    repository.edit("mlops.yaml", "branch: main\n", f"branch: main\n{GOVERNANCE}")
    repository.begin_so()
    return repository


def fill_in(repository: Repository) -> None:
    """Writes what HR-1 asks for."""
    more = "  purpose: Which accounts are called first.\n  exposure: Forty thousand accounts a year.\n"
    repository.edit(CARD, "  limitations: One country.\n", f"  limitations: One country.\n{more}")


def rows(repository: Repository, *args: object, code: int = 0) -> dict[str, dict[str, str]]:
    """The requirements as governance shows them, by their ids."""
    answer = repository.run("governance", "churn", *args, "--format", "json")
    assert answer.code == code, answer
    return {row["id"]: row for pack in answer.json["models"][0]["packs"] for row in pack["requirements"]}


def test_a_pack_of_ones_own_that_is_not_valid_is_named_with_its_file(governed: Repository) -> None:
    governed.edit(PACK_PATH, "role: validator", "role: operator")
    governed.commit("Another role")
    answer = governed.run("governance", "churn", "--pack", "house")
    assert answer.code == 2 and PACK_PATH in answer.err and "did you mean" not in answer.err


def test_from_a_refused_promotion_to_an_attested_one_and_its_audit(governed: Repository) -> None:
    governed.release()
    governed.promote("staging")
    assert rows(governed, code=1)["HR-1"]["status"] == "failed"
    refused = governed.run("promote", "churn", "--to", "production")
    assert refused.code == 1
    assert lines_with(refused.out, CARD, "HR-1", "mlops.purpose") and lines_with(refused.out, "refused")
    assert lines_with(governed.run("validate").out, CARD, "warning[governance]", "HR-1")

    fill_in(governed)
    governed.write("decisions/2026-11-30-second-look.yaml", ATTEST)
    governed.agree("complete", "bob")
    found = rows(governed)
    assert {id: row["status"] for id, row in found.items()} == {"HR-1": "present", "HR-2": "attested", "HR-3": "passed"}
    assert "bob (operations)" in found["HR-2"]["evidence"]

    governed.promote("production")
    record = json.loads((governed.root / "promotions/production/churn/0001.json").read_text())
    (pinned,) = record["predicate"]["packs"]
    assert (pinned["id"], pinned["version"]) == ("house", "1") and pinned["digest"].startswith("sha256:")
    assert governed.ok("audit").out.endswith("every guarded change is explained and proven\n")

    listed = governed.ok("inventory", "--format", "csv").out.splitlines()
    assert [line.split(",")[:3] for line in listed[1:]] == [
        ["churn", "production", "1.0.0"], ["churn", "staging", "1.0.0"]
    ]  # fmt: skip
    assert all("bob (operations)" in line and "attest decisions/" in line for line in listed[1:])
    assert governed.run("inventory", "--at", "1999-01-01").code == 2
    assert governed.run("inventory", "--at", "9999-12-31").code == 0  # the last day there is
    bom = json.loads(governed.ok("bom", "churn").out)
    assert (
        bom["metadata"]["component"]["version"] == "1.0.0"
        and bom == governed.ok("bom", "churn", "--format", "json").json
    )
    unknown = governed.run("bom", "churn", "--release", "9.9.9")
    assert (
        unknown.code == 2 and lines_with(unknown.err, "churn", "9.9.9") and lines_with(unknown.err, "there are 1.0.0")
    )


def test_who_lowers_a_class_or_takes_back_a_flag_needs_the_policy_s_approval(governed: Repository) -> None:
    governed.edit(CARD, "class: limited", "class: minimal")
    number = governed.propose("lower")
    refused = governed.run("check", number)
    assert refused.code == 1 and lines_with(refused.out, CARD, "policy-change", "data-science", "0 of 1")
    governed.merge("bob", "carol")
    receipts = governed.sh("git", "tag", "--list", "--format=%(contents)", "mlops-gitops/policy/*")
    assert receipts.count(f'"path": "{CARD}"') == 1 and f"{CARD} is merged, approvals met" in receipts


def test_a_card_that_was_lowered_past_review_leaves_the_policy_unproven(governed: Repository) -> None:
    governed.release()
    governed.edit(CARD, "class: limited", "class: minimal")
    governed.commit("Lower it, and tell nobody")
    governed.ok("record")
    found = governed.run("audit")
    assert found.code == 3 and lines_with(found.out, CARD, "policy-receipt")


def test_evidence_out_of_reach_is_undecided_here_and_in_check_and_not_before_a_commit(governed: Repository) -> None:
    pack = PACK.replace("checks: [purpose, exposure]", "checks: [robustness]")
    governed.write(PACK_PATH, pack)
    governed.write("reports/robust.md", "It holds.\n")
    governed.sh("dvc", "add", "-q", "reports/robust.md")
    md5 = hashlib.md5(b"It holds.\n").hexdigest()
    piece = f"  evidence: [{{id: r, type: robustness, path: reports/robust.md, md5: {md5}}}]\n"
    governed.edit(CARD, "  limitations: One country.\n", f"  limitations: One country.\n{piece}")
    governed.sh("dvc", "push", "-q", "reports/robust.md")
    governed.begin_so()
    governed.release()
    governed.promote("staging")
    assert rows(governed)["HR-1"]["status"] == "present"
    governed.ok("promote", "churn", "--to", "production")
    for place in (governed.root / ".dvc/cache", governed.root.parent / "storage"):
        for kept in sorted(place.rglob(md5[2:])):
            kept.unlink()
    (governed.root / "reports/robust.md").unlink()
    assert rows(governed, code=3)["HR-1"]["status"] == "not available"
    number = governed.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    for who in ("bob", "carol"):
        governed.ok("pr", "approve", number, "--as", f"{who}@example.org")
    checked = governed.run("check", number)
    assert checked.code == 3 and lines_with(checked.out, "error[governance]", "HR-1", "reports/robust.md")
    assert governed.run("validate").code == 0


def test_text_fits_eighty_columns_and_every_format_holds_every_row(
    governed: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    governed.release()
    monkeypatch.setenv("COLUMNS", "80")
    wide = [line for line in governed.run("governance").out.splitlines() if len(line) > 80]
    assert wide == []
    for output in ("markdown", "html", "json"):
        text = governed.run("governance", "--format", output).out
        assert all(id in text for id in ("HR-1", "HR-2", "HR-3")), output
    page = governed.run("governance", "--format", "html").out
    assert page.startswith("<!doctype html>") and "<script" not in page and "http" not in page


def test_a_card_cannot_put_markup_into_the_page(governed: Repository) -> None:
    fill_in(governed)
    governed.edit(CARD, "Which accounts are called first.", "'<script>alert(1)</script> \u202e'")
    page = governed.run("governance", "--format", "html").out
    assert "<script" not in page and "&lt;script&gt;" in page and "\u202e" not in page


def test_a_built_in_pack_on_the_day_before_it_applies_and_on_that_day(governed: Repository) -> None:
    before = rows(governed, "--pack", "us-co-admt", "--at", "2026-12-31")
    assert {row["evidence"] for row in before.values()} == {"until 2027-01-01"}
    after = rows(governed, "--pack", "us-co-admt", "--at", "2027-01-01")
    assert {row["evidence"] for row in after.values()} == {"mlops.consequential is not true"}


@cases(
    "args, facts",
    [(("governance", "--pack", "eu-ai-akt"), ("eu-ai-akt", "eu-ai-act")),
     (("governance", "chorn"), ("chorn", "churn")),
     (("governance", "--release", "1.0.0"), ("MODEL --release",)),
     (("governance", "churn", "--release", "9.9.9"), ("churn 9.9.9",)),
     (("governance", "--at", "2026-02-30"), ("2026-02-30",)),
     (("governance", "--at", "1999-01-01"), ("1999-01-01",))],
)  # fmt: skip
def test_bad_arguments_get_one_line(governed: Repository, args: tuple[str, ...], facts: tuple[str, ...]) -> None:
    answer = governed.run(*args)
    assert answer.code == 2 and all(fact in answer.err for fact in facts), answer
    assert len(answer.err.strip().splitlines()) <= 2 and answer.out == ""


def test_without_packs_it_says_how_to_name_one(repository: Repository) -> None:
    answer = repository.run("governance")
    assert answer.code == 2 and lines_with(answer.err, "governance: {packs: [eu-ai-act]}")


@cases(
    "old, new, facts",
    [("purpose, exposure", "purpose, expossure", ("expossure", "did you mean 'exposure'")),
     ("source: {act: Minutes, article: \"7\", source_checked: 2026-11-29, against: the signed minutes}", "",
      ("the key 'source' is missing",)),
     ("act: Minutes, article: \"7\"", "act: Regulation (EU) 2024/1689, article: Article 10(5)",
      ("Article 10(5)", "Article 4a", "Regulation (EU) 2026/1744")),
     ("severity: {minimal: none, limited: error", "severity: {minimal: none, unacceptable: error, limited: error",
      ("unacceptable",)),
     ("2026-01-01", "2026-02-30", ("2026-02-30",)),
     ("id: HR-2", "id: HR-1", ("two requirements", "HR-1"))],
)  # fmt: skip
def test_a_pack_that_cannot_judge_gets_one_line_at_its_place(
    governed: Repository, old: str, new: str, facts: tuple[str, ...]
) -> None:
    governed.write(PACK_PATH, PACK.replace(old, new, 1))
    found = governed.run("validate", PACK_PATH)
    assert found.code == 1, found
    errors = [line for line in found.out.splitlines() if ": error[" in line]
    assert len(errors) == 1 and errors[0].startswith(f"{PACK_PATH}:") and all(fact in found.out for fact in facts), (
        found
    )


def test_a_pack_out_of_place_is_found(governed: Repository) -> None:
    shutil.copy(governed.root / PACK_PATH, governed.root / "governance/packs/more.yml")
    assert lines_with(governed.run("validate").out, "governance/packs/more.yml", "unexpected-file")


def test_a_pack_of_another_name_than_its_id_is_found(governed: Repository) -> None:
    Path(governed.root / PACK_PATH).rename(governed.root / "governance/packs/other.yaml")
    found = governed.run("validate")
    assert lines_with(found.out, "governance/packs/other.yaml", "names-agree", "house")
    assert lines_with(found.out, "mlops.yaml", "known-pack", "house")
