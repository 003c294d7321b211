"""Where a rollout is, and which step may follow: by records, receipts and the time alone."""

from __future__ import annotations

from datetime import timedelta

import rolling
from cases import cases
from rolling import BASE, PLANNED, START, ledger, opening, record

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import ROSTER
from mlops_gitops.policy.rule import Rule
from mlops_gitops.policy.rules import rollout_overlap, roster_shrunk, target_schema, wave_hold, wave_order
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import UNMET
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.rollout_state import RolloutState, rollout_state

DAY = timedelta(hours=24)
CLOUD = record("advance", 3, "cloud", approvals={"operations": 1})


def _state(of: Ledger, after: timedelta = timedelta(), **more: bytes) -> RolloutState:
    base = Snapshot(Overlay({**PLANNED, **more})) if more else BASE
    return rollout_state(replace(rolling.context(of, now=START + after), base=base), "staging", "churn")


def test_nothing_on_its_way_is_settled() -> None:
    assert (_state(ledger()).name, _state(ledger()).in_force) == ("settled", "1.0.0")
    settled = ledger(opening(), CLOUD, record("settle", 4))
    assert (_state(settled).name, _state(settled).in_force) == ("settled", "1.1.0")
    back = ledger(opening(), record("rollback", 3, release="1.0.0", replaces="1.1.0"))
    assert (_state(back).name, _state(back).in_force) == ("settled", "1.0.0")


def test_a_wave_holds_from_its_receipt_until_its_hold_is_over() -> None:
    of = ledger(opening())
    held = _state(of, DAY - timedelta(minutes=1))
    assert (held.name, held.in_force, held.hold.until) == ("holding", "1.0.0", START + DAY)
    assert "since 2026-01-08 10:00 UTC" in held.hold.reason and "until 2026-01-09 10:00 UTC" in held.hold.reason
    assert _state(of, DAY).name == "ready"
    assert _state(ledger(opening(), CLOUD), DAY).name == "ready"  # its wave names no hold


def test_without_a_receipt_that_proves_it_nothing_goes_on() -> None:
    lost = _state(ledger(opening(), approved=None), 9 * DAY)
    assert (lost.name, lost.hold.undecided, lost.hold.help) == ("open", True, "mlops-gitops record")
    unmet = _state(ledger(opening(), approved=UNMET), 9 * DAY)
    assert (unmet.name, unmet.hold.undecided) == ("open", False)
    assert _state(ledger(opening(), at=None), 9 * DAY).hold.undecided


def test_waves_that_the_history_does_not_hold_are_not_known() -> None:
    unknown = _state(ledger(opening("sha256:" + "0" * 64)), 9 * DAY)
    assert (unknown.name, unknown.hold.undecided) == ("undecided", True)


def test_a_frozen_environment_goes_on_with_nothing() -> None:
    frozen = _state(ledger(opening()), DAY, FREEZE=b"Nobody watches.\n")
    assert frozen.name == "frozen" and "Nobody watches." in frozen.hold.reason
    assert _state(ledger(opening()), FREEZE=b"").name == "holding"


def _found(rule: Rule, of: Ledger, *new: Promotion, after: timedelta = timedelta()) -> list[str]:
    return [found.message for found in rule.check(rolling.context(of, *new, now=START + after))]


SETTLE, SECOND = record("settle", 3), record("open", 3, "canary", rollout=opening().rollout)
OPENED = ledger(opening())
STEPS = [  # what there is, what follows, whether it may
    ("the first wave", ledger(), opening(), True),
    ("the next wave", OPENED, CLOUD, True),
    ("past the waves", ledger(), record("promote", 2), False),
    ("a later wave first", ledger(), record("open", 2, "cloud", rollout=opening().rollout), False),
    ("by other waves", ledger(), opening("sha256:" + "0" * 64), False),
    ("a wave left out", OPENED, record("advance", 3, "fleet", approvals={}), False),
    ("the same wave again", OPENED, record("advance", 3, "canary", approvals={}), False),
    ("without its approvals", OPENED, record("advance", 3, "cloud", approvals={}), False),
    ("another release", OPENED, record("advance", 3, "cloud", release="1.0.0", approvals={"operations": 1}), False),
    ("settled too early", OPENED, SETTLE, False),
    ("settled after the last", ledger(opening(), CLOUD, record("advance", 4, "fleet", approvals={})),
     record("settle", 5), True),
    ("one wave more", ledger(opening(), CLOUD, record("advance", 4, "fleet", approvals={})),
     record("advance", 5, "fleet", approvals={}), False),
    ("nothing to advance", ledger(), record("advance", 2, "cloud", approvals={}), False),
    ("nothing to settle", ledger(), record("settle", 2), False),
    ("waves that are not known", ledger(opening("sha256:" + "0" * 64)), CLOUD, False),
]  # fmt: skip


@cases("name, of, new, allowed", STEPS)
def test_waves_are_taken_in_order(name: str, of: Ledger, new: Promotion, allowed: bool) -> None:
    assert bool(_found(wave_order.RULE, of, new)) is not allowed


def test_a_step_is_too_early_until_the_hold_is_over() -> None:
    assert "until 2026-01-09 10:00 UTC" in _found(wave_hold.RULE, OPENED, CLOUD)[0]
    assert not _found(wave_hold.RULE, OPENED, CLOUD, after=DAY)
    assert not _found(wave_hold.RULE, OPENED, record("rollback", 3, release="1.0.0", replaces="1.1.0"))


def test_a_second_release_waits_for_the_first() -> None:
    found = [_found(rollout_overlap.RULE, OPENED, new) for new in (SECOND, record("promote", 3), record("adopt", 3))]
    assert all("rolling out churn 1.1.0, in the wave canary" in messages[0] for messages in found)
    assert not _found(rollout_overlap.RULE, OPENED, CLOUD) and not _found(rollout_overlap.RULE, ledger(), opening())


@cases("roster, gone", [(b"device,group\ntill-2,pilot\n", "till-1"), (None, "till-1, till-2"), (b"x", "till-1")])
def test_no_device_leaves_while_it_rolls(roster: bytes | None, gone: str) -> None:
    tree = {path: data for path, data in PLANNED.items() if path != ROSTER}
    tree |= {ROSTER: roster} if roster is not None else {}
    (found,) = roster_shrunk.RULE.check(rolling.context(OPENED, tree=tree))
    assert gone in found.message and found.span.path == ROSTER
    assert not list(roster_shrunk.RULE.check(rolling.context(ledger(), tree=tree)))
    more = {**PLANNED, ROSTER: PLANNED[ROSTER] + b"till-3,pilot\n"}
    assert not list(roster_shrunk.RULE.check(rolling.context(OPENED, tree=more)))


STATE = rolling.STATE
MOVED = {**PLANNED, "fleets/b.csv": b"device,group\ntill-1,pilot\n"}
MOVED[STATE] = PLANNED[STATE].replace(ROSTER.encode(), b"fleets/b.csv")
FLEET, TILLS = b"    - {name: fleet, targets: [tills]}\n", b"  tills: {roster: fleets/tills.csv}\n"
WITHOUT = {**PLANNED, STATE: PLANNED[STATE].replace(FLEET, b"").replace(TILLS, b"")}


@cases("tree, path, gone", [(MOVED, "fleets/b.csv", "till-2"), (WITHOUT, STATE, "till-1, till-2")])
def test_no_other_roster_comes_while_it_rolls(tree: dict[str, bytes], path: str, gone: str) -> None:
    assert Snapshot(Overlay(tree)).state("staging", "churn")
    (found,) = roster_shrunk.RULE.check(rolling.context(OPENED, tree=tree))
    assert found.span.path == path and found.message.endswith(f": {gone}")
    whole = {**tree, path: PLANNED[ROSTER]} if path != STATE else {**PLANNED, STATE: PLANNED[STATE] + b"# more\n"}
    assert not list(roster_shrunk.RULE.check(rolling.context(OPENED, tree=whole)))


@cases("roster", [b"", b"device,group\n", b'device,group\n"till-1,pilot\n', b"id,group\nx,pilot\n"])
def test_a_roster_that_cannot_be_read_is_the_fault_and_not_the_groups_of_its_waves(roster: bytes) -> None:
    state = PLANNED[STATE].replace(
        b"{name: fleet,", b"{name: pilot, targets: [tills], groups: [pilot]}\n    - {name: fleet,"
    )
    tree = {**PLANNED, ROSTER: roster, STATE: state}
    found = list(target_schema.RULE.check(rolling.context(ledger(), tree=tree)))
    assert [(problem.span.path, "pilot of the wave" in problem.message) for problem in found] == [(ROSTER, False)]


def test_a_share_that_no_device_is_in_is_refused() -> None:
    for percent, faults in ((1, ["1 % of the 2 devices in the wave pilot is none of them"]), (99, [])):
        wave = b"{name: pilot, targets: [tills], percent: %d}\n    - {name: fleet," % percent
        tree = {**PLANNED, STATE: PLANNED[STATE].replace(b"{name: fleet,", wave)}
        assert [found.message for found in target_schema.RULE.check(rolling.context(ledger(), tree=tree))] == faults
