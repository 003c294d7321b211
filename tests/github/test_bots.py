"""Bots at GitHub: nobody knows for whom one acts. Our own App is believed, where its record says which run asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ground.checked import BRANCH, RECORD, STATE, asked, check, told
from ground.house import BOT, House
from ground.nodes import kind
from messages import lacking, lines_with

BOTS = ["github-actions[bot]", "Copilot", "moved-7"]
TAG = "churn#staging#1"
NOBODY = "for whom is not known"


def promotion(house: House, **changes: Any) -> dict[str, str | None]:
    """The files of #1, its record changed."""
    record = json.loads(house.text(RECORD, BRANCH))
    record["predicate"] |= changes
    return {RECORD: json.dumps(record, indent=2, ensure_ascii=False) + "\n", STATE: house.text(STATE, BRANCH)}


def receipt(house: House, tag: str = TAG) -> Any:
    """What a receipt says."""
    return json.loads(house.bridge.one("tag", "-l", "--format=%(contents)", tag).partition("\n\n")[2])


def notes(house: House, number: int) -> str:
    """What a check says of approvals, whole: a status is short."""
    return "\n".join(diagnostic["message"] for diagnostic in check(house, number).json["diagnostics"])


def undecided(house: House, number: int, *facts: str) -> None:
    """A check, that of all pull requests, and once it is merged the receipt: none of them says that it was approved."""
    check(house, number)
    assert house.status(number) == "pending"
    assert not lacking(house.said(number), "operations", "not known", *facts), house.said(number)
    listed = {pull["pull_request"]: pull["state"] for pull in check(house, "--all").json["judged"]}
    assert listed[number] == "pending"
    house.merge_pull(number, who="carol")
    assert asked(house, "record").code == 0
    assert (receipt(house)["approved"], receipt(house)["pull_request"]) == ("unproven", number)


@pytest.mark.parametrize("bot", BOTS)
def test_a_person_who_made_a_bot_open_it_could_approve_it_recorded_contract(proposed: House, bot: str) -> None:
    """The record names a run of alice's; nobody knows whether the bot that says so acted for her."""
    proposed.write_branch("by-bot", promotion(proposed), who=bot)
    number = proposed.open("by-bot", who=bot)
    proposed.approve(number, "bob")
    undecided(proposed, number, f"{bot} opened it", NOBODY)


@pytest.mark.parametrize("bot", BOTS)
def test_a_person_who_made_a_bot_push_could_approve_it_recorded_contract(proposed: House, bot: str) -> None:
    proposed.write_branch(BRANCH, {"notes.txt": "one"}, who=bot, author="alice")
    proposed.approve(1, "bob")
    undecided(proposed, 1, f"{bot} pushed the branch", NOBODY)


@pytest.mark.parametrize("bot", BOTS)
def test_a_person_who_made_a_bot_write_a_commit_could_approve_it_recorded_contract(proposed: House, bot: str) -> None:
    proposed.write_branch(BRANCH, {"notes.txt": "one"}, who="alice", author=bot)
    proposed.approve(1, "bob")
    undecided(proposed, 1, f"{bot} wrote a commit of it", NOBODY)


@pytest.mark.parametrize("bot", ["github-actions[bot]", "Copilot"])
@pytest.mark.parametrize("again", [(), ("alice",)])
def test_a_person_who_made_a_bot_start_the_run_could_approve_it_recorded_contract(
    proposed: House, bot: str, again: tuple[str, ...]
) -> None:
    proposed.workflow_run(78, actor=bot, again=again)
    named = {"login": "alice", "via": "workflow_dispatch", "run": "78"}
    proposed.write_branch("by-hand", promotion(proposed, requested_by=named), who="alice")
    number = proposed.open("by-hand", who="alice")
    proposed.approve(number, "bob")
    undecided(proposed, number, f"{bot} started the job that asked for it", NOBODY)


def test_a_bot_that_only_brings_the_base_hides_nobody_recorded_contract(proposed: House) -> None:
    proposed.write_branch("main", {"notes.txt": "elsewhere\n"})
    proposed.api("PUT", "pulls/1/update-branch", {}, who="Copilot")
    proposed.approve(1, "bob")
    assert told(proposed) == "success"


def test_our_own_app_without_a_run_on_record_says_for_nobody_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a command that somebody typed with the App's token: the address in the record is what they say it is."""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    released.ok("promote", "churn", "--to", "staging")
    released.approve(1, "bob")
    undecided(released, 1, f"{BOT} opened it", "no run on record")


@pytest.mark.parametrize("account", [{}, {"type": None}, {"type": "Organization"}, {"type": "Robot"}])
def test_an_account_that_is_not_said_to_be_a_person_s_is_none_recorded_contract(
    proposed: House, account: dict[str, Any]
) -> None:
    """An answer without a type, or with one of next year's."""
    proposed.write_branch("by-hand", promotion(proposed), who="alice")
    number = proposed.open("by-hand", who="alice")
    proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    whole = proposed.api("GET", f"pulls/{number}")
    whole["user"] = {name: value for name, value in whole["user"].items() if name != "type"} | account
    proposed.front.answer_next(200, body=whole, to="GET pulls/{pull_number}")
    check(proposed, number)
    assert proposed.status(number) == "pending" and not lacking(proposed.said(number), "alice opened it", NOBODY)


@pytest.mark.parametrize("bot", ["github-actions[bot]", "Copilot"])
def test_a_bot_approves_nothing_whatever_role_it_is_in_recorded_contract(released: House, bot: str) -> None:
    released.edit(
        "mlops.yaml", "- {login: bob, emails: [bob@example.org]}", f"- {{login: '{bot}'}}\n    - {{login: bob}}"
    )
    released.commit("A bot of a role")
    released.ok("promote", "churn", "--to", "staging")
    released.approve(1, bot)
    assert told(released) == "pending"
    assert f"approved by {bot} at " in released.ok("pr", "show", 1).out
    assert lines_with(notes(released, 1), "eligible: bob", f"{bot} is not a person's account", "does not count")
    released.approve(1, "bob")
    assert told(released) == "success"
    released.dismiss(1, released.front.stateful.ok("GET", f"/repos/{released.name}/pulls/1/reviews")[1]["id"])
    released.merge_pull(1, who="carol")
    assert asked(released, "record").code == 0
    assert (receipt(released)["approved"], receipt(released)["approvals"]) == ("unproven", [])


@pytest.mark.parametrize("bot", [BOT, "Copilot"])
def test_a_change_of_the_policy_by_a_bot_is_nobody_s_to_approve_recorded_contract(released: House, bot: str) -> None:
    """Our own App's too: there is no record that could say for whom."""
    text = released.text("mlops.yaml", "main").replace("operations: 1}}\n  production", "operations: 2}}\n  production")
    released.write_branch("policy", {"mlops.yaml": text}, who=bot)
    number = released.open("policy", who=bot)
    for who in ("bob", "carol"):
        released.approve(number, who)
    assert told(released, number) == "pending"
    assert f"{bot} opened it, and " in notes(released, number)


def test_a_bot_s_change_that_needs_no_approval_passes_recorded_contract(released: House) -> None:
    released.write_branch("docs", {"notes.txt": "a\n"}, who="Copilot")
    assert told(released, released.open("docs", who="Copilot")) == "success"


@pytest.mark.parametrize(("who", "state"), [("carol", "success"), ("bob", "pending")])
def test_our_own_app_renews_what_a_person_opened_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, who: str, state: str
) -> None:
    """The person who opened it and the one who filled in the form are both known, and neither approves."""
    monkeypatch.setenv("GITHUB_TOKEN", "token-alice")
    with released.form("alice"):
        released.ok("promote", "churn", "--to", "staging")
    released.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.7")
    released.commit("Another policy")
    monkeypatch.setenv("GITHUB_TOKEN", released.environment["GITHUB_TOKEN"])
    with released.form(who):
        assert "updated" in released.ok("promote", "churn", "--to", "staging").out
    released.approve(1, "bob")
    assert told(released) == state


# ── what nobody asked for ──


def auto(house: House, environment: str) -> None:
    """Lets an environment be promoted by itself, with approvals."""
    house.edit("mlops.yaml", "environments:\n", f"policies: {{auto_promote: [{environment}]}}\nenvironments:\n")
    house.commit("Promote by itself")


BY_POLICY = {"login": "mlops-gitops", "via": "auto_promote"}


def test_what_the_policy_asked_for_waits_for_people_alone_recorded_contract(released: House) -> None:
    auto(released, "staging")
    released.ok("advance")
    assert json.loads(released.text(RECORD, BRANCH))["predicate"]["requested_by"] == BY_POLICY
    assert told(released) == "pending"
    released.merge("bob")
    assert receipt(released)["approved"] == "met"


@pytest.mark.parametrize("bot", ["github-actions[bot]", "Copilot"])
def test_a_bot_that_says_it_was_the_policy_is_not_believed_recorded_contract(released: House, bot: str) -> None:
    """Not even where it is what the policy asks for: who made the bot do it could approve it."""
    auto(released, "staging")
    released.ok("advance")
    released.write_branch("by-bot", promotion(released), who=bot)
    number = released.open("by-bot", who=bot)
    released.approve(number, "bob")
    undecided(released, number, f"{bot} opened it", NOBODY)


def test_a_policy_that_asks_for_nothing_there_asked_for_nothing_recorded_contract(proposed: House) -> None:
    """Should our own App ever be made to open one: it says that the policy asked, and the policy did not."""
    proposed.write_branch("by-app", promotion(proposed, requested_by=BY_POLICY), who=BOT)
    number = proposed.open("by-app", who=BOT)
    proposed.approve(number, "bob")
    undecided(proposed, number, f"{BOT} opened it", "no run on record")


# ── without an App ──


@pytest.fixture
def without_app(released: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A repository where workflows open, judge and record with their own token, as nothing of ours makes them do."""
    token = released.token("of-the-run", login="github-actions[bot]")
    monkeypatch.setenv("GITHUB_TOKEN", token)
    return released


def test_a_workflow_s_own_token_is_believed_as_an_app_s_is_recorded_contract(without_app: House) -> None:
    """Where people started the run on record. Any workflow can do the same: that is why `doctor` says "forgeable"."""
    without_app.ok("promote", "churn", "--to", "staging")
    assert without_app.pull_requests()[0]["user"]["login"] == "github-actions[bot]"
    assert told(without_app) == "pending"
    without_app.approve(1, "alice")
    assert told(without_app) == "pending"
    without_app.merge("bob")
    assert receipt(without_app)["approved"] == "met"


def test_without_an_app_the_policy_cannot_be_who_asked_recorded_contract(without_app: House) -> None:
    """Any workflow can write that it was; what needs nobody's approval is merged all the same."""
    auto(without_app, "staging")
    without_app.ok("advance")
    without_app.approve(1, "bob")
    assert told(without_app) == "pending"
    without_app.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    without_app.commit("Nobody need approve")
    without_app.close(1)
    without_app.ok("advance")
    assert without_app.pull_requests() == []


def test_a_person_s_token_does_not_speak_for_the_app_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt stands for ever, so none is written by who cannot tell."""
    proposed.approve(1, "bob")
    monkeypatch.setenv("GITHUB_TOKEN", "token-carol")
    assert told(proposed) == "pending"
    assert not lacking(proposed.said(1), f"{BOT} opened it", "this token", "for whom")
    proposed.merge_pull(1, who="carol")
    answer = asked(proposed, "record")
    assert (answer.code, answer.json["receipts"]) == (3, [])
    assert not lacking(answer.json["refused"][TAG], f"{BOT} opened it", "this token", "for whom")
    monkeypatch.setenv("GITHUB_TOKEN", proposed.environment["GITHUB_TOKEN"])
    assert asked(proposed, "record").code == 0
    assert receipt(proposed)["approved"] == "met"


# ── a job that asks ──


@pytest.mark.parametrize("bot", ["github-actions[bot]", "Copilot"])
@pytest.mark.parametrize("event", ["dispatch", "schedule", "another"])
def test_a_job_that_a_bot_started_proposes_nothing_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bot: str, event: str
) -> None:
    """The environment names the actor and no type: the event tells it, or GitHub where the event has no such sender."""
    senders = {"dispatch": {"login": bot, "type": kind(bot)}, "another": {"login": "alice", "type": "User"}}
    payload = {"sender": senders[event]} if event in senders else {"schedule": "23 * * * *"}
    (tmp_path / "event.json").write_text(json.dumps(payload))
    values = {"ACTIONS": "true", "ACTOR": bot, "RUN_ID": "78", "EVENT_PATH": str(tmp_path / "event.json")}
    for name, value in values.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    released.workflow_run(78, actor=bot)
    refused = released.run("promote", "churn", "--to", "staging")
    assert refused.code == 2 and lines_with(refused.err, f"{bot} started this job", "person")
    assert released.pull_requests() == []


def test_a_job_without_its_event_asks_github_who_started_it_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ACTIONS": "true", "ACTOR": "alice", "RUN_ID": "78"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    assert released.run("promote", "churn", "--to", "staging").code == 3  # there is no such run
    released.workflow_run(78, actor="alice")
    released.ok("promote", "churn", "--to", "staging")
    assert told(released) == "pending"
