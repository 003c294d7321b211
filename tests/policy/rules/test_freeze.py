"""freeze: days and times in mlops.yaml, a file on the base, and what passes all the same."""

from __future__ import annotations

from datetime import date, datetime

from cases import cases
from messages import lacking
from past import PRODUCTION, context, ledger, override

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.freeze import RULE


def _freeze(since: str, until: str, more: str = "") -> Edit:
    text = f'branch: main\npolicies: {{freeze: [{{from: "{since}", to: "{until}", reason: Holidays.{more}}}]}}'
    return Edit("mlops.yaml", "branch: main", text)


def _found(now: str, base: Edit, *edits: Edit) -> list[Diagnostic]:
    moment = datetime.fromisoformat(now)
    return list(RULE.check(context(ledger(), (base,), *(edits or (PRODUCTION,)), now=moment)))


@cases(
    "now, frozen",
    [("2026-01-07T23:59:59Z", False), ("2026-01-08T00:00Z", True), ("2026-01-09T23:59:59Z", True),
     ("2026-01-10T00:00Z", False)],
)  # fmt: skip
def test_both_days_are_in_it(now: str, frozen: bool) -> None:
    found = _found(now, _freeze("2026-01-08", "2026-01-09"))
    facts = ("production", "frozen until 2026-01-09", "UTC", "Holidays")
    assert [lacking(diagnostic.message, *facts) for diagnostic in found] == [[]] * frozen


@cases(
    "now, frozen", [("2026-01-08T17:59:59Z", False), ("2026-01-08T18:00Z", True), ("2026-01-08T19:00Z", True),
                        ("2026-01-08T19:00:01Z", False)],
)  # fmt: skip
def test_it_may_begin_and_end_at_a_time(now: str, frozen: bool) -> None:
    assert bool(_found(now, _freeze("2026-01-08T18:00:00Z", "2026-01-08T19:00:00Z"))) is frozen


def test_without_a_clock_any_time_of_the_day_counts() -> None:
    base = (_freeze("2026-01-08T18:00:00Z", "2026-01-08T19:00:00Z"),)
    assert list(RULE.check(context(ledger(), base, PRODUCTION, today=date(2026, 1, 8))))
    assert not list(RULE.check(context(ledger(), base, PRODUCTION, today=date(2026, 1, 9))))


def test_it_may_be_about_some_environments() -> None:
    days = ("2026-01-01", "2026-01-31")
    assert not _found("2026-01-08T00:00Z", _freeze(*days, ", environments: [staging]"))
    assert _found("2026-01-08T00:00Z", _freeze(*days, ", environments: [staging, production]"))


@cases("text, said", [("", "FREEZE"), ("An  incident.\nMore.\n", "An incident."), ("\ufeffx\r\n", ": x")])
def test_a_file_on_the_base_freezes_every_environment(text: str, said: str) -> None:
    (found,) = _found("2026-01-08T00:00Z", Edit("FREEZE", None, text))
    assert not lacking(found.message, "production", "FREEZE") and found.message.endswith(said)


def test_the_file_counts_on_the_base_alone() -> None:
    frozen = Edit("FREEZE", None, "An incident.\n")
    assert _found("2026-01-08T00:00Z", frozen, PRODUCTION, Edit("FREEZE", None, None))
    untouched = Edit("mlops.yaml", "branch: main", "branch: main")
    assert not _found("2026-01-08T00:00Z", untouched, PRODUCTION, frozen)


def test_a_rollback_passes_and_an_adoption_does_not() -> None:
    frozen = Edit("FREEZE", None, "")
    for action, count in (("rollback", 0), ("adopt", 1)):
        edits = (PRODUCTION, Edit(PRODUCTION.path, '"promote"', f'"{action}"'))
        assert len(_found("2026-01-08T00:00Z", frozen, *edits)) == count


def test_only_an_override_that_skips_the_freeze_helps() -> None:
    frozen, now = Edit("FREEZE", None, ""), "2026-01-08T00:00Z"
    for skip in ("order", "soak"):
        assert "is frozen" in _found(now, frozen, PRODUCTION, override(skip))[0].message
    (found,) = _found(now, frozen, PRODUCTION, override("freeze"))
    assert found.message.endswith("is not among the record's decisions")
    entry = f'"decisions": [{{"path": "{override("freeze").path}", "sha256": "{"0" * 64}"}}]'
    listed = Edit(PRODUCTION.path, '"decisions": []', entry)
    assert not _found(now, frozen, PRODUCTION, listed, override("freeze"))


def test_of_two_overrides_the_one_on_record_counts() -> None:
    other = override("freeze")
    later = Edit("decisions/2026-01-01-first.yaml", None, str(other.new))
    listed = f'"decisions": [{{"path": "{other.path}", "sha256": "{"0" * 64}"}}]'
    edits = (PRODUCTION, Edit(PRODUCTION.path, '"decisions": []', listed), later, other)
    assert not _found("2026-01-08T00:00Z", Edit("FREEZE", None, ""), *edits)
