"""distinct-models: two names that differ only in case are one on some systems."""

from __future__ import annotations

import sample
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.distinct_models import RULE
from mlops_gitops.records.receipt import Receipt

OTHER = Edit("models/Churn/README.md", "", "", copy="models/churn/README.md")


def _found(*edits: Edit, tags: tuple[str, ...] = (), base: bool = True) -> list[Diagnostic]:
    context = sample.context(sample.edited(edits))
    assert context.ledger
    receipts = [Receipt(tag, "", "", "", "", "", "", {}) for tag in tags]
    context = replace(context, ledger=context.ledger.with_receipts(receipts))
    return list(RULE.check(context if base else replace(context, base=None, ledger=None)))


def test_the_spelling_that_was_there_first_stays() -> None:
    for base in (True, False):
        (found,) = _found(OTHER, base=base)
        assert found.span.path == "models/Churn/README.md"
        assert not lacking(found.message, "Churn", "churn")


def test_a_tag_of_another_spelling_counts() -> None:
    found = _found(tags=("Churn@v0.1.0", "mlops-gitops/decision/Churn@v1"))
    assert {d.span.path for d in found} >= {"releases/churn/1.0.0.yaml", "models/churn/kpis.yaml"}
    assert not _found(tags=("churn@v0.1.0", "churn#staging#1", "Fraud#staging#1", "a-note"))


def test_a_folder_of_other_files_is_a_warning() -> None:
    (found,) = _found(Edit("models/Churn/model.pkl.dvc", None, ""))
    assert (found.severity.value, found.span.path) == ("warning", "models/Churn/model.pkl.dvc")
    assert not _found(Edit("models/Fraud/model.pkl.dvc", None, ""), Edit("models/CHURN", None, ""))
