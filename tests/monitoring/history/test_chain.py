"""The chain of monitoring records: what is on record, and records that were removed, moved, edited or copied."""

from __future__ import annotations

import json
from collections.abc import Callable

import monitored
import pytest
from cases import cases
from monitored import drift_finding, finding, observed, rows_finding

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.monitoring.history.branch_tree import newest_records, read_chain, read_chains, recorded_pairs
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.faults import Fault
from mlops_gitops.monitoring.history.record import from_tree, statement
from mlops_gitops.monitoring.outcome import Observation

TOP = "monitoring/production/churn"
Files = dict[str, bytes]


def _branch(weeks: int = 4) -> Files:
    return {"README.md": b"Records.\n"} | monitored.files(monitored.chained(*map(observed, range(weeks))))


def _messages(files: Files) -> dict[str, str]:
    return {fault.path.removeprefix(f"{TOP}/"): fault.message for fault in read_chains(Overlay(files)).faults}


def test_a_sound_branch_has_no_fault() -> None:
    other = monitored.chained(*(observed(n, model="meters", environment="staging") for n in range(2)))
    chains = read_chains(Overlay(_branch() | monitored.files(other)))
    assert chains.faults == () and chains.number == 6
    assert [one.sequence for one in chains.chain("production", "churn").records] == [1, 2, 3, 4]
    newest = chains.chain("staging", "meters").newest
    assert newest is not None and newest.digest == other[-1].digest
    assert chains.chain("staging", "churn") == Chain("staging", "churn")


def _removed(files: Files) -> None:
    del files[f"{TOP}/0002.json"]


def _edited(files: Files) -> None:
    """The second record says that there were more rows, and agrees with itself."""
    data = json.loads(files[f"{TOP}/0002.json"])
    data["predicate"]["window"]["rows"] = 60000
    files[f"{TOP}/0002.json"] = json.dumps(data).encode()


def _swapped(files: Files) -> None:
    second, third = (f"{TOP}/{name}.json" for name in ("0002", "0003"))
    files[second], files[third] = files[third], files[second]


def _renumbered(files: Files) -> None:
    """The second and the third change places, with the numbers of their new places in them."""
    _swapped(files)
    for number in (2, 3):
        path = f"{TOP}/000{number}.json"
        files[path] = _numbered(files[path], number)


def _numbered(raw: bytes, sequence: int) -> bytes:
    data = json.loads(raw)
    data["predicate"]["sequence"] = sequence
    return json.dumps(data).encode()


def _reordered(files: Files) -> None:
    """What follows the first record got the number 3, and what follows that got 2."""
    first, later = monitored.chained(observed(0), observed(1))
    third = from_tree(Overlay({f"{TOP}/0003.json": _numbered(later.render(), 3)}), f"{TOP}/0003.json")
    second = statement(observed(2), third, monitored.TOOL, monitored.CREATED)
    files |= monitored.files([first, third]) | {f"{TOP}/0002.json": _numbered(second.render(), 2)}


def _copied(files: Files) -> None:
    files[f"{TOP}/0005.json"] = files[f"{TOP}/0002.json"]


def _copied_elsewhere(files: Files) -> None:
    files["monitoring/staging/churn/0001.json"] = files[f"{TOP}/0001.json"]


def _replayed(files: Files) -> None:
    """The window of the second record is judged again, in a record that follows the last as it should."""
    files |= monitored.files(monitored.chained(*map(observed, (0, 1, 2, 3, 1)))[-1:])


def _forked(files: Files) -> None:
    """The third record follows the first, as the second does."""
    first, *_ = monitored.chained(observed(0))
    other = statement(observed(7), first, monitored.TOOL, monitored.CREATED)
    files[f"{TOP}/0003.json"] = _numbered(other.render(), 3)


def _broken(files: Files) -> None:
    files[f"{TOP}/0002.json"] = files[f"{TOP}/0002.json"].replace(b'"fine"', b'"alarm"', 1)


def _foreign(files: Files) -> None:
    files[f"{TOP}/notes.txt"] = b"Hello.\n"


@cases(
    "change, path, facts",
    [
        (_removed, "0002.json", ("missing", "removed")),
        (_edited, "0003.json", ("0002.json", "edited")),
        (_swapped, "0002.json", ("'0002'", "'0003'")),
        (_swapped, "0003.json", ("'0003'", "'0002'")),
        (_renumbered, "0003.json", ("0001.json", "0002.json", "reordered")),
        (_reordered, "0002.json", ("0003.json", "0001.json", "reordered")),
        (_copied, "0005.json", ("'0005'", "'0002'", "copy")),
        (_copied_elsewhere, "monitoring/staging/churn/0001.json", ("'staging'", "'production'", "copy")),
        (_replayed, "0005.json", ("0002.json", "replay")),
        (_forked, "0003.json", ("0002.json", "forks")),
        (_broken, "0002.json", ("outcome is alarm", "fine")),
        (_foreign, "notes.txt", ("not the path of a monitoring record",)),
    ],
)
def test_what_was_done_to_a_record_is_named(change: Callable[[Files], None], path: str, facts: tuple[str, ...]) -> None:
    files = _branch()
    change(files)
    messages = _messages(files)
    assert path in messages and all(fact in messages[path] for fact in facts), messages


def test_one_chain_is_read_without_the_others() -> None:
    files = _branch()
    other = monitored.chained(*(observed(n, model="meters", environment="staging") for n in range(2)))
    _removed(files)
    tree = Overlay(files | monitored.files(other))
    assert read_chain(tree, "staging", "meters").records == tuple(other)
    assert read_chain(tree, "staging", "churn").records == ()
    with pytest.raises(Undecided, match=f"{TOP}/0002.json is missing"):
        read_chain(tree, "production", "churn")
    assert recorded_pairs(tree) == [("production", "churn"), ("staging", "meters")]


def test_the_newest_records_are_the_last_that_can_be_read() -> None:
    files = _branch()
    files[f"{TOP}/0004.json"] = b"not JSON"
    newest = newest_records(Overlay(files), "production", "churn", 2)
    assert [one.sequence for one in newest] == [2, 3]
    assert newest_records(Overlay(files), "staging", "churn", 2) == []


_HELD = finding("drift", "data_drift")


@cases(
    "observation, new",
    [
        (observed(1), None),
        (observed(2), ("rows", "drift")),
        (observed(1, rows_finding(6000), finding("auc", "kpi")), ("auc",)),  # its labels are there now
        (observed(1, window=monitored.window(1, content="sent again")), None),  # no second look at other data
        (observed(1, release="1.1.0"), ("rows", "drift")),  # the other rows of a rollout
        (observed(0, rows_finding(), drift_finding()), ("drift",)),  # was not available, and is now
        (observed(0, rows_finding(), _HELD), None),  # is not, for the same reason
        (observed(0, _HELD, window=monitored.window(0, content="more")), ("drift",)),
        (observed(0, replace(_HELD, reason="no reference")), ("drift",)),
        (observed(window=replace(monitored.window(1), index=None)), None),  # by hand, a file of the calendar
        (observed(window=replace(monitored.window(5), index=None)), ("rows", "drift")),
    ],
)
def test_a_look_is_recorded_once(observation: Observation, new: tuple[str, ...] | None) -> None:
    known = monitored.chain(observed(0, rows_finding(), _HELD), observed(1))
    found = known.news(observation)
    assert (tuple(one.watch for one in found.findings) if found else None) == new


def test_a_window_that_was_delivered_again_is_found_by_its_bytes() -> None:
    known = monitored.chain(observed(0), observed(1))
    first, again = known.records[0], monitored.window(3, content="window 0")
    assert list(known.of_window(again)) == []
    assert list(known.of_bytes(str(again.digest))) == [first]
    assert known.with_digest(first.digest) == first and known.with_digest("sha256:0") is None


def test_a_record_that_cannot_be_read_is_one_fault() -> None:
    files = _branch()
    files[f"{TOP}/0002.json"] = b"not JSON"
    assert [fault.path for fault in read_chains(Overlay(files)).faults] == [f"{TOP}/0002.json"]
    assert isinstance(read_chains(Overlay(files)).faults[0], Fault)
