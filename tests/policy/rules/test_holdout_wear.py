"""holdout-wear: how many releases were judged on one and the same holdout."""

from __future__ import annotations

import sample
from messages import lacking
from past import PRODUCTION, Ran, context, ledger, time

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules import holdout_wear
from mlops_gitops.policy.rules.holdout_wear import RULE
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot

KPIS = "models/churn/kpis.yaml"
MANIFEST = "releases/churn/1.1.0.yaml"
SAME = Edit(MANIFEST, "d" * 32, "c" * 32)  # 1.1.0 was evaluated on the file of 1.0.0
LIMIT = Edit(KPIS, "    label: churned\n", "    label: churned\n    max_releases: 1\n")
BEFORE = ledger(Ran("staging", "1.1.0", time(8)))
JUNE, JULY = "6" * 32, "7" * 32  # two holdouts


def _found(*base: Edit) -> list[Diagnostic]:
    return list(RULE.check(context(BEFORE, base, PRODUCTION)))


def _assert_refused(found: list[str], path: str) -> None:
    """There is one finding: the second release, judged by this file, is one too many."""
    (message,) = found
    assert not lacking(message, "holdout", "2nd release of churn", "same data", f"({path})", "at most 1")


def _tree(model: str, predictions: str, **read: str) -> Snapshot:
    """The tree that introduced a manifest; its evaluation read the model, a script in Git, and files DVC tracks."""
    lock = sample.lock(model, predictions)
    made = f"      md5: {model} # read by evaluate\n      size: 20\n"
    deps = "".join(f"    - {{path: data/{name}.csv, hash: md5, md5: '{md5}'}}\n" for name, md5 in read.items())
    assert made in lock
    lock = lock.replace(made, f"{made}    - {{path: evaluate.py, hash: md5, md5: '{'9' * 32}'}}\n{deps}")
    files = {f"data/{name}.csv.dvc": f"outs: [{{path: {name}.csv, hash: md5, md5: '{md5}'}}]\n"
             for name, md5 in read.items()}  # fmt: skip
    return Snapshot(Overlay({path: text.encode() for path, text in (files | {"dvc.lock": lock}).items()}))


def _judged(first: Snapshot | None, second: Snapshot | None, *base: Edit) -> list[str]:
    """What is said of promoting 1.0.0 after 1.1.0, each with the tree that introduced its manifest."""
    trees = {"1.0.0": first, "1.1.0": second}
    here = context(BEFORE, (LIMIT, *base), PRODUCTION)
    added = []
    for version, tree in trees.items():
        release = here.head.release("churn", version)
        assert release is not None
        if tree:
            added.append(Entry(release, "", Commit(version, None, 0, ()), 0))

    def at(version: str) -> Snapshot:
        tree = trees[version]
        assert tree is not None
        return tree

    known = Ledger((*added, *BEFORE.entries), BEFORE.receipts)
    return [diagnostic.message for diagnostic in RULE.check(replace(here, ledger=known, at=at))]


def test_two_models_are_judged_by_one_holdout_and_their_predictions_differ() -> None:
    first, second = _tree("a" * 31 + "1", "c" * 32, june=JUNE), _tree("b" * 31 + "1", "d" * 32, june=JUNE)
    _assert_refused(_judged(first, second), "data/june.csv")


def test_a_new_name_of_the_data_set_or_of_a_file_starts_no_new_count() -> None:
    first, second = _tree("a" * 31 + "1", "c" * 32, june=JUNE), _tree("b" * 31 + "1", "d" * 32, renamed=JUNE)
    _assert_refused(_judged(first, second, Edit(MANIFEST, "holdout:", "test:")), "data/june.csv")
    lock = second.tree.read("dvc.lock") or b""
    moved = Overlay({"dvc.lock": lock.replace(b"data/holdout.csv", b"data/test.csv")}, second.tree)
    renamed = Edit(MANIFEST, "data/holdout.csv", "data/test.csv")
    _assert_refused(_judged(first, Snapshot(moved), renamed), "data/june.csv")


def test_labels_that_another_file_holds_are_the_exam_and_what_they_are_made_of_is_not() -> None:
    labels = "  holdout.label: {{path: data/truth.csv, hash: md5, md5: '{}'}}\n"
    apart = Edit(KPIS, "label: churned", "label: {path: data/truth.csv, key: customer_id, column: churned}")

    def judged(first: str, second: str) -> list[str]:
        named = (
            Edit(path, "evaluation:\n", "evaluation:\n" + labels.format(md5))
            for path, md5 in (("releases/churn/1.0.0.yaml", first), (MANIFEST, second))
        )
        return _judged(_tree("a" * 31 + "1", "c" * 32), _tree("b" * 31 + "1", "d" * 32), apart, *named)

    _assert_refused(judged(JUNE, JUNE), "data/truth.csv")
    assert judged(JUNE, JULY) == []


def test_another_holdout_is_another_exam_whatever_code_in_git_both_read() -> None:
    first = _tree("a" * 31 + "1", "c" * 32, june=JUNE)
    assert _judged(first, _tree("b" * 31 + "1", "d" * 32, june=JULY)) == []
    assert _judged(_tree("a" * 31 + "1", "c" * 32), _tree("b" * 31 + "1", "d" * 32)) == []
    both = _tree("b" * 31 + "1", "d" * 32, july=JULY, june=JUNE)
    _assert_refused(_judged(first, both), "data/june.csv")


def test_where_no_holdout_is_known_equal_predictions_are_the_same_exam() -> None:
    first = _tree("a" * 31 + "1", "c" * 32, june=JUNE)
    for one, other in ((None, None), (first, None), (None, first)):
        assert _judged(one, other) == []
        _assert_refused(_judged(one, other, SAME), "data/holdout.csv")


def test_a_declared_limit_is_an_error() -> None:
    (found,) = _found(SAME, LIMIT)
    assert found.severity is Severity.ERROR
    _assert_refused([found.message], "data/holdout.csv")


def test_without_a_limit_it_warns_when_one_false_pass_is_to_be_expected() -> None:
    assert _found(SAME) == []
    sure = Edit(KPIS, "at_least: 0.85", "at_least: 0.85, confidence: 0.8")
    many = [Edit(f"releases/churn/1.0.{n}.yaml", None, None, copy=MANIFEST) for n in range(1, 6)]
    ran = ledger(*(Ran("staging", f"1.0.{n}", time(8, n)) for n in range(1, 6)))
    edits = [*_numbered(many), SAME, sure]
    (found,) = RULE.check(context(ran, tuple(edits), PRODUCTION))
    assert found.severity is Severity.WARNING and "its 6th release" in found.message
    assert holdout_wear.WORN == 20


def _numbered(copies: list[Edit]) -> list[Edit]:
    """Manifests of other versions that were evaluated on the file of 1.0.0."""
    text = sample.files()["releases/churn/1.0.0.yaml"].decode()
    return [Edit(copy.path, None, text.replace("1.0.0", copy.path.rsplit("/", 1)[1][:-5])) for copy in copies]


def _on_windows(*digests: str) -> Edit:
    """The windows that judged 1.1.0, or judge 1.0.0."""
    listed = "".join(
        f"  - {{start: '2026-01-0{n}T00:00:00Z', end: '2026-01-0{n + 1}T00:00:00Z', scored: 'sha256:{digest * 64}', "
        f"labels: 'sha256:{digest * 64}'}}\n"
        for n, digest in enumerate(digests, 1)
    )
    return Edit(
        MANIFEST, "evaluation:", f"live:\n  environment: staging\n  release: '1.0.0'\n  windows:\n{listed}evaluation:"
    )


def test_new_live_windows_are_not_worn_and_windows_that_judged_before_are() -> None:
    """Whatever the old holdout has judged, and whatever else the stage of the predictions reads."""
    first, second = _tree("a" * 31 + "1", "c" * 32, june=JUNE), _tree("b" * 31 + "1", "d" * 32, june=JUNE)
    path = "releases/churn/1.0.0.yaml"
    assert _judged(first, second, _on_windows("1", "2")) == []
    other, same = (replace(_on_windows(*digests), path=path) for digests in (("3", "4"), ("2", "3")))
    assert _judged(first, second, _on_windows("1", "2"), other) == []
    _assert_refused(_judged(first, second, _on_windows("1", "2"), same), "the window of 2026-01-01T00:00:00Z")
