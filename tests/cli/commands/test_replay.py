"""replay: a decision derived again from what is on record, and what another policy would have made of the past."""

from __future__ import annotations

import re

import pytest
from house import KPIS, PROJECT, Repository
from messages import lines_with

RECORD = "promotions/production/churn/0001.json"
OTHER = "../other.yaml"


@pytest.fixture
def promoted(repository: Repository) -> Repository:
    """A release in production, and one that was never promoted."""
    repository.to_production()
    repository.retrain(46)
    repository.release("1.1.0")
    return repository


def answers(repository: Repository, *words: str, text: str = "", code: int) -> list[tuple[str, str, str]]:
    """Environment, answer and reasons of each promotion."""
    if text:
        repository.write(OTHER, text)
    answer = repository.run("replay", "--with", *(words if not text else (OTHER, *words)), "--format", "json")
    assert answer.code == code, answer
    return [
        (past["environment"], past["answer"], "; ".join(f"{r['what']}: {r['why']}" for r in past["reasons"]))
        for past in answer.json["promotions"]
    ]


def test_one_decision_follows_from_its_inputs_each_by_digest_and_reads_the_same_each_time(promoted: Repository) -> None:
    first = promoted.ok("replay", RECORD, "--format", "json")
    data = first.json
    assert (data["outcome"], [gate["derived"] for gate in data["gates"]]) == ("passed", ["passed", "passed"])
    inputs = {found["what"]: found["where"] for found in data["inputs"]}
    assert inputs["KPIs"] == "models/churn/kpis.yaml" and inputs["manifest"] == "releases/churn/1.0.0.yaml"
    assert inputs["upstream"] == "promotions/staging/churn/0001.json" and inputs["receipt"] == "churn#production#1"
    assert all(re.fullmatch(r"(sha256:|git:)?[0-9a-f]{32,64}", found["digest"]) for found in data["inputs"])
    for named in (data["digest"], data["digest"][:20], "churn#production#1"):
        assert promoted.ok("replay", named, "--format", "json").out == first.out
    assert "measured again" in promoted.ok("replay", RECORD, "--data").out


def test_a_record_that_was_edited_or_has_no_receipt_does_not_follow(promoted: Repository) -> None:
    for kept in ("refs/tags", "refs/mlops/tags"):
        promoted.sh("git", "update-ref", "-d", f"{kept}/churn#production#1")
    unproven = promoted.run("replay", RECORD)
    assert unproven.code == 3 and "churn#production#1" in unproven.out
    promoted.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv")
    gone = promoted.run("replay", "promotions/staging/churn/0001.json", "--data")
    assert gone.code == 3 and "accuracy is not re-measured" in gone.out


def test_a_record_or_a_manifest_that_was_changed_or_removed_later_fails(promoted: Repository) -> None:
    for path, text in ((RECORD, "{}"), (RECORD, None), ("releases/churn/1.0.0.yaml", "kind: Release\n")):
        tip = promoted.sh("git", "rev-parse", "origin/main")
        promoted.write(path, text) if text else promoted.sh("git", "rm", "-q", path)
        promoted.commit("Later")
        answer = promoted.run("replay", RECORD, "--format", "json")
        found = [each for each in answer.json["diagnostics"] if each["rule"] == "immutable"]
        assert answer.code == 1 and [each["path"] for each in found] == [path], answer
        promoted.sh("git", "reset", "-q", "--hard", tip)
        promoted.sh("git", "push", "-q", "-f", "origin", "HEAD:main")


def test_a_record_with_a_number_that_was_typed_fails(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.0.0")
    branch = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["branch"]
    repository.sh("git", "fetch", "-q")
    repository.sh("git", "merge", "-q", "--no-ff", f"origin/{branch}")
    path = "promotions/staging/churn/0001.json"
    repository.edit(path, '"value": 0.9,', '"value": 0.7,')
    repository.sh("git", "add", "--all")
    repository.sh("git", "commit", "-q", "--amend", "--no-edit")
    repository.sh("git", "push", "-q", "origin", "HEAD:main")
    answer = repository.run("replay", path, "--format", "json")
    assert answer.code == 1 and "promotion-gates" in {found["rule"] for found in answer.json["diagnostics"]}
    assert [gate["derived"] for gate in answer.json["gates"] if gate["id"] == "accuracy"] == ["failed"]


def test_other_thresholds_are_judged_by_recorded_values_and_other_bounds_by_data(promoted: Repository) -> None:
    strict = KPIS.replace("at_least: 0.8", "at_least: 0.95")
    found = answers(promoted, text=strict, code=1)
    assert [where for where, _, _ in found] == ["staging", "production"]
    assert {what for _, what, _ in found} == {"would be refused"}
    assert "accuracy is 0.9, and at least 0.95" in found[0][2]
    assert {what for _, what, _ in answers(promoted, text=KPIS.replace("0.8", "0.7"), code=0)} == {"unchanged"}
    sure = KPIS.replace("at_least: 0.8", "at_least: 0.8\n      confidence: 0.95")
    unsure = answers(promoted, text=sure, code=3)
    assert {what for _, what, _ in unsure} == {"cannot tell"} and "confidence of 0.95" in unsure[0][2]
    assert {what for _, what, _ in answers(promoted, "--data", text=sure, code=0)} == {"unchanged"}
    assert answers(promoted, "--since", "2099-01-01", text=strict, code=0) == []


def test_with_data_releases_that_were_never_promoted_are_measured_too(promoted: Repository) -> None:
    promoted.write(OTHER, KPIS.replace("at_least: 0.8", "at_least: 0.91"))
    answer = promoted.run("replay", "--with", OTHER, "--data", "--format", "json")
    (never,) = answer.json["never_promoted"]
    assert (never["release"], never["answer"], never["then"]) == ("1.1.0", "would pass", "would pass")
    assert promoted.run("replay", "--with", OTHER, "--format", "json").json["never_promoted"] == []
    assert lines_with(promoted.run("replay", "--with", OTHER).out, "refused then", "no record")
    promoted.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv")
    gone = promoted.run("replay", "--with", OTHER, "--data", "--format", "json").json["never_promoted"]
    assert gone[0]["answer"] == "cannot tell"


def test_another_project_is_judged_by_rules_times_and_the_names_on_receipts(promoted: Repository) -> None:
    more = PROJECT.replace(
        "staging: {approvals: {operations: 1}}", "staging: {approvals: {data-science: 1}, soak: 24h}"
    )
    found = answers(promoted, text=more, code=1)
    assert [what for _, what, _ in found] == ["would be refused", "would be refused"]
    assert "0 of 1 approvals from data-science" in found[0][2] and "soak" in found[1][2]
    assert {what for _, what, _ in answers(promoted, text=PROJECT, code=0)} == {"unchanged"}
    gone = PROJECT[: PROJECT.index("  production:")]
    assert "no environment production" in answers(promoted, text=gone, code=1)[1][2]
    governed = PROJECT + "governance: {packs: [us-mrm], enforce: [production]}\n"
    found = answers(promoted, text=governed, code=1)
    assert found[0][1:] == ("unchanged", "") and "MRM-OUT" in found[1][2]
    absent = answers(promoted, text=governed.replace("us-mrm", "house"), code=3)
    assert absent[1][1] == "cannot tell" and "governance/packs/house.yaml" in absent[1][2]


def test_a_pack_is_judged_on_the_day_of_each_promotion_or_on_another(promoted: Repository) -> None:
    assert {what for _, what, _ in answers(promoted, "eu-ai-act", code=0)} == {"unchanged"}
    assert "AIA-6" in answers(promoted, "eu-ai-act", "--at", "2028-01-01", code=1)[0][2]
    assert lines_with(promoted.run("replay", "--with", "eu-ai-act").out, "--at 2027-12-02")


def test_bad_input_is_refused_by_name(promoted: Repository) -> None:
    promoted.write(OTHER, KPIS.replace("path: data/holdout.csv", "path: [data]"))
    promoted.write("../other.txt", "kind: Release\n")
    promoted.write("../broken.yaml", "kind: KPIs\n  model: [\n")
    for words, reason in (
        ((), "--with"),
        ((RECORD, "--with", "us-mrm"), "--with"),
        ((RECORD, "--since", "2026-01-01"), "--since"),
        (("promotions/production/churn/0009.json",), "0009"),
        (("sha256:",), "sha256:"),
        (("--with", "no-such-pack"), "no-such-pack"),
        (("--with", "models/churn/README.md"), "README.md"),
        (("--with", "../other.txt"), "other.txt"),
        (("--with", "../broken.yaml"), "broken.yaml:2"),
        (("--with", "models"), "models"),
        (("--with", ""), "without a name"),
        (("--with", "models/churn/kpis.yaml", "--at", "2026-01-01"), "--at"),
        (("--with", OTHER), "other.yaml:6"),
    ):
        answer = promoted.run("replay", *words)
        assert answer.code == 2 and reason in answer.err and "Traceback" not in answer.err, answer
