"""Real cards and DVC files, written by others: each gets a plain answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlops_gitops import schema
from mlops_gitops.documents import load
from mlops_gitops.tracking import Tracking
from mlops_gitops.tree import WorkTree

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
    found = schema.check(document, "card")
    assert found and all(d.span.path == card.name and d.span.line >= 1 for d in found)
    told_once = {d.message for d in found}
    assert len(told_once) == len(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_a_real_lock_is_read_whole(lock: Path) -> None:
    tracking = Tracking(WorkTree(str(lock.parent)))
    assert tracking.stages and all(stage.outputs or stage.deps for stage in tracking.stages)
