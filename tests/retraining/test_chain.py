"""Chains of records: what was removed or edited is a fault, and a cause is recorded once."""

from __future__ import annotations

import pytest
from cases import cases
from messages import lacking
from retraining.decided import RESTING, chained, decided, run

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.retraining.chain import RetrainingChain, read_chain, read_chains
from mlops_gitops.retraining.record import RunOutcome

RECORDS = chained((decided(blockers=(RESTING,)), None), (decided(), run()), (decided(), run(RunOutcome.FAILED)))
FILES = {found.path: found.render() for found in RECORDS}
PATHS = sorted(FILES)


def test_records_are_read_in_their_order() -> None:
    chain = read_chain(Overlay(FILES), "churn")
    assert chain.records == tuple(RECORDS) and chain.newest == RECORDS[-1]
    assert [found.outcome for found in chain.runs] == [RunOutcome.PROPOSED, RunOutcome.FAILED]
    assert read_chain(Overlay(FILES), "other").records == ()


@cases(
    "files, path, words",
    [
        ({PATHS[0]: None}, PATHS[0], "is missing, it was removed"),
        ({PATHS[1]: None}, PATHS[1], "is missing, it was removed"),
        ({PATHS[1]: FILES[PATHS[0]]}, PATHS[1], "the path says sequence"),
        ({PATHS[0]: FILES[PATHS[0]].replace(b"mlops-gitops 0.0.0", b"mlops-gitops 0.0.1")}, PATHS[1], "was edited"),
        ({PATHS[0]: b"{"}, PATHS[0], ""),
        ({"retraining/churn/notes.md": b"x"}, "retraining/churn/notes.md", "is not the path of a record"),
    ],
)
def test_a_chain_that_does_not_hold_is_a_fault_and_decides_nothing(
    files: dict[str, bytes | None], path: str, words: str
) -> None:
    tree = Overlay({name: data for name, data in (FILES | files).items() if data is not None})
    faults = read_chains(tree).faults
    assert [fault.path for fault in faults] == [path]
    assert not lacking(faults[0].message, *filter(None, words.split(", ")))
    with pytest.raises(Undecided, match="do not hold"):
        read_chain(tree, "churn")


def test_a_cause_that_is_held_up_is_recorded_once() -> None:
    blocked, proposed = decided(blockers=(RESTING,)), run(pull_request="refs/mlops/pulls/3")
    chain = RetrainingChain("churn", tuple(chained((blocked, None))))
    assert chain.holder(blocked, None) == chain.records[0]
    assert chain.holder(decided(), proposed) is None
    done = RetrainingChain("churn", tuple(chained((decided(), proposed))))
    assert done.holder(blocked, None) == done.records[0]


def test_a_run_is_recorded_once_and_the_next_one_again() -> None:
    proposed = run(pull_request="refs/mlops/pulls/3")
    chain = RetrainingChain("churn", tuple(chained((decided(), proposed))))
    assert chain.holder(decided(), proposed)
    assert chain.holder(decided(), run(started="2026-04-01T00:00:00Z", pull_request="refs/mlops/pulls/3"))
    assert chain.holder(decided(), run(started="2026-04-01T00:00:00Z", pull_request="refs/mlops/pulls/4")) is None
    assert chain.holder(decided(), run(RunOutcome.FAILED)) is None


def test_a_run_that_was_proposed_again_counts_once_for_the_runs_after_it() -> None:
    first, second = run(manifest="sha256:" + "1" * 64), run(manifest="sha256:" + "2" * 64)
    later = run(started="2026-04-01T00:00:00Z")
    chain = RetrainingChain("churn", tuple(chained((decided(), first), (decided(), second), (decided(), later))))
    assert chain.runs == (second, later)
    assert [chain.runs_before(found) for found in chain.records] == [(), (), (second,)]
