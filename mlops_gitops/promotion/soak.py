"""How long a release has run where it must run first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.project import Environment, Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry, Ledger

SKIP_HELP = "or carry a decision of type override with skip: soak (promote … --decision PATH)"


@frozen
class Wait:
    """Why a release may not enter yet, and whether that could not be told."""

    message: str
    help: str = f"wait, {SKIP_HELP}"
    undecided: bool = False


@frozen
class _Run:
    """One unbroken run of a release in an environment: the record that began it, and the one that ended it."""

    began: Entry
    ended: Entry | None


def soak_waits(
    ledger: Ledger, project: Project, model: str, release: str, environment: str, moment: datetime
) -> Iterator[Wait]:
    """What a promotion of a release to an environment waits for at a moment (UTC); nothing when it may enter."""
    its = project.environments[environment]
    for before in (project.environments.get(name) for name in its.after):
        if before and before.soak and (wait := _soaking(ledger, before, its.order, model, release, moment)):
            yield wait
    if its.hold_while_soaking and (wait := _held(ledger, its, model, release, moment)):
        yield wait


def _soaking(ledger: Ledger, its: Environment, order: str, model: str, release: str, moment: datetime) -> Wait | None:
    """Why a release has not run long enough in an environment: ever, or as what runs there now."""
    runs = [run for run in _runs(ledger, its.name, model, release) if run.ended is None or order != "current"]
    found = [_short(ledger, its, run, f"{model} {release}", moment) for run in runs]
    if not found:
        message = f"{model} {release} {'is' if order == 'current' else 'has'} not been in {its.name}"
        message = message.replace("is not been", "is not") + f", where a release runs for {_written(its)} first"
        return Wait(message, f"mlops-gitops promote {model} --to {its.name} --release {release}, {SKIP_HELP}")
    if any(wait is None for wait in found):
        return None
    return next((wait for wait in found if wait and wait.undecided), found[-1])


def _runs(ledger: Ledger, environment: str, model: str, release: str) -> Iterator[_Run]:
    chain = ledger.chain(environment, model)
    for n, entry in enumerate(chain):
        if _release(entry) == release:
            yield _Run(entry, next((later for later in chain[n + 1 :] if _release(later) != release), None))


def _short(ledger: Ledger, its: Environment, run: _Run, what: str, moment: datetime) -> Wait | None:
    """Why one run was not long enough."""
    since, unknown = _since(ledger, run.began)
    if since is None:
        return Wait(f"since when {what} has been in {its.name} cannot be told: {unknown.message}", unknown.help,
                    unknown.undecided)  # fmt: skip
    ended, _ = _since(ledger, run.ended, proven=False) if run.ended else (moment, None)
    wanted = its.soak_time or timedelta()
    if min(ended or moment, moment) - since >= wanted:
        if ended is not None:
            return None
        other = _release(run.ended)
        return Wait(f"how long {what} was in {its.name} cannot be told: no receipt says when {other} replaced it",
                    "mlops-gitops record", undecided=True)  # fmt: skip
    if run.ended is None:
        return Wait(f"{what} has been in {its.name} {_so_far(its, since, moment)}")
    passed, other = _span(min(ended or moment, moment) - since), _release(run.ended)
    message = f"{what} was in {its.name} for {passed} of {_written(its)}, since {_time(since)}: {other} replaced it"
    return Wait(message, f"promote it to {its.name} again, {SKIP_HELP}")


def _held(ledger: Ledger, its: Environment, model: str, release: str, moment: datetime) -> Wait | None:
    """Why what runs in an environment must be left there; approvals it lacked let another follow at once."""
    current = ledger.current(its.name, model)
    if current is None or _release(current) == release:
        return None
    since, unknown = _since(ledger, current)
    what = f"{model} {_release(current)}"
    if since is None:
        message = f"{its.name} is held while {what} soaks, and since when it does cannot be told: {unknown.message}"
        return Wait(message, unknown.help, undecided=True) if unknown.undecided else None
    if moment - since >= (its.soak_time or timedelta()):
        return None
    return Wait(f"{its.name} is held while {what} soaks: it has been there {_so_far(its, since, moment)}")


def _since(ledger: Ledger, entry: Entry, *, proven: bool = True) -> tuple[datetime | None, Wait]:
    """When the forge merged a record, or why that is not known."""
    found = ledger.receipt(entry)
    if found is None and entry.tag not in ledger.receipts:
        return None, Wait(f"the receipt {entry.tag} is not here", "mlops-gitops record", undecided=True)
    if found is None or (proven and not ledger.proven(entry)):
        return None, Wait(f"no receipt proves that {entry.record.path} was approved", f"promote it again, {SKIP_HELP}")
    unsaid = Wait(f"the receipt {entry.tag} does not say when it was merged", f"promote it again, {SKIP_HELP}", True)
    return found.merged_at, unsaid


def _release(entry: Entry | None) -> str:
    return entry.record.release if entry and isinstance(entry.record, Promotion) else ""


def _so_far(its: Environment, since: datetime, moment: datetime) -> str:
    try:
        until = since + (its.soak_time or timedelta())
    except OverflowError:
        until = datetime.max.replace(tzinfo=UTC)
    return f"for {_span(moment - since)} of {_written(its)}, since {_time(since)}: until {_time(until)}"


def _written(its: Environment) -> str:
    soak = its.soak or ""
    return f"{soak[:-1]} {'min' if soak[-1:] == 'm' else soak[-1:]}"


def _span(passed: timedelta) -> str:
    """A length of time in its two largest units: 1 d 6 h."""
    minutes = max(0, int(passed.total_seconds() // 60))
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2]) or "0 min"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
