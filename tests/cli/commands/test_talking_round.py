"""Ways somebody tried to talk the checks round. Each of these worked once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from house import Repository, desired
from messages import lacking, lines_with

from mlops_gitops.core.canonical import git_blob

MANIFEST = "releases/churn/1.1.0.yaml"


def _worse(repository: Repository) -> None:
    """Production runs a good 1.0.0; what is merged now is a model that is right for 20 of 50."""
    repository.to_production()
    repository.retrain(20)
    repository.sh("git", "checkout", "-q", "-b", "topic")


def _errors(repository: Repository, *args: object) -> dict[str, str]:
    answer = repository.run("check", *args, "--format", "json")
    assert answer.code in (1, 3), answer
    return {d["rule"]: d["message"] for d in answer.json["diagnostics"] if d["severity"] == "error"}


def _head(repository: Repository) -> dict[str, str]:
    repository.commit("Try it", push=False)
    return _errors(repository)


def test_predictions_written_by_hand_and_kept_in_git(repository: Repository) -> None:
    _worse(repository)
    repository.ok("release", "churn", "1.1.0", "--local")
    lines = ["customer,churned,predicted,probability", *(f"c{n},{n % 2},{n % 2},{n % 2}" for n in range(50))]
    forged = "\n".join(lines) + "\n"
    (repository.root / "data/holdout.csv").unlink()
    repository.write("data/holdout.csv", forged)
    manifest = (repository.root / MANIFEST).read_text()
    holdout = manifest[manifest.index("  holdout:\n") : manifest.index("  latency:\n")]
    entry = f'  holdout:\n    path: data/holdout.csv\n    git_blob: "{git_blob(forged.encode())}"\n'
    repository.write(MANIFEST, manifest.replace(holdout, entry))
    repository.sh("git", "add", "--force", "data/holdout.csv")
    assert "the tree that adds this manifest gives" in _head(repository)["release-digests"]


def test_a_metrics_file_polished_by_hand(repository: Repository) -> None:
    _worse(repository)
    repository.ok("release", "churn", "1.1.0", "--local")
    repository.write("metrics.json", '{"p95_ms": 1.0}\n')
    blob = repository.sh("git", "hash-object", "-w", "metrics.json")
    manifest = (repository.root / MANIFEST).read_text()
    old = manifest[manifest.index("git_blob: ") :].splitlines()[0]
    repository.write(MANIFEST, manifest.replace(old, f'git_blob: "{blob}"'))
    assert "metrics.json is not what dvc.lock says" in _head(repository)["release-digests"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("path: data/holdout.csv", "path: metrics.json"), ("stage: train", "stage: other"), ("size: ", "size: 1")],
)
def test_a_manifest_that_says_what_the_tree_does_not(repository: Repository, old: str, new: str) -> None:
    _worse(repository)
    repository.ok("release", "churn", "1.1.0", "--local")
    repository.edit(MANIFEST, old, new)
    assert "release-digests" in _head(repository)


def test_a_false_sha256(repository: Repository) -> None:
    _worse(repository)
    repository.ok("release", "churn", "1.1.0", "--local")
    manifest = (repository.root / MANIFEST).read_text()
    digest = manifest[manifest.index("sha256: ") :].splitlines()[0]
    repository.write(MANIFEST, manifest.replace(digest, f'sha256: "{"0" * 64}"', 1))
    assert "altered in" in _head(repository)["bytes-present"]


@pytest.mark.parametrize("place", ["promotions/.x/churn/0077.json", "promotions/production/.churn/0002.json"])
def test_a_record_in_a_hidden_folder(repository: Repository, place: str) -> None:
    _worse(repository)
    record = json.loads((repository.root / "promotions/production/churn/0001.json").read_text())
    record["predicate"] |= {"sequence": 77, "release": "1.1.0"}
    repository.write(place, json.dumps(record, indent=2) + "\n")
    assert "is not where the tool looks" in _head(repository)["unexpected-file"]
    repository.sh("git", "push", "-q", "origin", "HEAD:main")
    assert "nothing to record" in repository.ok("record").out


@pytest.mark.parametrize("folder", [".mlops/env", ".", "..", "./environments", "a//b", "environments/"])
def test_a_folder_nobody_would_look_into(repository: Repository, folder: str) -> None:
    repository.edit("mlops.yaml", "branch: main", f"branch: main\npaths: {{environments: {folder}}}")
    answer = repository.run("validate")
    assert answer.code == 1 and lines_with(answer.out, "mlops.yaml:4:23", "error[schema]", "paths.environments", folder)


def test_an_environment_the_base_does_not_have(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.sh("git", "checkout", "-q", "-b", "topic")
    repository.edit("mlops.yaml", "environments:\n", "environments:\n  live: {}\n")
    text = (repository.root / "promotions/staging/churn/0001.json").read_text().replace("staging", "live")
    repository.write("promotions/live/churn/0001.json", text)
    state = (repository.root / "environments/staging/churn.yaml").read_text().replace("staging", "live")
    repository.write("environments/live/churn.yaml", state)
    assert "the base's mlops.yaml has no environment live" in _head(repository)["promotion-policy"]


def test_the_pull_request_s_own_word_for_the_branch_that_judges(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "checkout", "-q", "-b", "evil")
    repository.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    repository.edit("mlops.yaml", "branch: main", "branch: evil")
    repository.commit("Lax", push=False)
    repository.sh("git", "push", "-q", "origin", "evil")
    assert not lacking(_errors(repository, 2)["approvals"], "operations", "0 of 1")


def test_a_check_as_of_another_day_sets_no_status(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    repository.ok("check", 2, "--today", "2020-01-01")
    assert repository.run("pr", "merge", "--only", 2).code == 1


def test_a_manifest_pushed_past_review_is_judged_when_it_is_promoted(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0", "--local")
    repository.edit("releases/churn/1.0.0.yaml", "stage: evaluate", "stage: other")
    repository.commit("Past review")
    answer = repository.run("promote", "churn", "--to", "staging")
    assert (answer.code, "error[release-digests]" in answer.out) == (1, True)


def test_a_manifest_that_was_edited_after_it_was_added_is_not_promoted(repository: Repository) -> None:
    repository.release()
    repository.edit("releases/churn/1.0.0.yaml", "kind: Release\n", "kind: Release  # ours\n")
    repository.commit("Edit")
    answer = repository.run("promote", "churn", "--to", "staging")
    assert (answer.code, "is not what commit" in answer.out) == (1, True)


def test_a_second_rollback_does_not_return_to_what_is_held(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd")
    repository.merge("bob")
    answer = repository.run("rollback", "churn", "--in", "staging", "--why", "Odd again")
    assert (answer.code, "is held or quarantined: 1.1.0" in answer.err) == (1, True)


def test_the_same_bytes_under_another_version_are_quarantined_too(repository: Repository) -> None:
    repository.release()
    repository.write(
        "decisions/2026-11-24-leak.yaml",
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: quarantine\n"
        'subject: {model: churn, release: "1.0.0"}\nrole: operations\nby: bob\nreason: It leaks.\n',
    )
    repository.commit("Quarantine")
    repository.release("1.0.1")
    answer = repository.run("promote", "churn", "--to", "staging")
    assert (answer.code, "churn 1.0.0 is quarantined" in answer.err) == (1, True)


def test_the_same_bytes_under_another_model_are_quarantined_too(repository: Repository) -> None:
    repository.release()
    repository.write(
        "decisions/2026-11-24-leak.yaml",
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: quarantine\n"
        'subject: {model: churn, release: "1.0.0"}\nrole: operations\nby: bob\nreason: It leaks.\n',
    )
    for name in ("README.md", "kpis.yaml"):
        text = (repository.root / "models/churn" / name).read_text()
        repository.write(f"models/leavers/{name}", text.replace("model: churn", "model: leavers"))
    repository.commit("Quarantine, and another name")
    repository.ok("release", "leavers", "1.0.0")
    repository.merge()
    repository.allow_adoption()
    for more in ((), ("--adopt", "--why", "It ran before")):
        answer = repository.run("promote", "leavers", "--to", "staging", *more)
        assert (answer.code, "same bytes as churn 1.0.0" in answer.err) == (1, True)


def test_a_rebase_that_would_put_unchecked_commits_on_the_branch(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    repository.edit("models/churn/README.md", "One country.", "Two countries.")
    repository.commit("More", push=False)
    repository.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    answer = repository.run("pr", "merge", "--only", 2, "--rebase", "--force")
    assert (answer.code, "only the last was checked" in answer.err) == (1, True)


def test_an_adoption_changes_nothing(repository: Repository) -> None:
    repository.release()
    repository.write("environments/staging/churn.yaml", desired("0.9.0"))
    repository.commit("It runs")
    repository.allow_adoption()
    answer = repository.run("promote", "churn", "--to", "staging", "--adopt", "--why", "It ran before")
    assert (answer.code, "it changes nothing" in answer.out) == (1, True)


def test_nothing_is_promoted_ungated(repository: Repository) -> None:
    text = (repository.root / "models/churn/kpis.yaml").read_text()
    head, _, tail = text.partition("    gate:\n")
    repository.write(
        "models/churn/kpis.yaml", head + tail[tail.index("  - id: roc-auc") :].replace("    gate: {at_most: 40}\n", "")
    )
    repository.commit("No gates")
    repository.release()
    answer = repository.run("promote", "churn", "--to", "staging")
    assert (answer.code, "nothing is promoted ungated" in answer.err) == (1, True)


@pytest.mark.parametrize(
    ("name", "value"), [("n", 5_000_000), ("value", 0.99), ("better", "lower"), ("reason", "Fine.")]
)
def test_false_evidence_on_record(repository: Repository, name: str, value: object) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    path = repository.root / "promotions/staging/churn/0001.json"
    record = json.loads(path.read_text())
    record["predicate"]["gates"][0][name] = value
    path.write_text(json.dumps(record, indent=2) + "\n")
    repository.commit("Polish", push=False)
    repository.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    assert {"remeasured", "promotion-gates"} & set(_errors(repository, 2))


def test_one_person_does_not_speak_for_two_roles(repository: Repository) -> None:
    member = "- {login: bob, emails: [bob@example.org]}"
    repository.edit("mlops.yaml", "- {login: carol, emails: [carol@example.org]}", member)
    repository.commit("Bob is both")
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge("bob")
    repository.ok("promote", "churn", "--to", "production")
    repository.ok("pr", "approve", 3, "--as", "bob@example.org")
    assert not lacking(_errors(repository, 3)["approvals"], "0 of 1")


def _commit(repository: Repository, message: bytes) -> None:
    """A commit of promotion #2 with a message, whatever git would make of that."""
    branch = "promote/staging/churn/0001-1.0.0"
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "checkout", "-q", "-B", "more", f"origin/{branch}")
    repository.write("notes.txt", "one more thing\n")
    repository.commit("More", push=False)
    whole = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=repository.root, capture_output=True, check=True)
    text = whole.stdout.partition(b"\n\n")[0] + b"\n\n" + message
    words = ["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    made = subprocess.run(words, cwd=repository.root, input=text, capture_output=True, check=True).stdout
    repository.sh("git", "push", "-q", "-f", "origin", f"{made.decode().strip()}:refs/heads/{branch}")
    repository.sh("git", "checkout", "-q", "main")


def _approved_by_bob(repository: Repository, message: bytes) -> tuple[str, str]:
    """What a check finds in a promotion whose second commit has a message, and what its receipt says once merged."""
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    _commit(repository, message)
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    found = _errors(repository, 2)["approvals"]
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    assert repository.ok("record", "--format", "json").json["receipts"][0]["tag"] == "churn#staging#1"
    receipt = repository.sh("git", "tag", "-l", "--format=%(contents)", "churn#staging#1").partition("\n\n")[2]
    return found, json.loads(receipt)["approved"]


@pytest.mark.parametrize(
    "message",
    [
        b"Together\n\nSigned-off-by: x\nCO-AUTHORED-BY: B <BOB@example.org>\n\nMore words\n",
        b"Together\n\nCo-authored-by: Bob <123+bob@users.noreply.github.com>\n",
        b"Git ends a message here\x00\n\nCo-authored-by: B\xff\x1bob <bob@example.org>",
    ],
)
def test_a_co_author_does_not_approve_what_they_wrote(repository: Repository, message: bytes) -> None:
    found, approved = _approved_by_bob(repository, message)
    assert not lacking(found, "operations", "0 of 1", "no member is eligible", "wrote")
    assert approved == "unmet"


@pytest.mark.parametrize(
    "message",
    [
        b"Together\n\nCo-authored-by: Bob of operations\n", b"Together\n\nCo-authored-by: <bob@\xff\xfe.org>",
        b"x" * 5_000_000 + b"\n\nCo-authored-by: Bob <bob@example.org>\n",
    ],
)  # fmt: skip
def test_a_co_author_who_cannot_be_read_is_could_not_tell(repository: Repository, message: bytes) -> None:
    found, approved = _approved_by_bob(repository, message)
    assert not lacking(found, "not all the co-authors", "commit")
    assert approved == "unproven"


def test_who_commits_by_an_address_of_github_s_does_not_approve(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "config", "user.email", "123+bob@users.noreply.github.com")
    _commit(repository, b"Mine\n")
    approved = repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    assert "so it will not count" in approved.out
    assert "no member is eligible" in _errors(repository, 2)["approvals"]


def test_who_opens_it_by_an_address_of_github_s_does_not_approve(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "config", "user.email", "123+bob@users.noreply.github.com")
    repository.ok("promote", "churn", "--to", "staging")
    approved = repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    assert "so it will not count" in approved.out
    assert "no member is eligible" in _errors(repository, 2)["approvals"]


def test_who_made_a_bot_commit_could_approve_it(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "config", "user.email", "41898282+github-actions[bot]@users.noreply.github.com")
    _commit(repository, b"For somebody\n")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    assert not lacking(_errors(repository, 2)["approvals"], "github-actions[bot]", "commit", "for whom is not known")


def test_an_approval_needs_an_address(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0")
    answer = repository.run("pr", "approve", 1, "--as", "bob")
    assert (answer.code, "is not an e-mail address" in answer.err) == (2, True)


def test_a_baseline_that_moved_makes_another_promotion(repository: Repository) -> None:
    repository.to_production()
    repository.retrain(46)
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    before = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    repository.retrain(47)
    repository.release("1.2.0")
    assert repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"] == before
    record = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0", "--format", "json").json
    assert record["done"] == "unchanged"


# ── the history ──


def test_a_commit_message_that_looks_like_history(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    first = repository.sh("git", "rev-parse", "HEAD")
    repository.edit("environments/staging/churn.yaml", '"1.0.0"', '"6.6.6"')
    repository.sh("git", "add", ".")
    (repository.root / "message").write_bytes(
        b"x\x02\x01" + first.encode() + b"\x02" + first.encode() + b"\x020\x02y\n"
    )
    repository.sh("git", "commit", "-q", "-F", "message")
    repository.sh("git", "push", "-q", "origin", "main")
    commit = repository.sh("git", "rev-parse", "HEAD")
    answer = repository.run("audit")
    assert answer.code == 1 and lines_with(answer.out, f"commit {commit[:10]}", "staging", "from 1.0.0 to 6.6.6")


def test_the_project_file_removed_for_a_while(repository: Repository) -> None:
    repository.release()
    text = (repository.root / "mlops.yaml").read_text()
    repository.sh("git", "rm", "-q", "mlops.yaml")
    commit = repository.commit("For a while")
    repository.write("mlops.yaml", text)
    repository.commit("Back")
    answer = repository.run("audit")
    assert (answer.code, f"commit {commit[:10]}: mlops.yaml was removed" in answer.out) == (1, True)


def test_a_receipt_made_by_hand(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    repository.ok("record")
    tag = "churn#staging#1"
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", tag).replace('"unmet"', '"met"')
    repository.sh("git", "tag", "-f", "-a", "-m", message, tag, f"{tag}^{{commit}}")
    answer = repository.run("audit")
    assert answer.code == 1 and lines_with(answer.out, "approvals", "met", "operations", "0 of 1")


def test_a_receipt_under_another_name(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.sh("git", "update-ref", "refs/tags/churn#staging#1", "refs/tags/churn@v1.0.0")
    answer = repository.run("audit")
    assert (answer.code, "the receipt churn#staging#1 is of other content" in answer.out) == (1, True)


def test_tags_of_other_tools_are_no_business_of_the_audit(repository: Repository) -> None:
    repository.release()
    for tag in ("ui@v2.0.0", "old#prod#1", "v1", "mail\u2028@v1.0.0"):
        repository.sh("git", "tag", "-a", "-m", "x\x01tag\x02y", tag)
    repository.ok("audit")


def test_a_clone_without_tags_cannot_tell(repository: Repository) -> None:
    repository.to_production()
    repository.sh("git", "clone", "-q", "--no-tags", "../origin.git", "../bare")
    answer = repository.run("audit", "--repo", "../bare")
    assert (answer.code, "could not decide" in answer.out) == (3, True)


# ── nothing lost, nothing stuck ──


def test_the_user_s_own_tags_and_settings_are_left_alone(repository: Repository) -> None:
    repository.sh("git", "config", "fetch.prune", "true")
    repository.sh("git", "config", "fetch.pruneTags", "true")
    repository.sh("git", "tag", "mine")
    repository.ok("release", "churn", "1.0.0")
    repository.ok("record")
    assert "mine" in repository.sh("git", "tag").split()


def test_a_moved_tag_of_somebody_s_stops_nothing(repository: Repository) -> None:
    repository.sh("git", "tag", "latest")
    repository.sh("git", "push", "-q", "origin", "latest")
    repository.write("notes.txt", "x\n")
    repository.commit("More")
    repository.sh("git", "tag", "-f", "latest")
    repository.release()


def test_one_name_in_the_way_does_not_hold_up_other_receipts(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.pull()
    repository.sh("git", "push", "-q", "origin", "HEAD~1:refs/tags/churn@v1.0.0")
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    repository.ok("check", 2)
    repository.ok("pr", "merge", "--only", 2)
    answer = repository.run("record")
    assert (answer.code, "the receipt churn@v1.0.0 could not be written" in answer.out) == (3, True)
    assert "churn#staging#1" in repository.sh("git", "ls-remote", "--tags", "origin")


def test_a_closed_pull_request_whose_branch_is_gone(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "close", 2)
    repository.sh("git", "push", "-q", "origin", ":promote/staging/churn/0001-1.0.0")
    repository.ok("promote", "churn", "--to", "staging")


@pytest.mark.parametrize("text", ["{}", "[]", "[" * 5000, '{"number": "9"}', '{"branch": 5, "head": null}'])
def test_a_pull_request_s_reference_that_holds_something_else(repository: Repository, text: str) -> None:
    Path(repository.root, "pull.json").write_text(text)
    blob = repository.sh("git", "hash-object", "-w", "pull.json")
    (repository.root / "pull.json").unlink()
    (repository.root / "entry").write_text(f"100644 blob {blob}\tpull.json\n")
    tree = repository.sh("sh", "-c", "git mktree < entry")
    commit = repository.sh("git", "commit-tree", "-m", "x", tree)
    repository.sh("git", "push", "-q", "origin", f"{commit}:refs/mlops/pulls/9")
    facts = ("refs/mlops/pulls/9", "remote", "not a pull request")
    assert lines_with(repository.ok("pr", "list").out, *facts)
    answer = repository.run("pr", "show", 9)
    assert answer.code == 3 and lines_with(answer.err, *facts)


def test_reviewers_never_read_the_text_of_another_change(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging", "--why", "First")
    pulls = repository.ok("pr", "show", 2, "--format", "json").json["pull_request"]
    state = pulls | {"body": "something older"}
    repository.write("pull.json", json.dumps(state))
    blob = repository.sh("git", "hash-object", "-w", "pull.json")
    (repository.root / "entry").write_text(f"100644 blob {blob}\tpull.json\n")
    tree = repository.sh("sh", "-c", "git mktree < entry")
    commit = repository.sh("git", "commit-tree", "-m", "x", "-p", "refs/mlops/pulls/2", tree)
    repository.sh("git", "push", "-q", "origin", f"{commit}:refs/mlops/pulls/2")
    repository.ok("promote", "churn", "--to", "staging")
    assert repository.ok("pr", "show", 2, "--format", "json").json["pull_request"]["body"] == pulls["body"]
