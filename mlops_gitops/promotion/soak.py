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
    """Why a release may not enter yet, and whether that is unknown."""

    message: str
    help: str = f"wait, {SKIP_HELP}"
    undecided: bool = False


@frozen
class _Candidate:
    """The release that would enter an environment at a moment (UTC), by the records of a ledger."""

    ledger: Ledger
    model: str
    release: str
    moment: datetime

    @property
    def name(self) -> str:
        return f"{self.model} {self.release}"


@frozen
class _Run:
    """One unbroken run of a release in an environment: the record that began it, and the one that ended it."""

    began: Entry
    ended: Entry | None


def soak_waits(
    ledger: Ledger, project: Project, model: str, release: str, environment: str, moment: datetime
) -> Iterator[Wait]:
    """What a promotion of a release to an environment waits for at a moment (UTC); nothing when it may enter."""
    target, candidate = project.environments[environment], _Candidate(ledger, model, release, moment)
    for before in (project.environments.get(name) for name in target.after):
        if before and before.soak and (wait := _soak_wait(candidate, before, target.order)):
            yield wait
    if target.hold_while_soaking and (wait := _hold_wait(candidate, target)):
        yield wait


def _soak_wait(candidate: _Candidate, environment: Environment, order: str) -> Wait | None:
    """Why a release has not run long enough in an environment: ever, or with `order` current as what runs there now."""
    runs = [run for run in _runs(candidate, environment) if run.ended is None or order != "current"]
    waits = [_run_wait(candidate, environment, run) for run in runs]
    if not waits:
        verb = "is not" if order == "current" else "has not been"
        first = f"where a release runs for {_duration(environment)} first"
        command = f"mlops-gitops promote {candidate.model} --to {environment.name} --release {candidate.release}"
        return Wait(f"{candidate.name} {verb} in {environment.name}, {first}", f"{command}, {SKIP_HELP}")
    if any(wait is None for wait in waits):
        return None
    return next((wait for wait in waits if wait and wait.undecided), waits[-1])


def _runs(candidate: _Candidate, environment: Environment) -> Iterator[_Run]:
    chain = candidate.ledger.settled(environment.name, candidate.model)
    for n, entry in enumerate(chain):
        if _release(entry) == candidate.release:
            later = (later for later in chain[n + 1 :] if _release(later) != candidate.release)
            yield _Run(entry, next(later, None))


def _run_wait(candidate: _Candidate, environment: Environment, run: _Run) -> Wait | None:
    """Why one run was not long enough."""
    name, place, moment = candidate.name, environment.name, candidate.moment
    since, unknown = _merged_at(candidate.ledger, run.began)
    if since is None:
        message = f"since when {name} has been in {place} is not known: {unknown.message}"
        return Wait(message, unknown.help, unknown.undecided)
    if run.ended is None:
        return None if _is_soaked(environment, since, moment) else _wait_until(candidate, environment, since)
    replacement = _release(run.ended)
    ended, _ = _merged_at(candidate.ledger, run.ended, proven=False)
    if _is_soaked(environment, since, min(ended or moment, moment)):
        if ended is not None:
            return None
        message = f"how long {name} was in {place} is not known: no receipt says when {replacement} replaced it"
        return Wait(message, "mlops-gitops record", undecided=True)
    passed = _span(min(ended or moment, moment) - since)
    message = f"{name} was in {place} for {passed} of {_duration(environment)}, since {_time(since)}"
    return Wait(f"{message}: {replacement} replaced it", f"promote it to {place} again, {SKIP_HELP}")


def _wait_until(candidate: _Candidate, environment: Environment, since: datetime) -> Wait:
    so_far = _so_far(environment, since, candidate.moment)
    return Wait(f"{candidate.name} has been in {environment.name} {so_far}")


def _hold_wait(candidate: _Candidate, environment: Environment) -> Wait | None:
    """Why what runs in an environment must be left there; approvals it lacked let another follow at once."""
    current = candidate.ledger.current(environment.name, candidate.model)
    if current is None or _release(current) == candidate.release:
        return None
    held = f"{environment.name} is held while {candidate.model} {_release(current)} soaks"
    since, unknown = _merged_at(candidate.ledger, current)
    if since is None:
        message = f"{held}, and since when it does is not known: {unknown.message}"
        return Wait(message, unknown.help, undecided=True) if unknown.undecided else None
    if _is_soaked(environment, since, candidate.moment):
        return None
    return Wait(f"{held}: it has been there {_so_far(environment, since, candidate.moment)}")


def _is_soaked(environment: Environment, since: datetime, until: datetime) -> bool:
    return until - since >= (environment.soak_time or timedelta())


def _merged_at(ledger: Ledger, entry: Entry, *, proven: bool = True) -> tuple[datetime | None, Wait]:
    """When the forge merged a record, or why that is not known."""
    receipt = ledger.receipt(entry)
    if receipt is None and entry.tag not in ledger.receipts:
        return None, Wait(f"the receipt {entry.tag} is not here", "mlops-gitops record", undecided=True)
    if receipt is None or (proven and not ledger.proven(entry)):
        message = f"no receipt proves that {entry.record.path} was approved"
        return None, Wait(message, f"promote it again, {SKIP_HELP}")
    message = f"the receipt {entry.tag} does not say when it was merged"
    return receipt.merged_at, Wait(message, f"promote it again, {SKIP_HELP}", undecided=True)


def _release(entry: Entry) -> str:
    return entry.record.release if isinstance(entry.record, Promotion) else ""


def _so_far(environment: Environment, since: datetime, moment: datetime) -> str:
    try:
        until = since + (environment.soak_time or timedelta())
    except OverflowError:
        until = datetime.max.replace(tzinfo=UTC)
    passed = f"for {_span(moment - since)} of {_duration(environment)}"
    return f"{passed}, since {_time(since)}: until {_time(until)}"


def _duration(environment: Environment) -> str:
    """The soak of an environment as messages write it: 24 h."""
    soak = environment.soak or ""
    return f"{soak[:-1]} {'min' if soak[-1:] == 'm' else soak[-1:]}"


def _span(passed: timedelta) -> str:
    """A length of time in its two largest units: 1 d 6 h."""
    minutes = max(0, int(passed.total_seconds() // 60))
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2]) or "0 min"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
