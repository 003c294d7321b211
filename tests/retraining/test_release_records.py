"""A manifest held to the records: the retraining that proposed it, and the windows that judge it."""

from __future__ import annotations

from typing import Any

from cases import cases
from messages import lacking
from monitoring.observations import observed
from retraining.decided import chained, decided, run

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import statement
from mlops_gitops.records.release import LiveEvaluation, LiveWindow, Pin, Release
from mlops_gitops.retraining.chain import RetrainingChain
from mlops_gitops.retraining.record import RunOutcome
from mlops_gitops.retraining.release_records import record_faults

SCORED, OTHER, LABELS = (f"sha256:{letter * 64}" for letter in "abc")
UNSEEN = observed(3)
SEEN = replace(UNSEEN, window=replace(UNSEEN.window, digest=SCORED))
OTHERS = replace(UNSEEN.window, digest=OTHER)
DECIDED = decided()


def _retrainings(*runs: Any) -> RetrainingChain:
    return RetrainingChain("churn", tuple(chained(*((DECIDED, each) for each in runs))))


def _chain(*seen: Any) -> Chain:
    records: list[Any] = []
    for each in seen:
        records.append(statement(each, records[-1] if records else None, "mlops-gitops 0.0.0", "2026-03-01T00:00:00Z"))
    return Chain("production", "churn", tuple(records))


def _release(digest: str = SCORED, answered: str = "1.2.0", **more: Any) -> Release:
    start, end = SEEN.window.start, SEEN.window.end
    assert start and end and DECIDED.cause
    live = LiveEvaluation("production", answered, (LiveWindow(start, end, digest, LABELS),))
    found = Release(
        "releases/churn/1.1.0.yaml", "churn", "1.1.0", (Pin("m.skops", md5="a" * 32),), Pin("README.md"),
        Pin("kpis.yaml"), {}, None, None, live=live, retraining_cause=DECIDED.cause.digest,
    )  # fmt: skip
    return replace(found, **more)


PROPOSED = _retrainings(run(version="1.1.0"))


def test_a_release_that_is_as_the_records_say() -> None:
    assert list(record_faults(_release(), PROPOSED, _chain(SEEN))) == []
    assert list(record_faults(_release(), PROPOSED, _chain(UNSEEN, SEEN))) == []
    assert list(record_faults(_release(live=None, retraining_cause=None), _retrainings(), _chain())) == []


@cases("release, seen, undecided, facts", [
    (_release(OTHER), (SEEN,), False, (OTHER[:17], SCORED[:17], str(SEEN.window.start))),
    (_release(answered="0.9.0"), (SEEN,), False, ("0.9.0", "1.2.0")),
    (_release(), (), True, ("not on record", str(SEEN.window.start), "production")),
    (_release(), (UNSEEN, observed(4)), True, ("not on record",)),
])  # fmt: skip
def test_windows_that_monitoring_did_not_see(release: Release, seen: Any, undecided: bool, facts: Any) -> None:
    ((message, unknown),) = record_faults(release, PROPOSED, _chain(*seen))
    assert unknown is undecided and not lacking(message, *facts), message


def test_the_manifest_is_the_one_that_was_proposed() -> None:
    release = _release()
    exact = _retrainings(run(version="1.1.0", manifest=release.rendered_digest))
    assert list(record_faults(release, exact, _chain())) == []  # the retraining laid out the windows itself
    ((message, unknown),) = record_faults(release, exact, _chain(replace(SEEN, window=OTHERS)))
    assert not unknown and not lacking(message, OTHER[:17])
    edited = replace(release, supersedes="1.0.0")
    faults = list(record_faults(edited, exact, _chain()))
    assert [unknown for _, unknown in faults] == [False, True]
    assert not lacking(faults[0][0], "not the manifest", release.rendered_digest[:17])
    again = _retrainings(
        run(version="1.1.0", manifest=release.rendered_digest), run(version="1.1.0", manifest=edited.rendered_digest)
    )
    assert list(record_faults(edited, again, _chain(SEEN))) == []
    assert len(again.runs) == 1  # one run, which was proposed twice


@cases("runs", [
    (), (run(version="1.2.0"),), (run(RunOutcome.WORSE, version="1.1.0"),), (None,),
])  # fmt: skip
def test_a_cause_that_proposed_nothing_of_the_kind(runs: Any) -> None:
    blocked = any(each is None for each in runs)
    chain = RetrainingChain("churn") if blocked else _retrainings(*runs)
    ((message, unknown),) = record_faults(_release(), chain, _chain(SEEN))
    assert unknown and not lacking(message, "1.1.0", "no record of a retraining")
