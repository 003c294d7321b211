"""audit: each way of talking the history round is caught, and named by commit and file, however it was merged."""

from __future__ import annotations

import json

import pytest
from house import Repository
from messages import lacking, lines_with

DECISIONS = {  # name: (type, subject, expires), as the audit then lists it
    "go": ("override", '{model: churn, release: "1.0.0", environment: production, skip: soak}', "2020-01-01"),
    "unsure": ("accept", '{model: churn, release: "1.0.0", gate: accuracy}', "2099-12-31"),
    "vendor": ("waiver", "{rule: unsafe-format, path: models/churn/README.md}", "2099-12-31"),
    "leak": ("quarantine", '{model: churn, release: "0.9.0"}', ""),
    "safe": ("lift", '{model: churn, release: "0.9.0", environment: staging}', ""),
}
RECORD = "promotions/staging/churn/0001.json"
STATE = "environments/staging/churn.yaml"
MANIFEST = "releases/churn/1.0.0.yaml"


@pytest.fixture(params=["merge", "squash", "rebase"])
def promoted(request: pytest.FixtureRequest, repository: Repository) -> Repository:
    """A release that was promoted to staging, by each way of merging; the audit found no fault yet."""
    how = None if request.param == "merge" else request.param

    def promote() -> None:
        repository.ok("release", "churn", "1.0.0")
        repository.merge(how=how)
        repository.promote("staging", how=how)
        repository.ok("audit")

    repository.once(f"promoted by {request.param}", promote)
    return repository


def _faults(repository: Repository, *args: str) -> list[dict[str, object]]:
    answer = repository.run("audit", "--format", "json", *args)
    assert answer.code == 1, answer
    found: list[dict[str, object]] = answer.json["diagnostics"]
    return found


def _names(found: list[dict[str, object]], commit: str, path: str) -> bool:
    return any(commit[:10] in str(d["message"]) and d["path"] == path for d in found)


def test_a_clean_history_passes_and_is_measured_again(promoted: Repository) -> None:
    answer = promoted.ok("audit", "--data")
    assert "every guarded change is explained and proven" in answer.out
    assert "unanchored" in answer.out


def test_an_older_revision_is_not_held_to_receipts_of_what_came_later(promoted: Repository) -> None:
    promoted.ok("audit", "--rev", promoted.sh("git", "rev-list", "--first-parent", "HEAD").split()[1])


def test_an_edited_record(promoted: Repository) -> None:
    promoted.edit(RECORD, '"why": ""', '"why": "The board agreed"')
    commit = promoted.commit("Tidy up")
    assert _names(_faults(promoted), commit, RECORD)


def test_a_deleted_record(promoted: Repository) -> None:
    (promoted.root / RECORD).unlink()
    commit = promoted.commit("Tidy up")
    assert _names(_faults(promoted), commit, RECORD)


def test_a_swapped_artifact_digest(promoted: Repository) -> None:
    digest = promoted.sh("grep", "-m1", "md5: ", MANIFEST).split()[-1].strip('"')
    promoted.edit(MANIFEST, digest, "0" * 32)
    commit = promoted.commit("Tidy up")
    assert _names(_faults(promoted), commit, MANIFEST)


def test_a_hand_edited_desired_state(promoted: Repository) -> None:
    promoted.edit(STATE, '"1.0.0"', '"0.9.0"')
    commit = promoted.commit("Roll back quickly")
    found = _faults(promoted)
    assert _names(found, commit, STATE)
    assert "without a record" in str(found[0]["message"])


def test_a_verdict_that_does_not_follow_from_its_numbers(promoted: Repository) -> None:
    text = (promoted.root / RECORD).read_text()
    record = json.loads(text)
    predicate = record["predicate"]
    predicate |= {
        "sequence": 2,
        "replaces": "1.0.0",
        "previous": promoted.ok("record", "--format", "json").json["anchor"]["digest"],
    }
    predicate["gates"][0]["value"] = 0.5
    promoted.write("promotions/staging/churn/0002.json", json.dumps(record, indent=2) + "\n")
    commit = promoted.commit("Promote by hand")
    found = _faults(promoted)
    assert _names(found, commit, "promotions/staging/churn/0002.json")
    assert any("its numbers and KPI give failed" in str(d["message"]) for d in found)


def test_a_moved_receipt(promoted: Repository) -> None:
    tag = "churn#staging#1"
    message = promoted.sh("git", "tag", "-l", "--format=%(contents)", tag)
    promoted.sh("git", "tag", "-f", "-a", "-m", message, tag, "HEAD")
    found = _faults(promoted)
    assert any(f"the receipt {tag} was moved" in str(d["message"]) and d["path"] == RECORD for d in found)


def test_a_receipt_replaced_by_a_lightweight_tag(promoted: Repository) -> None:
    promoted.sh("git", "tag", "-f", "churn#staging#1", "churn#staging#1^{commit}")
    assert any("it is lightweight" in str(d["message"]) for d in _faults(promoted))


def test_a_receipt_of_other_content(promoted: Repository) -> None:
    tag = "churn#staging#1"
    message = promoted.sh("git", "tag", "-l", "--format=%(contents)", tag).replace(
        '"digest": "sha256:', '"digest": "sha256:00'
    )
    promoted.sh("git", "tag", "-f", "-a", "-m", message, tag, f"{tag}^{{commit}}")
    assert any("is of other content" in str(d["message"]) for d in _faults(promoted))


def _merge_and_claim_approval(repository: Repository, by: str) -> None:
    """Merges unapproved, and rewrites the receipt: somebody approved as operations, and this was all it needed."""
    tag = "churn#staging#1"
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    repository.ok("record")
    first, _, facts = repository.sh("git", "tag", "-l", "--format=%(contents)", tag).partition("\n\n")
    facts = json.loads(facts) | {"approved": "met", "approvals": [{"role": "operations", "by": by}]}
    repository.sh("git", "tag", "-f", "-a", "-m", f"{first}\n\n{json.dumps(facts)}", tag, f"{tag}^{{commit}}")


def test_a_rewritten_receipt_that_says_the_requester_approved(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "config", "user.email", "bob@example.org")
    repository.ok("promote", "churn", "--to", "staging")
    _merge_and_claim_approval(repository, "bob")
    assert any(not lacking(str(d["message"]), "churn#staging#1", "operations", "0 of 1") for d in _faults(repository))


def test_a_rewritten_receipt_that_says_a_writer_of_the_branch_approved(repository: Repository) -> None:
    """Alice asked for it, and Bob committed to her branch before it was merged."""
    repository.release()
    proposed = repository.ok("promote", "churn", "--to", "staging", "--format", "json")
    branch = proposed.json["pull_request"]["branch"]
    repository.sh("git", "fetch", "-q", "origin", branch)
    repository.sh("git", "switch", "-q", "-c", branch, "FETCH_HEAD")
    repository.sh("git", "config", "user.email", "bob@example.org")
    repository.write("notes.txt", "more\n")
    repository.commit("More", push=False)
    repository.sh("git", "push", "-q", "origin", branch)
    repository.sh("git", "switch", "-q", "main")
    repository.sh("git", "config", "user.email", "carol@example.org")
    _merge_and_claim_approval(repository, "bob")
    assert any(not lacking(str(d["message"]), "churn#staging#1", "operations", "0 of 1") for d in _faults(repository))


def test_a_missing_receipt_is_not_fine(promoted: Repository) -> None:
    promoted.sh("git", "tag", "-d", "churn#staging#1")
    promoted.sh("git", "update-ref", "-d", "refs/mlops/tags/churn#staging#1")
    answer = promoted.run("audit")
    assert (answer.code, "approvals are unproven" in answer.out) == (3, True)


def test_a_merge_nobody_approved(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    repository.ok("record")
    found = _faults(repository)
    assert "was merged without the approvals it needed" in str(found[0]["message"])


def test_a_promotion_pushed_past_its_pull_request(repository: Repository) -> None:
    repository.release()
    pull = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json["pull_request"]
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "push", "-q", "origin", f"{pull['head']}:main")
    repository.pull()
    repository.ok("record")
    answer = repository.run("audit")
    assert (answer.code, "approvals that are unproven" in answer.out) == (3, True)


def test_an_anchor_finds_a_rewritten_history(promoted: Repository) -> None:
    anchor = promoted.ok("record", "--format", "json").json["anchor"]
    promoted.write("../anchors.txt", f"{anchor['digest']} {anchor['path']}\n")
    assert "unanchored" not in promoted.ok("audit", "--anchor", "../anchors.txt").out
    promoted.write("../anchors.txt", f"sha256:{'0' * 64} {anchor['path']}\n")
    assert "this history lacks it" in str(_faults(promoted, "--anchor", "../anchors.txt")[0]["message"])
    promoted.write("../anchors.txt", "not a digest\n")
    assert promoted.run("audit", "--anchor", "../anchors.txt").code == 2


def test_data_that_is_gone_is_not_measured_again_and_said_so(promoted: Repository) -> None:
    promoted.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv")
    answer = promoted.ok("audit", "--data")
    assert "accuracy is not re-measured" in answer.out


def test_a_shallow_clone_is_refused_by_name(promoted: Repository) -> None:
    promoted.sh("git", "clone", "-q", "--depth=1", f"file://{promoted.root.parent}/origin.git", "../shallow")
    answer = promoted.run("audit", "--repo", "../shallow")
    assert (answer.code, "shallow" in answer.err, "fetch-depth: 0" in answer.err) == (3, True, True)


def _decide(repository: Repository, names: tuple[str, ...]) -> None:
    for name in names:
        kind, subject, expires = DECISIONS[name]
        repository.write(
            f"decisions/{name}.yaml",
            f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {kind}\nsubject: {subject}\n"
            "role: operations\nby: bob\nreason: Outage  4711.\n" + (f"expires: {expires}\n" if expires else ""),
        )


def test_every_decision_is_listed_for_ever_with_what_it_rests_on(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "decide")
    _decide(repository, ("unsure", "leak", "safe", "vendor"))
    repository.commit("Decide", push=False)
    repository.sh("git", "push", "-q", "origin", "decide")
    repository.ok("pr", "open")
    repository.sh("git", "switch", "-q", "main")
    repository.merge("bob")
    _decide(repository, ("go",))
    repository.commit("Past review")
    listed = {decision["path"]: decision for decision in repository.run("audit", "--format", "json").json["decisions"]}
    assert set(listed) == {f"decisions/{name}.yaml" for name in DECISIONS}
    told = {name: listed[f"decisions/{name}.yaml"] for name in DECISIONS}
    assert {name: value["approvals"] for name, value in told.items()} == {
        "go": "no receipt", "unsure": "met", "vendor": "met", "leak": "none needed", "safe": "met"
    }  # fmt: skip
    for name, (kind, _, expires) in DECISIONS.items():
        entry = told[name]
        assert (entry["type"], entry["role"], entry["by"]) == (kind, "operations", "bob")
        assert (entry["reason"], entry["expires"]) == ("Outage  4711.", expires or None)
    assert told["vendor"]["subject"] == {"rule": "unsafe-format", "file": "models/churn/README.md"}
    assert told["go"]["subject"]["skip"] == "soak"
    text = repository.run("audit", "--format", "csv").out
    for words in ("churn 1.0.0 in production, skips soak", "churn 1.0.0, gate accuracy", "2020-01-01", "never",
                  "unsafe-format in models/churn/README.md"):  # fmt: skip
        assert words in text


def test_who_was_in_a_team_is_what_the_receipt_says(repository: Repository) -> None:
    repository.edit("mlops.yaml", "- {login: bob, emails: [bob@example.org]}", "- {team: example/ops}")
    repository.begin_so()
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    approval = repository.ok("pr", "approve", 2, "--as", "dave@example.org")
    assert lines_with(approval.out, "team", "mlops.yaml", "not known")
    answer = repository.run("check", 2)
    assert answer.code == 3 and lines_with(answer.out, "members", "team example/ops", "not known")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    repository.ok("record")
    unproven = repository.run("audit")
    assert (unproven.code, "with approvals that are unproven" in unproven.out) == (3, True)
    tag = "churn#staging#1"
    head, _, written = repository.sh("git", "tag", "-l", "--format=%(contents)", tag).partition("\n\n")
    facts = json.loads(written) | {"approved": "met", "approvals": [{"role": "operations", "by": "dave", "at": ""}]}
    repository.sh("git", "tag", "-f", "-a", "-m", f"{head}\n\n{json.dumps(facts)}\n", tag, f"{tag}^{{commit}}")
    repository.sh("git", "push", "-q", "-f", "origin", f"refs/tags/{tag}")
    assert lines_with(repository.ok("audit").out, "team", "receipts say")
