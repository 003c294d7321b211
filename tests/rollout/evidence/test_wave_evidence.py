"""What reports prove of a wave: the right state for each, whatever is missing, late, wrong or forged in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import rolling
from cases import cases
from seen_waves import FLEET, HOUR, REST, Case

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import Review
from mlops_gitops.policy.rules import observation_author, wave_evidence, wave_hold
from mlops_gitops.records.evidence.counts import Counts
from mlops_gitops.records.evidence.observation import Observation
from mlops_gitops.repository.ledger import Commit, FileChange
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.rollout.observing.expectation import expected, find_subject
from mlops_gitops.rollout.rollout_state import rollout_state

DAY = 24 * HOUR
CASE = Case()
CANARY = Case("    - {name: canary, targets: [eu-api], traffic: 10, hold: 24h}\n" + REST
              + "    - {name: fleet, targets: [tills]}\n")  # fmt: skip
tills, service = CASE.tills, CANARY.service

FLEETS: list[tuple[str, timedelta, list[Observation], str]] = [
    ("nothing heard", HOUR, [], "pending"),
    ("none on it", HOUR, [tills(HOUR, 0, old=40)], "pending"),
    ("some on it", HOUR, [tills(HOUR, 40)], "updating"),
    ("on their way", HOUR, [tills(HOUR, 0, updating=3)], "updating"),
    ("94 of 100", HOUR, [tills(HOUR, 94)], "updating"),
    ("95 of 100", HOUR, [tills(HOUR, 95)], "holding"),
    ("96 of 100", HOUR, [tills(HOUR, 96)], "holding"),
    ("two failed", HOUR, [tills(HOUR, 95, 2)], "holding"),
    ("three failed", HOUR, [tills(HOUR, 95, 3)], "failed"),
    ("two failed, one fell back", HOUR, [tills(HOUR, 95, 2, fallback=1)], "failed"),
    ("other bytes", HOUR, [tills(HOUR, 94, other=6)], "updating"),
    ("failed once, well again", HOUR, [tills(HOUR, 90, 3), tills(2 * HOUR, 100)], "failed"),
    ("held, not looked at again", 2 * DAY, [tills(HOUR, 96)], "undecided"),
    ("held, and looked at again", 26 * HOUR, [tills(HOUR, 96), tills(25 * HOUR, 96)], "ready"),
    ("looked at a minute too early", 26 * HOUR, [tills(HOUR, 96), tills(25 * HOUR - HOUR / 60, 96)], "undecided"),
    ("held, then fewer", 26 * HOUR, [tills(HOUR, 96), tills(25 * HOUR, 94)], "updating"),
    ("fewer in between", 26 * HOUR, [tills(HOUR, 96), tills(9 * HOUR, 90), tills(25 * HOUR, 96)], "holding"),
    ("again for a day", 50 * HOUR, [tills(HOUR, 96), tills(9 * HOUR, 90), tills(25 * HOUR, 96), tills(49 * HOUR, 96)],
     "ready"),
    ("failures after the end", 27 * HOUR, [tills(HOUR, 96), tills(25 * HOUR, 96), tills(26 * HOUR, 90, 5)], "failed"),
    ("too late", 73 * HOUR, [tills(HOUR, 94)], "stalled"),
    ("never", 73 * HOUR, [], "stalled"),
    ("late, and then there", 80 * HOUR, [tills(79 * HOUR, 96)], "holding"),
    ("old evidence", 60 * HOUR, [tills(HOUR, 96), tills(25 * HOUR, 96)], "undecided"),
    ("reports of tomorrow", HOUR, [tills(HOUR, 94), tills(DAY, 96)], "updating"),
]  # fmt: skip


def test_a_wave_without_a_device_proves_nothing() -> None:
    case = Case(
        "    - {name: canary, targets: [tills], groups: [nobody]}\n" + REST + "    - {name: fleet, targets: [tills]}\n"
    )
    found = case.state(HOUR, case.seen("tills", HOUR, Counts(0), "devices", "bytes"))
    assert found.name == "undecided" and "no device" in found.hold.reason, found.hold


@cases("name, after, seen, state", FLEETS)
def test_the_state_of_a_fleet(name: str, after: timedelta, seen: list[Observation], state: str) -> None:
    found = CASE.state(after, *seen)
    assert found.name == state, found.hold.reason
    assert found.hold.undecided is (state in ("stalled", "undecided"))


def test_what_a_state_says() -> None:
    assert "94 of 100 serve it, 6 silent" in CASE.state(HOUR, tills(HOUR, 94)).hold.reason
    failed = CASE.state(HOUR, tills(HOUR, 95, 3)).hold
    assert "0001.json" in failed.reason and "3 failed" in failed.reason and "2 may fail" in failed.reason
    assert "rollback churn --in staging" in failed.help
    held = CASE.state(2 * HOUR, tills(HOUR, 96)).hold
    assert "since 2026-01-08 11:00 UTC: until 2026-01-09 11:00 UTC" in held.reason
    assert "passed at 2026-01-11 10:00 UTC" in CASE.state(73 * HOUR).hold.reason


ENDPOINTS: list[tuple[str, list[Observation], str]] = [
    ("the share of the wave", [service(HOUR), service(25 * HOUR)], "ready"),
    ("failed", [service(HOUR, 100, failed=True)], "failed"),
    ("counted as serving with everything", [service(HOUR, 100), service(25 * HOUR, 100)], "undecided"),
    ("without a share", [service(HOUR, None), service(25 * HOUR, None)], "undecided"),
]


@cases("name, seen, state", ENDPOINTS)
def test_the_state_of_an_endpoint(name: str, seen: list[Observation], state: str) -> None:
    assert CANARY.state(26 * HOUR, *seen).name == state


BOTH = Case("    - {name: canary, targets: [eu-api, tills]}\n" + REST.replace("eu-api", "tills"))
TOGETHER: list[tuple[str, list[Observation], str]] = [
    ("each seen once, the one after the other", [BOTH.service(HOUR, 100), BOTH.tills(2 * HOUR, 100)], "ready"),
    ("in the other order", [BOTH.tills(HOUR, 100), BOTH.service(2 * HOUR, 100)], "ready"),
    ("one of them", [BOTH.service(HOUR, 100)], "updating"),
    ("one of them fewer since", [BOTH.tills(HOUR, 100), BOTH.service(2 * HOUR, 100), BOTH.tills(2.5 * HOUR, 90)],
     "updating"),
]  # fmt: skip


@cases("name, seen, state", TOGETHER)
def test_without_a_hold_one_report_of_each_target_is_enough(name: str, seen: list[Observation], state: str) -> None:
    found = BOTH.state(3 * HOUR, *seen)
    assert found.name == state, found.hold.reason


def test_a_later_report_changes_nothing_of_what_a_step_without_a_hold_rests_on() -> None:
    seen = [BOTH.service(HOUR, 100), BOTH.tills(2 * HOUR, 100)]
    found = [BOTH.state(3 * HOUR, *seen, *later).hold.evidence for later in ([], [BOTH.tills(2.5 * HOUR, 100)])]
    assert found[0] and found[1] and found[0].rests_on == found[1].rests_on


GOOD = (service(HOUR), service(25 * HOUR))
ODD: list[tuple[str, dict[str, Any], str]] = [
    ("of another release", {"release": "1.0.0"}, "1.0.0"),
    ("of another wave", {"wave": "cloud"}, "cloud"),
    ("by another observer", {"observer": "argocd"}, "argocd"),
    ("that proves too much", {"proof": "bytes"}, "bytes"),
    ("of more than there is", {"counts": Counts(9, 9)}, "9 units"),
    ("of nothing", {"counts": Counts(0)}, "0 units"),
    ("signed, without keys", {"trust": "signed"}, "no keys"),
    ("of a job that it does not name", {"trust": "forge"}, "names none"),
    ("of another merge", {"start": "2026-01-07T10:00:00Z"}, "2026-01-07"),
    ("before the merge", {"end": "2026-01-08T09:00:00Z"}, "before the wave"),
]


@cases("name, change, fact", ODD)
def test_a_record_that_cannot_be_what_it_says_does_not_count(name: str, change: dict[str, Any], fact: str) -> None:
    found = CANARY.state(26 * HOUR, *(replace(each, **change) for each in GOOD))
    assert found.name == "undecided" and fact in found.hold.reason, found.hold.reason


def test_a_fleet_is_counted_out_of_the_roster_of_its_opening() -> None:
    fewer = [replace(tills(at, 96), counts=Counts(96, 96)) for at in (HOUR, 25 * HOUR)]
    found = CASE.state(26 * HOUR, *fewer)
    assert found.name == "undecided" and "96 devices" in found.hold.reason and "100" in found.hold.reason


def test_evidence_of_another_record_counts_for_nothing() -> None:
    foreign = [replace(each, record="sha256:" + "7" * 64) for each in GOOD]
    assert CANARY.state(26 * HOUR, *foreign).name == "pending"


TRUST = [("claimed", "forge", "undecided"), ("forge", "forge", "ready"), ("forge", "claimed", "ready")]


@cases("trust, least, state", TRUST)
def test_the_policy_says_how_much_trust_counts(trust: str, least: str, state: str) -> None:
    by = {"login": "alice", "run": "17"}
    case = Case(FLEET + REST, f"  evidence: {least}\n")
    seen = [case.tills(at, 96, trust=trust, by=by) for at in (HOUR, 25 * HOUR)]
    found = case.state(26 * HOUR, *seen)
    assert found.name == state, found.hold.reason
    if state == "undecided":
        assert "claimed" in found.hold.reason and "evidence: forge" in found.hold.reason


def test_failures_that_nobody_proves_do_not_fail_the_wave_either() -> None:
    case = Case(FLEET + REST, "  evidence: forge\n")
    assert case.state(HOUR, case.tills(HOUR, 10, 90)).name == "undecided"


CLOUD = {"approvals": {}}


def _step(*evidence: str) -> Any:
    return rolling.record("advance", 3, "cloud", approvals={}, **({"evidence": list(evidence)} if evidence else {}))


def test_the_rule_lets_a_step_through_only_by_the_observations_that_decide() -> None:
    digests = [record.digest for record in CANARY.records(*GOOD)]

    def found(step: Any, *seen: Observation, after: timedelta = 26 * HOUR) -> list[str]:
        return CANARY.found(wave_evidence.RULE, after, seen, step)

    assert not found(_step(digests[1]), *GOOD) and not found(_step(*digests), *GOOD)
    assert "other observations" in found(_step(), *GOOD)[0]
    assert "other observations" in found(_step(digests[0]), *GOOD)[0]  # picked: an early one in place of the last
    assert "other observations" in found(_step(digests[1], "sha256:" + "7" * 64), *GOOD)[0]
    assert "no report about eu-api" in found(_step(digests[1]))[0]
    assert found(_step(digests[1]), *GOOD, after=2 * HOUR) == []  # too early is what wave-hold says
    assert "until 2026-01-09 11:00" in CANARY.found(wave_hold.RULE, 2 * HOUR, GOOD, _step(digests[1]))[0]
    bad = (service(HOUR, 100, failed=True),)
    assert "may fail" in found(_step(digests[1]), *bad)[0]
    assert not found(rolling.record("rollback", 3, release="1.0.0", replaces="1.1.0"), *bad)


BACK = {"release": "1.0.0", "replaces": "1.1.0"}


def test_a_return_without_approvals_needs_a_failure_and_an_opening_that_allows_it() -> None:
    waves, bad = CANARY.waves, (service(HOUR, 100, failed=True),)
    for policy, seen, allowed in (
        ("", bad, False),
        ("  abort: automatic\n", bad, True),
        ("  abort: automatic\n", GOOD, False),
    ):
        case = Case(waves, policy)
        seen = tuple(replace(each, record=case.opening.digest) for each in seen)
        evidence = [case.records(*seen)[0].digest]
        back = rolling.record("rollback", 3, abort="automatic", evidence=evidence, **BACK)
        found = case.found(wave_evidence.RULE, 2 * HOUR, seen, back)
        assert bool(found) is not allowed, (policy, seen, found)


def test_signed_reports_count_where_the_devices_have_keys() -> None:
    for keyed, state in ((True, "ready"), (False, "undecided")):
        case = Case(FLEET + REST, "  evidence: forge\n", keyed)
        found = case.state(26 * HOUR, *(case.tills(at, 96, trust="signed") for at in (HOUR, 25 * HOUR)))
        assert found.name == state, found.hold.reason


def test_what_devices_signed_before_the_wave_or_the_last_report_counts_no_more() -> None:
    case = Case(FLEET + REST, keyed=True)
    for seen, since in ((), rolling.START), ((case.tills(HOUR, 40),), rolling.START + HOUR):
        context = case.context(2 * HOUR, seen)
        assert context.ledger is not None
        commits = (context.ledger.entries[-1].commit,)
        context = replace(context, ledger=replace(context.ledger, commits=commits))
        fleet = expected(context, find_subject(context, "staging", "churn", "tills")).fleet
        assert fleet is not None and (fleet.since, fleet.until) == (since, rolling.START + 3 * HOUR)


def test_a_freeze_lets_the_deadline_stand_still() -> None:
    change = FileChange("A", "FREEZE", None, "f" * 40)
    context = CASE.context(80 * HOUR, [])
    assert context.ledger is not None
    frozen = Commit("f" * 40, None, int((rolling.START + HOUR).timestamp()), (change,))
    context = replace(context, ledger=replace(context.ledger, commits=(frozen,)))
    assert rollout_state(context, "staging", "churn").name == "pending"
    assert CASE.state(80 * HOUR).name == "stalled"


def test_who_handed_in_the_evidence_is_named_where_their_approval_is_missing() -> None:
    project = CANARY.base.project
    assert project is not None
    person = project.roles["operations"][0].login
    seen = tuple(replace(each, by={"login": person}) for each in GOOD)
    record = CANARY.records(*seen)[1]
    step = rolling.record("advance", 3, "cloud", approvals={"operations": 1}, evidence=[record.digest])
    context = CANARY.context(26 * HOUR, seen, step)
    pull = Pull("h", (Review(person, "h", ""),), frozenset([person]))
    (found,) = observation_author.RULE.check(replace(context, pull=pull))
    assert person in found.message and record.path in found.message
    assert not list(observation_author.RULE.check(replace(context, pull=replace(pull, reviews=()))))
