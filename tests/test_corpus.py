"""Real cards and DVC files, written by others: each gets a plain answer."""

from __future__ import annotations

import os
from pathlib import Path

import corpus
import pytest

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.pipelines.staleness import Staleness
from mlops_gitops.pipelines.tracked_outputs import Tracking

CORPUS = Path(os.environ.get("MLOPS_GITOPS_CORPUS", "/nowhere"))
CARDS = sorted(CORPUS.glob("cards/*/*.md"))
LOCKS = sorted(CORPUS.glob("dvc/*/dvc.lock"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
def test_the_corpus_is_there() -> None:
    assert len(CARDS) >= 40 and len(LOCKS) >= 4


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.name)
def test_a_real_card_gets_diagnostics_with_a_place(card: Path) -> None:
    document = load(WorkTree(str(card.parent)), card.name)
    assert document is not None
    found = schema_validation.check(document, "card")
    assert found and all(d.span.path == card.name and d.span.line >= 1 for d in found)
    told_once = {d.message for d in found}
    assert len(told_once) == len(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_a_real_lock_is_read_whole(lock: Path) -> None:
    tracking = Tracking(WorkTree(str(lock.parent)))
    assert tracking.stages and all(stage.outputs or stage.deps for stage in tracking.stages)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_a_real_lock_agrees_with_the_parameters_and_metrics_beside_it(lock: Path) -> None:
    """Nothing is called stale; the sources, which the corpus does not have, are noted stage by stage."""
    found = list(Staleness(WorkTree(str(lock.parent))).all())
    assert [cause.message for cause in found if cause.compared] == []
    assert found and all("not in this tree" in cause.message for cause in found)
    named = " ".join(cause.message for cause in found)
    assert all(name not in named for name in ("params.yaml", " metrics.json", "scores.json"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
def test_a_real_lock_is_stale_once_a_source_or_a_parameter_is_another() -> None:
    tree = WorkTree(str(CORPUS / "dvc/demo-bank-customer-churn"))
    params = tree.read("params.yaml") or b""
    assert params.count(b"n_estimators: 150") == 1
    changed = {"stages/train.py": b"print()\n", "params.yaml": params.replace(b"150", b"151")}
    found = [cause for cause in Staleness(Overlay(changed, tree)).all() if cause.sure]
    assert [(cause.stage, cause.path, cause.message.split(": ", 1)[1]) for cause in found] == [
        ("train", "stages/train.py", "stages/train.py is not the file it read"),
        ("train", "params.yaml", "in params.yaml, train differs"),
        ("eval", "params.yaml", "in params.yaml, train differs"),
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
def test_the_page_about_the_cards_is_up_to_date() -> None:
    written = (Path(__file__).parent.parent / "docs/reference/corpus.md").read_text()
    assert written == corpus.page(CORPUS), "run: python tests/corpus.py FOLDER > docs/reference/corpus.md"


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.name)
def test_another_dialect_is_said_once(card: Path) -> None:
    rules = [d.rule for d in corpus.found(CORPUS, card)]
    assert rules == ["card-dialect"] or "card-dialect" not in rules
    assert len(rules) <= 5
