"""What a branch has on record: which files count, which receipt proves one, and what ran where by proven records."""

from __future__ import annotations

import sample
from cases import cases
from past import Ran, ledger, time

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.frozen import replace
from mlops_gitops.records.project import default_folders
from mlops_gitops.records.receipt import MET, UNMET, UNPROVEN
from mlops_gitops.repository.ledger import Commit, FileChange, Ledger, build_ledger

MANIFEST, NEXT = "releases/churn/1.0.0.yaml", "releases/churn/1.1.0.yaml"
KPIS = "models/churn/kpis.yaml"


def _built(*changes: tuple[str, str, bytes]) -> list[str]:
    """The paths of the entries of a history with one commit for each change: its status, path and bytes."""
    blobs = {git_blob(data): data for _, _, data in changes}
    commits = [
        Commit(f"{n:040}", f"{n - 1:040}", 0, (FileChange(status, path, "0" * 40, git_blob(data)),))
        for n, (status, path, data) in enumerate(changes, 1)
    ]
    built = build_ledger(commits, blobs.__getitem__, default_folders(), {}, "local")
    assert [entry.position for entry in built.entries] == list(range(len(built.entries)))
    return [entry.record.path for entry in built.entries]


def test_what_is_added_is_on_record_and_what_is_changed_later_is_not_again() -> None:
    files = sample.files()
    first, second, altered = files[MANIFEST], files[NEXT], files[MANIFEST] + b"# later\n"
    assert _built(("A", NEXT, second), ("A", MANIFEST, first)) == [NEXT, MANIFEST]
    assert _built(("A", MANIFEST, first), ("M", MANIFEST, altered)) == [MANIFEST]
    assert _built(("M", MANIFEST, first)) == []


def test_what_is_no_valid_record_of_its_place_is_not_on_record() -> None:
    files = sample.files()
    assert _built(("A", KPIS, files[KPIS])) == []
    assert _built(("A", MANIFEST, b"kind: Release\n"), ("A", NEXT, b"[")) == []
    assert _built(("A", "releases/other/1.0.0.yaml", files[MANIFEST]), ("A", NEXT, files[MANIFEST])) == []


def _proven(past: Ledger, **altered: object) -> tuple[bool, bool]:
    """Whether the last entry has a receipt, and is proven by it, once its receipt says something else."""
    entry = past.entries[-1]
    changed = past.with_receipts([replace(past.receipts[entry.tag], **altered)])
    return changed.receipt(entry) is not None, changed.proven(entry)


@cases(
    "altered, outcome",
    [
        ({}, (True, True)),
        # It is the tag of another commit, or of another file, or the file was another then.
        ({"target": "9" * 40}, (False, False)),
        ({"path": "promotions/staging/churn/0002.json"}, (False, False)),
        ({"digest": "sha256:" + "0" * 64}, (False, False)),
        # It is the record's, and does not prove its approvals.
        ({"approved": UNMET}, (True, False)),
        ({"approved": UNPROVEN}, (True, False)),
        ({"forge": "github"}, (True, False)),
    ],
)
def test_a_receipt_proves_the_record_that_it_names_and_no_other(
    altered: dict[str, object], outcome: tuple[bool, bool]
) -> None:
    assert _proven(ledger(Ran("staging", "1.0.0", time(8))), **altered) == outcome


def test_the_receipt_of_a_promotion_is_on_the_commit_that_brought_its_manifest() -> None:
    released = sample.ledger_of({MANIFEST: sample.files()[MANIFEST]})
    past = ledger(Ran("staging", "1.0.0", time(8)), below=released)
    promoted = past.entries[-1]
    assert past.target(promoted) == released.commits[0].sha != promoted.commit.sha
    assert past.proven(promoted) and _proven(past, target=promoted.commit.sha) == (False, False)


@cases(
    "release, order, ran, number",
    [
        ("1.0.0", "ever", (Ran("staging", "1.0.0", time(8)),), 1),
        ("1.0.0", "ever", (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(9))), 1),
        ("1.0.0", "current", (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(9))), None),
        ("1.0.0", "current", (Ran("staging", "1.1.0", time(8)), Ran("staging", "1.0.0", time(9))), 2),
        # The newest of them that is proven.
        ("1.0.0", "ever", (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.0.0", time(9))), 2),
        ("1.0.0", "ever", (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.0.0", time(9), UNMET)), 1),
        ("1.0.0", "ever", (Ran("staging", "1.0.0", time(8), None),), None),
        ("1.0.0", "current", (Ran("staging", "1.0.0", time(8), UNMET),), None),
        ("1.0.0", "ever", (Ran("production", "1.0.0", time(8), MET),), None),
    ],
)
def test_a_release_ran_where_a_proven_record_says_so(
    release: str, order: str, ran: tuple[Ran, ...], number: int | None
) -> None:
    standing = ledger(*ran).standing("staging", "churn", release, order)
    assert (standing.position + 1 if standing else None) == number
