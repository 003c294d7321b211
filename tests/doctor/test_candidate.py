"""What a release would be refused for, by the files alone, and what to do about each."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases
from messages import lacking

from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rule import Edit
from mlops_gitops.repository.snapshot import Snapshot

MODEL, DATA = "models/churn/model.skops", "data/holdout.csv"
NOT_RUN = Edit("dvc.lock", None, None)
ADDED = Edit(f"{MODEL}.dvc", None, f"outs: [{{md5: {'e' * 32}, hash: md5, path: model.skops}}]\n")
TRAINED = Edit("dvc.yaml", ", outs: [models/churn/model.skops]", "")


def _refusals(*edits: Edit) -> list[tuple[str, str]]:
    files = Snapshot(Overlay(sample.edited(edits)))
    refusals = Candidate(files, ("churn",), date(2026, 1, 10)).refusals("churn")
    return [(refusal.message, refusal.help) for refusal in refusals]


@cases(
    "edits, facts, help",
    [
        # A stage that has not run: `dvc add` of its output is refused by DVC.
        ((NOT_RUN,), (MODEL, "stage train", "not run"), ("dvc repro", "commit dvc.lock", "dvc push")),
        ((NOT_RUN,), (DATA, "stage evaluate", "not run"), ("dvc repro", "commit dvc.lock", "dvc push")),
        ((NOT_RUN, TRAINED), (f"not track {MODEL}",), (f"dvc add {MODEL}",)),
        (
            (NOT_RUN, Edit("dvc.yaml", "[models/churn/model.skops]", "[models/churn]")),
            (MODEL, "folder models/churn", "DVC tracks"),
            ("outs of stage train", "in the place of models/churn"),
        ),
        (
            (NOT_RUN, Edit("dvc.yaml", "deps: [models/churn/model.skops], ", "")),
            (f"nothing ties {DATA}", "stage evaluate", f"not read {MODEL}"),
            (MODEL, "deps of stage evaluate", "dvc.yaml", "dvc repro"),
        ),
        (
            (Edit("models/churn/kpis.yaml", DATA, "data/other.csv"), Edit("data/other.csv", None, "a,b\n")),
            ("no DVC stage", "data/other.csv"),
            ("policies: {unlinked_evaluation: allow}",),
        ),
        (
            (NOT_RUN, ADDED, Edit("dvc.yaml", None, None), Edit(DATA, None, "a,b\n")),
            ("no DVC stage", DATA),
            ("stage of dvc.yaml", MODEL, "deps", "mlops.yaml"),
        ),
        (
            (Edit("models/churn/README.md", MODEL, "'To be written: the file'"),),
            ("models/churn/README.md", "not name", "model file"),
            ("`path:`", "`artifacts:`"),
        ),
        ((Edit("models/churn/kpis.yaml", None, None),), ("models/churn/kpis.yaml", "missing or not valid"), ()),
        ((Edit("models/churn/README.md", "limited", "prohibited"),), ("risk class prohibited",), ()),
    ],
)
def test_a_refusal_that_release_would_only_make_after_the_merge(
    edits: tuple[Edit, ...], facts: tuple[str, ...], help: tuple[str, ...]
) -> None:
    refusals = _refusals(*edits)
    assert any(not lacking(said, *facts) and not lacking(advised, *help) for said, advised in refusals), refusals
    assert len({said for said, _ in refusals}) == len(refusals), "each once"


def test_a_model_that_could_be_released_is_not_refused() -> None:
    assert _refusals() == []
