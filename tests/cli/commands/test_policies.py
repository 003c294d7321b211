"""The policies of mlops.yaml, the whole way: a change of them, a freeze, a soak, and what passes them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from house import Repository
from messages import lacking, lines_with

SOAK = "staging: {soak: 24h, approvals: {operations: 1}}"
FREEZE = 'policies: {freeze: [{from: "2020-01-01", to: "2099-12-31", reason: An incident., environments: [staging]}]}\n'


def _policy(repository: Repository, old: str, new: str) -> None:
    repository.edit("mlops.yaml", old, new)
    repository.begin_so()


def _errors(repository: Repository, *command: object) -> dict[str, str]:
    found = repository.run(*command, "--format", "json").json["diagnostics"]
    return {finding["rule"]: finding["message"] for finding in found if finding["severity"] == "error"}


def _decision(repository: Repository, skip: str, release: str, environment: str) -> str:
    path = f"decisions/2026-11-24-{skip}.yaml"
    repository.write(
        path,
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: override\n"
        f'subject: {{model: churn, release: "{release}", environment: {environment}, skip: {skip}}}\n'
        "role: operations\nby: bob\nreason: Outage 4711.\nexpires: 2099-12-31\n",
    )
    return path


def _merged_at(repository: Repository, tag: str, when: datetime | None) -> None:
    """The receipt as it would be had the forge merged at another time, or not said when."""
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", tag)
    head, _, written = message.partition("\n\n")
    facts = json.loads(written) | {"merged_at": f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None}
    text = f"{head}\n\n{json.dumps(facts, indent=2)}\n"
    repository.sh("git", "tag", "-f", "-a", "-m", text, tag, f"{tag}^{{commit}}")
    repository.sh("git", "push", "-q", "-f", "origin", f"refs/tags/{tag}")


def _ago(**time: int) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def test_a_stranger_does_not_change_what_judges_and_those_it_belongs_to_do(repository: Repository) -> None:
    repository.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    number = repository.propose("lax")
    assert "judged by the policy before it" in _errors(repository, "check", number)["policy-change"]
    repository.approve_pull(number, "mallory", "carol")
    found = _errors(repository, "check", number)["policy-change"]
    assert not lacking(found, "operations", "0 of 1", "eligible: bob") and "data-science" not in found
    assert repository.run("pr", "merge", "--only", number).code == 1
    repository.approve_pull(number, "bob")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()
    repository.ok("record")
    repository.ok("audit")


def test_the_owner_of_a_kpi_approves_its_threshold(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.5")
    number = repository.propose("lower")
    repository.approve_pull(number, "bob")
    assert not lacking(
        _errors(repository, "check", number)["policy-change"], "data-science", "0 of 1", "eligible: carol"
    )
    repository.approve_pull(number, "carol")
    repository.ok("check", number)


def test_a_comment_in_the_policy_needs_nobody(repository: Repository) -> None:
    repository.edit("mlops.yaml", "roles:\n", "# who may approve\nroles:\n")
    repository.edit("models/churn/kpis.yaml", "kpis:\n", "\n# agreed in May\nkpis:\n")
    repository.ok("check", repository.propose("words"))


def test_nothing_is_promoted_in_a_freeze_and_a_rollback_is(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    repository.write("FREEZE", "Outage 4711\n")
    repository.agree("freeze", "bob", "carol")
    repository.ok("promote", "churn", "--to", "production", "--release", "1.0.0")
    repository.approve_pull(6, "bob", "carol")
    found = _errors(repository, "check", 6)
    assert list(found) == ["freeze"] and not lacking(found["freeze"], "production", "FREEZE", "Outage 4711")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.approve_pull(7, "bob")
    repository.ok("check", 7)
    repository.ok("pr", "merge", "--only", 7)
    repository.pull()
    repository.ok("record")
    repository.ok("audit")
    (repository.root / "FREEZE").unlink()
    number = repository.propose("thaw")
    assert "this change of FREEZE" in _errors(repository, "check", number)["policy-change"]
    repository.approve_pull(number, "bob", "carol")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()
    assert "freeze" not in _errors(repository, "check", 6)
    repository.ok("record")
    changes = repository.ok("audit", "--format", "json").json["policy_changes"]
    assert [change["path"] for change in changes].count("FREEZE") == 2


def test_a_promotion_pressed_through_a_freeze_is_found_by_the_audit(repository: Repository) -> None:
    repository.release()
    repository.write("mlops.yaml", (repository.root / "mlops.yaml").read_text() + FREEZE)
    repository.commit("Freeze staging")
    repository.ok("promote", "churn", "--to", "staging")
    repository.approve_pull(2, "bob")
    found = _errors(repository, "check", 2)
    assert list(found) == ["freeze"]
    assert not lacking(found["freeze"], "staging", "until 2099-12-31", "UTC", "An incident")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    repository.ok("record")
    found = _errors(repository, "audit")
    facts = ("promotions/staging/churn/0001.json", "merged on", "staging", "until 2099-12-31", "UTC", "An incident")
    assert not lacking(found["freeze"], *facts)


def test_only_an_override_of_the_freeze_passes_it(repository: Repository) -> None:
    repository.write("FREEZE", "")
    repository.begin_so()
    repository.release()
    wrong = _decision(repository, "order", "1.0.0", "staging")
    repository.ok("promote", "churn", "--to", "staging", "--decision", wrong)
    repository.approve_pull(2, "bob")
    assert _errors(repository, "check", 2) == {"freeze": "staging is frozen by the file FREEZE"}
    right = _decision(repository, "freeze", "1.0.0", "staging")
    number = repository.ok("promote", "churn", "--to", "staging", "--decision", right, "--format", "json").json[
        "pull_request"
    ]["number"]
    repository.approve_pull(number, "bob")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()
    repository.ok("record")
    repository.ok("audit")


def test_a_release_soaks_before_it_goes_on(repository: Repository) -> None:
    _policy(repository, "staging: {approvals: {operations: 1}}", SOAK)
    repository.release()
    repository.promote("staging")
    _merged_at(repository, "churn#staging#1", _ago(hours=51))  # the check may ask as of the day's first moment
    repository.promote("production")
    repository.ok("audit")
    _merged_at(repository, "churn#staging#1", _ago(minutes=30))
    found = _errors(repository, "audit")
    assert re.search("churn 1.0.0 has been in staging for [0-9]+ min of 24 h", found["soak"])
    _merged_at(repository, "churn#staging#1", None)
    assert "does not say when it was merged" in _errors(repository, "audit")["soak"]
    assert repository.run("audit").code == 3


def test_a_promotion_waits_for_the_soak_or_for_its_override(repository: Repository) -> None:
    _policy(repository, "staging: {approvals: {operations: 1}}", SOAK)
    repository.release()
    repository.promote("staging")
    waiting = repository.ok("promote", "churn", "--to", "production").out
    assert lines_with(waiting, "waits", "churn 1.0.0", "in staging")
    repository.approve_pull(3, "bob", "carol")
    assert "min of 24 h" in _errors(repository, "check", 3)["soak"]
    path = _decision(repository, "soak", "1.0.0", "production")
    assert "waits" not in repository.ok("promote", "churn", "--to", "production", "--decision", path).out
    repository.merge("bob", "carol")
    repository.ok("audit")


def test_what_skips_the_soak_does_not_skip_the_order(repository: Repository) -> None:
    _policy(repository, "staging: {approvals: {operations: 1}}", SOAK)
    repository.release()
    path = _decision(repository, "soak", "1.0.0", "production")
    answer = repository.run("promote", "churn", "--to", "production", "--decision", path)
    assert (answer.code, "error[promotion-order]" in answer.out) == (1, True)


def test_what_skips_the_order_does_not_skip_the_soak(repository: Repository) -> None:
    _policy(repository, "staging: {approvals: {operations: 1}}", SOAK)
    repository.release()
    path = _decision(repository, "order", "1.0.0", "production")
    repository.ok("promote", "churn", "--to", "production", "--decision", path)
    repository.approve_pull(2, "bob", "carol")
    found = _errors(repository, "check", 2)
    assert list(found) == ["soak"] and not lacking(found["soak"], "churn 1.0.0", "not been in staging", "24 h")


def test_an_environment_is_held_while_it_soaks(repository: Repository) -> None:
    _policy(repository, "staging: {", "staging: {soak: 24h, hold_while_soaking: true, ")
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging")
    repository.approve_pull(4, "bob")
    assert "staging is held while churn 1.0.0 soaks" in _errors(repository, "check", 4)["soak"]
    _merged_at(repository, "churn#staging#1", _ago(hours=51))
    repository.ok("check", 4)


def test_a_policy_of_adoptions_that_is_wrong_is_an_error_where_it_stands(repository: Repository) -> None:
    text = (repository.root / "mlops.yaml").read_text()
    for adopt, facts in (
        ('{until: "2026-02-30", approvals: {operations: 1}}', ("policies.adopt", "no 2026-02-30", "28 days")),
        ("{until: soon, approvals: {operations: 1}}", ("policies.adopt.until", '"soon"', "day")),
        ('{until: "2026-12-31"}', ("'approvals'", "missing", "policies.adopt")),
        ("{approvals: {operations: 1}}", ("'until'", "missing", "policies.adopt")),
        ('{until: "2026-12-31", approvals: {}}', ("policies.adopt.approvals",)),
        ('{until: "2026-12-31", approvals: {operation: 1}}', ("no role 'operation'",)),
    ):
        repository.write("mlops.yaml", f"{text}policies: {{adopt: {adopt}}}\n")
        answer = repository.run("validate")
        assert answer.code == 1 and lines_with(answer.out, "mlops.yaml", *facts), answer


def test_a_bad_freeze_is_told_where_it_stands(repository: Repository) -> None:
    text = (repository.root / "mlops.yaml").read_text()
    for old, new, facts in (
        ("2099-12-31", "2019-12-31", ("error[freeze-window]", "ends on 2019-12-31", "before")),
        ("staging]", "stagng]", ("error[known-environment]", "no environment 'stagng'")),
        ("2099-12-31", "2099-13-31", ("policies.freeze", "2099-13-31")),
        ("2099-12-31", "soon", ("policies.freeze.0.to", '"soon"', "day or a time")),
    ):
        repository.write("mlops.yaml", text + FREEZE.replace(old, new))
        answer = repository.run("validate")
        assert answer.code == 1 and lines_with(answer.out, "mlops.yaml", *facts), answer
