"""soak: how long a release has run, told by receipts, and who waits for it."""

from __future__ import annotations

from datetime import date, datetime

from cases import cases
from messages import lacking
from past import PRODUCTION, Ran, context, ledger, override, time

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.soak import RULE
from mlops_gitops.records.receipt import UNMET
from mlops_gitops.repository.ledger import Ledger

SOAK = Edit("mlops.yaml", "staging: {", "staging: {soak: 24h, ")
HOLD = Edit("mlops.yaml", "staging: {", "staging: {soak: 24h, hold_while_soaking: true, ")
NOW = Edit("mlops.yaml", "after: [staging], ", "after: [staging], order: current, ")
AGAIN = Edit(
    "promotions/staging/churn/0002.json", '"sequence": 1', '"sequence": 2', copy="promotions/staging/churn/0001.json"
)


def _found(of: Ledger, *edits: Edit, now: datetime | None, base: tuple[Edit, ...] = (SOAK,)) -> list[Diagnostic]:
    return list(RULE.check(context(of, base, *edits, now=now)))


def test_a_release_waits_until_it_has_run_long_enough() -> None:
    of = ledger(Ran("staging", "1.0.0", time(8, 10)))
    (found,) = _found(of, PRODUCTION, now=time(8, 13))
    facts = ("churn 1.0.0", "staging", "3 h of 24 h", "since 2026-01-08 10:00 UTC", "until 2026-01-09 10:00 UTC")
    assert not lacking(found.message, *facts)
    assert not found.undecided and found.span.path == PRODUCTION.path
    assert _found(of, PRODUCTION, now=time(9, 9, 59)) and not _found(of, PRODUCTION, now=time(9, 10))


def test_without_a_clock_the_day_has_just_begun() -> None:
    of = ledger(Ran("staging", "1.0.0", time(9, 0, 1)))
    assert list(RULE.check(context(of, (SOAK,), PRODUCTION, today=date(2026, 1, 10))))
    assert not list(RULE.check(context(of, (SOAK,), PRODUCTION, today=date(2026, 1, 11))))


def test_where_no_soak_is_asked_for_nobody_waits() -> None:
    assert not _found(ledger(Ran("staging", "1.0.0", time(8))), PRODUCTION, now=time(8), base=())


def test_another_release_ends_the_soak_unless_it_was_long_enough() -> None:
    short = ledger(Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(8, 5)))
    (found,) = _found(short, PRODUCTION, now=time(20))
    facts = ("churn 1.0.0", "staging", "5 h of 24 h", "since 2026-01-08 00:00 UTC", "1.1.0 replaced it")
    assert not lacking(found.message, *facts)
    long = ledger(Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(9)))
    assert not _found(long, PRODUCTION, now=time(9))
    assert _found(long, PRODUCTION, now=time(20), base=(SOAK, NOW))  # asked to run there now


def test_promoted_again_it_starts_again() -> None:
    of = ledger(*(Ran("staging", name, time(8, hour)) for name, hour in (("1.0.0", 0), ("1.1.0", 20), ("1.0.0", 22))))
    (found,) = _found(of, PRODUCTION, now=time(9, 4))
    assert not lacking(found.message, "churn 1.0.0", "staging", "6 h of 24 h", "since 2026-01-08 22:00 UTC")


def test_what_never_ran_there_is_not_soaked() -> None:
    (found,) = _found(ledger(), PRODUCTION, now=time(8))
    assert not lacking(found.message, "churn 1.0.0", "has not been in staging", "24 h") and not found.undecided


@cases("at", [None, "", "yesterday", "2026-01-08T00:00:00", 7, ["2026"]])
def test_a_time_that_no_receipt_tells_is_undecided(at: object) -> None:
    (found,) = _found(ledger(Ran("staging", "1.0.0", at)), PRODUCTION, now=time(20))
    assert found.undecided and "does not say when it was merged" in found.message


def test_a_receipt_that_is_not_here_is_undecided_and_an_unmet_one_no_proof() -> None:
    (absent,) = _found(ledger(Ran("staging", "1.0.0", time(8), approved=None)), PRODUCTION, now=time(20))
    assert absent.undecided and "the receipt churn#staging#1 is not here" in absent.message
    (unmet,) = _found(ledger(Ran("staging", "1.0.0", time(8), approved=UNMET)), PRODUCTION, now=time(20))
    assert not unmet.undecided and "no receipt proves" in unmet.message


def test_an_end_that_no_receipt_tells_is_undecided_once_it_could_matter() -> None:
    of = ledger(Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", None, approved=None))
    assert [found.undecided for found in _found(of, PRODUCTION, now=time(8, 23))] == [False]
    assert [found.undecided for found in _found(of, PRODUCTION, now=time(20))] == [True]


def test_a_time_beyond_the_calendar_is_no_crash() -> None:
    of = ledger(Ran("staging", "1.0.0", "9999-12-31T23:59:59Z"))
    assert "0 min of 24 h" in _found(of, PRODUCTION, now=time(20))[0].message


def test_only_an_override_that_skips_the_soak_helps() -> None:
    of = ledger(Ran("staging", "1.0.0", time(8)))
    for skip in ("order", "freeze"):
        assert "3 h of 24 h" in _found(of, PRODUCTION, override(skip), now=time(8, 3))[0].message
    (found,) = _found(of, PRODUCTION, override("soak"), now=time(8, 3))
    assert found.message.endswith("is not among the record's decisions")
    listed = Edit(PRODUCTION.path, '"decisions": []', f'"decisions": [{{"path": "{override("soak").path}", "sha256": "{"0" * 64}"}}]')  # fmt: skip # noqa: E501
    assert not _found(of, PRODUCTION, listed, override("soak"), now=time(8, 3))
    assert _found(of, PRODUCTION, listed, override("soak", release="1.1.0"), now=time(8, 3))
    assert _found(of, PRODUCTION, listed, override("soak"), now=datetime.fromisoformat("2026-02-01T00:00Z")) == []


def test_an_expired_override_does_not_help() -> None:
    of = ledger(Ran("staging", "1.0.0", datetime.fromisoformat("2026-01-31T12:00Z")))
    now = datetime.fromisoformat("2026-02-01T00:00Z")
    assert "12 h of 24 h" in _found(of, PRODUCTION, override("soak"), now=now)[0].message


def test_an_environment_is_held_while_what_runs_there_soaks() -> None:
    of = ledger(Ran("staging", "0.9.0", time(8, 1)))
    (found,) = _found(of, AGAIN, now=time(8, 4), base=(HOLD,))
    facts = ("churn 0.9.0", "3 h of 24 h", "since 2026-01-08 01:00 UTC", "until 2026-01-09 01:00 UTC")
    assert found.message.startswith("staging is held") and not lacking(found.message, *facts)
    assert not _found(of, AGAIN, now=time(9, 1), base=(HOLD,))
    assert not _found(of, AGAIN, now=time(8, 4))


def test_what_lacked_its_approvals_holds_nothing_and_what_cannot_be_told_is_undecided() -> None:
    assert not _found(ledger(Ran("staging", "0.9.0", time(8), approved=UNMET)), AGAIN, now=time(8), base=(HOLD,))
    for ran in (Ran("staging", "0.9.0", None), Ran("staging", "0.9.0", time(8), approved=None)):
        assert [found.undecided for found in _found(ledger(ran), AGAIN, now=time(20), base=(HOLD,))] == [True]


@cases("action", ["rollback", "adopt"])
def test_a_rollback_never_waits(action: str) -> None:
    of = ledger(Ran("staging", "0.9.0", time(8)))
    for edit in (AGAIN, PRODUCTION):
        assert not _found(of, edit, Edit(edit.path, '"promote"', f'"{action}"'), now=time(8), base=(HOLD,))
